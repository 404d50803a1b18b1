# Reads arguments, environment and routing file into one frozen value; nothing else reads any of them.
# frozen_string_literal: true

require_relative "config/address"
require_relative "config/arguments"
require_relative "config/messages"
require_relative "config/routing_file"

module Docproxy
  # What a proxy is started with.
  module Config
    # listen: HOST:PORT; redis: Redis or nil; stores: name to Store; routes: array of Route in file order; fleet: the file's hash.
    File = Struct.new(:listen, :redis, :stores, :body_bytes, :routes, :fleet)
    Redis = Struct.new(:url, :timeout_ms)
    Store = Struct.new(:name, :kind, :url, :timeout_ms)
    Route = Struct.new(:match, :store, :cache, :ttl_ms, :negative_ttl_ms, :on_cache_down, :require_match) do
      def caches? = cache != "off"
    end

    # The routing file at a path, or a Refusal.
    def self.load(path, environment)
      RoutingFile.new(path, environment).read(bytes(path))
    end

    # ArgumentError: a path that holds NUL.
    def self.bytes(path)
      ::File.binread(path)
    rescue SystemCallError, ArgumentError
      raise Refusal.new(fill(Contract::Line::UNREADABLE, file: path), Contract::Exit::UNREADABLE)
    end
    private_class_method :bytes
  end
end
