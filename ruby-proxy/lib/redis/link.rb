# One connection to Redis; the only file that knows the driver.
# frozen_string_literal: true

require "redis"
require_relative "../generated/contract"
require_relative "keys"

module Docproxy
  module Redis
    # Redis does not answer, or refuses what it is asked.
    class Unavailable < StandardError; end

    # INFO is the first command, so that every key is named after the Redis that runs now. Commands fail with Unavailable.
    class Link
      POLICY = "maxmemory-policy"
      SAFE_POLICY = /\A(?:noeviction|volatile-)/
      # The driver speaks the second protocol, whose connections open without commands of the driver's own.
      PROTOCOL = ::Redis::VERSION.start_with?("4.") ? {} : { protocol: 2 }.freeze
      private_constant(*constants(false))

      # The policy where it may evict what must not vanish, :unknown where Redis does not tell, nil where it is safe or was
      # not asked for.
      attr_reader :unsafe

      # settings: Config::Redis; fleet: hash of the routing file; caching: whether anything will be cached.
      def initialize(settings, fleet, caching)
        @redis = ::Redis.new(url: settings.url, timeout: settings.timeout_ms / 1000.0, reconnect_attempts: 0, **PROTOCOL)
        run_id = call("INFO", "server")[/^run_id:(\h+)/, 1] or raise Unavailable, "no run_id"
        @generation = Keys.generation(run_id, fleet)
        check if caching
      rescue Unavailable
        close
        raise
      end

      # Asks for the settings that the cache needs.
      def check
        _name, value = call("CONFIG", "GET", POLICY)
        @unsafe = value&.match?(SAFE_POLICY) ? nil : value || :unknown
      rescue Unavailable
        raise if broken?

        @unsafe = :unknown
      end

      # The keys of a document: entry, lease, writers.
      def keys(collection, id) = Keys.document(collection, @generation, id)

      # The text at a key; nil where there is none, or something else than a text.
      def get(key)
        text(report { @redis.call("GET", key) })
      rescue ::Redis::CommandError => error
        text(error)
      end

      def call(*command)
        report { @redis.call(*command) }
      rescue ::Redis::CommandError => error
        raise Unavailable, error.message
      end

      # Runs a script of the contract, by its digest where Redis has it already.
      def script(script, keys, *values)
        reply = run(["EVALSHA", script.sha1, keys.length, *keys, *values]).first
        settle(reply, script, keys, values)
      end

      # The text at a key, then a script, in one round trip: [text or nil, the script's reply].
      def get_and_script(key, script, keys, *values)
        found, reply = run(["GET", key], ["EVALSHA", script.sha1, keys.length, *keys, *values])
        [text(found), settle(reply, script, keys, values)]
      end

      def broken? = @broken || false

      # An idle connection that can be read from is at its end.
      def ended?
        socket = socket()
        socket.is_a?(IO) && (socket.closed? || !socket.wait_readable(0).nil?)
      end

      def ping
        call("PING") == "PONG"
      rescue Unavailable
        false
      end

      def close
        @redis.close
      rescue StandardError
        nil
      end

      private

      def settle(reply, script, keys, values)
        reply = run(["EVAL", script.text, keys.length, *keys, *values]).first if refused?(reply, "NOSCRIPT")
        raise Unavailable, reply.message if reply.is_a?(StandardError)

        reply
      end

      def text(reply)
        raise Unavailable, reply.message if reply.is_a?(StandardError) && !refused?(reply, "WRONGTYPE")

        reply.is_a?(String) ? reply : nil
      end

      def refused?(reply, code) = reply.is_a?(StandardError) && reply.message.start_with?(code)

      # The replies to several commands at once; a refusal is a reply, too.
      def run(*commands)
        report do
          if PROTOCOL.empty?
            client = @redis._client
            client.process(commands) { commands.map { client.read } }
          else
            @redis.pipelined(exception: false) { |pipeline| commands.each { |command| pipeline.call(*command) } }
          end
        end
      end

      # After any other failure than a refusal, replies may still be on their way: the connection is not used again. Which
      # failures there are differs between the driver's versions.
      def report
        yield
      rescue ::Redis::CommandError
        raise
      rescue StandardError => error
        @broken = true
        raise Unavailable, error.message
      end

      # Neither version of the driver hands its socket out.
      def socket
        client = @redis._client
        return client.connection.instance_variable_get(:@sock) if PROTOCOL.empty?

        %i[@raw_connection @io @io].reduce(client) { |object, name| object&.instance_variable_get(name) }
      end
    end
  end
end
