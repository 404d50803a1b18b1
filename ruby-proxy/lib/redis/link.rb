# One connection to Redis; the only file that knows the driver.
# frozen_string_literal: true

require "redis"
require_relative "../generated/contract"
require_relative "backlog"
require_relative "keys"

module Docproxy
  module Redis
    # Redis does not answer, or refuses what it is asked.
    class Unavailable < StandardError; end

    # Redis answered with an error: the command did nothing.
    class Refused < Unavailable
      # Whether there is no memory for what the command would have written.
      def full? = message.start_with?("OOM")
    end

    # What Redis has to be like. caching: nothing without a TTL may vanish; durable: what it acknowledged survives its death.
    Needs = Struct.new(:caching, :durable)

    # INFO is the first command, so that every key is named after the Redis that runs now. Commands fail with Unavailable.
    class Link
      include Backlog

      POLICY = "maxmemory-policy"
      SAFE_POLICY = /\A(?:noeviction|volatile-)/
      # The driver speaks the second protocol, whose connections open without commands of the driver's own.
      PROTOCOL = ::Redis::VERSION.start_with?("4.") ? {} : { protocol: 2 }.freeze
      private_constant(*constants(false))

      # The first setting that breaks a promise: its fault (Contract::Faults) and the names in the fault's texts; nil where all
      # are right, or none was asked for.
      attr_reader :unsafe

      # settings: Config::Redis; fleet: hash of the routing file; needs: Needs.
      def initialize(settings, fleet, needs)
        @needs = needs
        @redis = ::Redis.new(url: settings.url, timeout: settings.timeout_ms / 1000.0, reconnect_attempts: 0, **PROTOCOL)
        run_id = call("INFO", "server")[/^run_id:(\h+)/, 1] or raise Unavailable, "no run_id"
        @generation = Keys.generation(run_id, fleet)
        check
      rescue Unavailable => error
        close
        raise Unavailable, error.message
      end

      # Asks for the settings that are needed.
      def check
        return unless @needs.caching

        wanted = @needs.durable ? Contract::DURABILITY : []
        replies = run(*[POLICY, *wanted.map(&:name)].map { |name| ["CONFIG", "GET", name] })
        policy, *values = replies.map { |reply| reply.is_a?(Array) ? reply[1] : nil }
        @unsafe = evicting(policy) || wanted.zip(values).filter_map { |setting, value| losing(setting, value) }.first
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
        raise Refused, error.message
      end

      # Runs a script of the contract, by its digest where Redis has it already.
      def script(script, keys, *values)
        reply = run(["EVALSHA", script.sha1, keys.length, *keys, *values]).first
        settle(reply, script, keys, values)
      end

      # Several commands in one round trip; what is refused has its error in the place of its reply.
      def together(commands) = commands.empty? ? [] : run(*commands)

      # Runs a script several times in one round trip, without looking at the replies; each call is [keys, values].
      def scripts(script, calls)
        return if calls.empty?

        replies = run(*calls.map { |keys, values| ["EVALSHA", script.sha1, keys.length, *keys, *values] })
        unknown = calls.zip(replies).filter_map { |call, reply| call if refused?(reply, "NOSCRIPT") }
        run(*unknown.map { |keys, values| ["EVAL", script.text, keys.length, *keys, *values] }) if unknown.any?
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

      def evicting(policy)
        return [Contract::Faults::UNSAFE_UNKNOWN, {}] unless policy

        [Contract::Faults::UNSAFE_EVICTION, { value: policy }] unless policy.match?(SAFE_POLICY)
      end

      def losing(setting, value)
        return [Contract::Faults::UNSAFE_UNKNOWN, {}] unless value

        [Contract::Faults::UNSAFE_DURABILITY, { name: setting.name, value: value, expected: setting.value }] unless value == setting.value
      end

      def settle(reply, script, keys, values)
        reply = run(["EVAL", script.text, keys.length, *keys, *values]).first if refused?(reply, "NOSCRIPT")
        raise Refused, reply.message if reply.is_a?(StandardError)

        reply
      end

      def text(reply)
        raise Refused, reply.message if reply.is_a?(StandardError) && !refused?(reply, "WRONGTYPE")

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
