# Keeps what was read or written in Redis; the store is the authority.
# frozen_string_literal: true

require "securerandom"
require_relative "../cache"
require_relative "../redis"
require_relative "flights"
require_relative "record"

module Docproxy
  module Cache
    # See Cache for the verbs. Interleavings that this order of steps survives: protocol.md §5 and §6.
    class WriteThrough
      attr_reader :store

      # redis: Redis::Client; route: Config::Route; metrics: Metrics.
      def initialize(store, redis, route, metrics)
        @store = store
        @redis = redis
        @route = route
        @metrics = metrics
        @lease_ms = store.timeout_ms * Contract::Limits::LEASE_FACTOR
        @intent_ms = store.timeout_ms * Contract::Limits::INTENT_FACTOR
        @flights = Flights.new(@lease_ms + store.timeout_ms + (3 * redis.timeout_ms))
      end

      def caches? = true

      def read(collection, id, fresh)
        reading = fresh ? from_store(collection, id, Contract::CacheStatus::REQUEST) : through(collection, id)
        @metrics.count(reading.status == Contract::CacheStatus::HIT ? "cache_hits" : "cache_misses")
        reading
      rescue Redis::Unsafe
        raise Errors::CacheUnavailable
      end

      def write(collection, id, known = nil, &decide)
        deadline = Deadline.after_ms(@intent_ms / 2)
        token = SecureRandom.hex(16)
        begin
          cached = announce(collection, id, token, known)
        rescue Redis::Unavailable
          raise Errors::CacheUnavailable unless bypass?

          return Cache.guarded(@store, collection, id, known, deadline, &decide)
        end
        settle(collection, id, token) { Cache.guarded(@store, collection, id, known || cached, deadline, &decide) }
      rescue Redis::Unsafe
        raise Errors::CacheUnavailable
      end

      private

      def bypass? = @route.on_cache_down == "bypass"

      def from_store(collection, id, status) = Reading.new(@store.get(collection, id), status)

      def through(collection, id)
        cached(collection, id) || together(collection, id)
      rescue Redis::Unavailable
        from_store(collection, id, Contract::CacheStatus::CACHE_DOWN)
      end

      # A hit costs one command. Garbage counts as absent, and is removed.
      def cached(collection, id)
        @redis.with do |link|
          entry, = link.keys(collection, id)
          text = link.get(entry) or return
          row = Record.parse(text)
          link.call("DEL", entry) unless row
          row && Reading.new(row, Contract::CacheStatus::HIT)
        end
      end

      def together(collection, id)
        reading, shared = @flights.run([collection, id]) do |close|
          reading = miss(collection, id, close)
          [reading, reading.status == Contract::CacheStatus::STORED]
        end
        return miss(collection, id, -> {}) unless reading

        shared ? Reading.new(reading.row, Contract::CacheStatus::COLLAPSED) : reading
      end

      # Asks what to do, and waits while another reader has the lease.
      def miss(collection, id, close)
        token = SecureRandom.hex(16)
        lease = Deadline.after_ms(@lease_ms)
        loop do
          verdict, text = script(Contract::Scripts::MISS, collection, id, token, @lease_ms)
          return fill(collection, id, token, close) if verdict == "lease"
          if verdict == "hit"
            row = Record.parse(text)
            return row ? Reading.new(row, Contract::CacheStatus::HIT) : from_store(collection, id, Contract::CacheStatus::MISS)
          end
          return from_store(collection, id, Contract::CacheStatus::MISS) if verdict == "bypass" || lease.passed?

          sleep(Contract::Limits::WAIT_INTERVAL_MS / 1000.0)
        end
      end

      def fill(collection, id, token, close)
        row = leased_read(collection, id, token)
        ttl_ms = ttl_ms(id, row)
        close.call
        stored = give(collection, id, token, Record.text(row), ttl_ms)
        @metrics.count(stored ? "fills" : "fills_refused") unless ttl_ms.zero?
        Reading.new(row, stored ? Contract::CacheStatus::STORED : Contract::CacheStatus::MISS)
      end

      # A read that fails gives the lease back.
      def leased_read(collection, id, token)
        @store.get(collection, id)
      rescue Errors::Failure
        give(collection, id, token, "", 0)
        raise
      end

      # Whether the entry was stored. A Redis that is gone meanwhile took the lease along.
      def give(collection, id, token, text, ttl_ms)
        script(Contract::Scripts::FILL, collection, id, token, text, ttl_ms) == "stored"
      rescue Redis::Unavailable
        false
      end

      # Announces a writer; the row that was cached just before, if it has to be known.
      def announce(collection, id, token, known)
        @redis.with do |link|
          keys = link.keys(collection, id)
          next link.script(Contract::Scripts::BEGIN_, keys, token, @intent_ms).then { nil } if known

          text, = link.get_and_script(keys.first, Contract::Scripts::BEGIN_, keys, token, @intent_ms)
          text && Record.parse(text)
        end
      end

      # Ends the writer after the block: with what it stored, or with nothing where the write was refused. After a write whose
      # outcome is unknown the token is left to expire.
      def settle(collection, id, token)
        row = yield
      rescue Errors::OutcomeUnknown
        raise
      rescue Errors::Failure
        finish_nothing(collection, id, token)
        raise
      else
        row ? finish(collection, id, token, row) : finish_nothing(collection, id, token)
        row
      end

      # The answer is sent only after this one: a Redis that restarted in between could go on serving the old value.
      def finish(collection, id, token, row)
        end_writer(collection, id, token, Record.text(row), ttl_ms(id, row))
      rescue Redis::Unavailable
        raise Errors::OutcomeUnknown unless bypass?
      end

      def finish_nothing(collection, id, token)
        end_writer(collection, id, token, "", 0)
      rescue Redis::Unavailable
        nil # Nothing was written; the token expires.
      end

      def end_writer(collection, id, *values)
        @redis.insist { |link| link.script(Contract::Scripts::FINISH, link.keys(collection, id), *values) }
      end

      def script(script, collection, id, *values)
        @redis.with { |link| link.script(script, link.keys(collection, id), *values) }
      end

      def ttl_ms(id, row) = Keys.jitter(row.live? ? @route.ttl_ms : @route.negative_ttl_ms, id)
    end
  end
end
