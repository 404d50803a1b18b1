# Keeps what was read or written in Redis; the store is the authority.
# frozen_string_literal: true

require "securerandom"
require_relative "../cache"
require_relative "../redis"
require_relative "lease"
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
        @lease = Lease.new(store, redis, route, metrics) { |*at| @lease.from_store(*at, Contract::CacheStatus::MISS) }
        @intent_ms = store.timeout_ms * Contract::Limits::INTENT_FACTOR
      end

      def caches? = true

      def read(collection, id, fresh)
        reading = fresh ? @lease.from_store(collection, id, Contract::CacheStatus::REQUEST) : through(collection, id)
        @lease.count(reading)
        reading
      rescue Redis::Unsafe
        raise Errors::CacheUnavailable
      end

      # Nothing waits for the store here.
      def pending(_collection, _wait_s) = nil

      def write(collection, id, known: nil, **, &decide)
        guarded(collection, id, known, &decide)
        Contract::WriteStatus::STORED
      rescue Redis::Unsafe
        raise Errors::CacheUnavailable
      end

      private

      def guarded(collection, id, known, &decide)
        deadline = Deadline.after_ms(@intent_ms / 2)
        token = SecureRandom.hex(16)
        begin
          cached = announce(collection, id, token, known)
        rescue Redis::Unavailable
          raise Errors::CacheUnavailable unless bypass?

          return Cache.guarded(@store, collection, id, known, deadline, &decide)
        end
        settle(collection, id, token) { Cache.guarded(@store, collection, id, known || cached, deadline, &decide) }
      end

      def bypass? = @route.on_cache_down == "bypass"

      def through(collection, id)
        @lease.read(collection, id)
      rescue Redis::Unavailable
        @lease.from_store(collection, id, Contract::CacheStatus::CACHE_DOWN)
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
        end_writer(collection, id, token, Record.text(row), @lease.ttl_ms(id, row))
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
    end
  end
end
