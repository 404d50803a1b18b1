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
    Route = Struct.new(
      :match, :store, :cache, :ttl_ms, :negative_ttl_ms, :on_cache_down, :delay_ms, :max_pending, :durability, :require_match
    ) do
      def caches? = cache != "off"

      def write_behind? = cache == "write-behind"

      # Whether what was acknowledged has to survive the death of Redis.
      def durable? = write_behind? && durability == "aof"
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
