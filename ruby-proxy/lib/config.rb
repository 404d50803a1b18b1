# Reads arguments, environment and routing file into one frozen value; nothing else reads any of them.
# frozen_string_literal: true

require_relative "config/arguments"
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

    # Why the program ends before it serves: a line of contract/messages.toml and an exit code.
    class Refusal < StandardError
      attr_reader :code

      def initialize(line, code)
        super(line)
        @code = code
      end
    end

    # The routing file at a path, or a Refusal.
    def self.load(path, environment)
      bytes = ::File.binread(path)
      RoutingFile.new(path, environment).read(bytes)
    rescue SystemCallError, ArgumentError
      raise Refusal.new(fill(Contract::Line::UNREADABLE, file: path), Contract::Exit::UNREADABLE)
    end

    # The refusal of a routing file. pointer: RFC 6901; fault: of Contract::Faults; names: what stands in its texts' braces.
    def self.refused(path, pointer, fault, **names)
      wrong, right = [fault.wrong, fault.right].map { |text| fill(text, **names) }
      Refusal.new(fill(Contract::Line::REFUSED, file: path, pointer: pointer, wrong: wrong, right: right), Contract::Exit::REFUSED)
    end

    # A text of the contract with the names in braces filled in, each once.
    def self.fill(text, **names)
      text.gsub(/\{(\w+)\}/) { |whole| names.fetch(Regexp.last_match(1).to_sym, whole) }
    end

    # Whether a text is HOST:PORT.
    def self.address?(text)
      pattern = Contract::SETTINGS.find { |setting| setting.key == "listen" }.pattern
      whole(pattern).match?(text) && text[/\d+\z/].to_i <= LARGEST_PORT
    end

    # A pattern of the contract that has to match a whole text; `$` of Ruby would be content with a line.
    def self.whole(pattern) = Regexp.new("\\A(?:#{pattern.delete_prefix("^").delete_suffix("$")})\\z")

    LARGEST_PORT = 65_535
  end
end
