# Reads through the cache: of all who miss a key, one holds the lease, reads the store and leaves what it found.
# frozen_string_literal: true

require "securerandom"
require_relative "../cache"
require_relative "../redis"
require_relative "flights"
require_relative "record"

module Docproxy
  module Cache
    # What the modes that cache have in common (protocol.md §5). Everything fails with Redis::Unavailable or Redis::Unsafe too.
    class Lease
      # redis: Redis::Client; route: Config::Route; metrics: Metrics. The block is what a reader does that waited for another's
      # lease in vain; it gets collection and id, and returns a Reading.
      def initialize(store, redis, route, metrics, &vain)
        @store = store
        @redis = redis
        @route = route
        @metrics = metrics
        @vain = vain
        @lease_ms = store.timeout_ms * Contract::Limits::LEASE_FACTOR
        @flights = Flights.new(@lease_ms + store.timeout_ms + (3 * redis.timeout_ms))
      end

      # A Reading. counted: whether fills are; a writer's look counts nothing.
      def read(collection, id, counted: true)
        cached(collection, id) || together(collection, id, counted)
      end

      def from_store(collection, id, status) = Reading.new(@store.get(collection, id), status)

      # Counts a reading as a hit or a miss.
      def count(reading)
        hit = [Contract::CacheStatus::HIT, Contract::CacheStatus::PENDING].include?(reading.status)
        @metrics.count(hit ? "cache_hits" : "cache_misses")
      end

      # What whoever found no usable entry does in the end, and the record where there is one: the script `miss` asked until it
      # says anything but that another reader has the lease; "vain" where that one has had it all the time.
      def take(collection, id, token)
        lease = Deadline.after_ms(@lease_ms)
        loop do
          verdict, text = ask(collection, id, token)
          return [verdict, text] unless verdict == "wait"
          return ["vain"] if lease.passed?

          sleep(Contract::Limits::WAIT_INTERVAL_MS / 1000.0)
        end
      end

      # What the store has, read by the holder of the lease; a read that fails gives it back.
      def leased_read(collection, id, token)
        @store.get(collection, id)
      rescue Errors::Failure
        give(collection, id, token, "", 0)
        raise
      end

      # Life of a row in the cache.
      def ttl_ms(id, row) = Keys.jitter(row.live? ? @route.ttl_ms : @route.negative_ttl_ms, id)

      # The row of a record that waits for the store. Garbage there is never taken for an absence.
      def self.pending(text) = Record.parse(text) || raise(Errors::CacheUnavailable)

      private

      def keys(link, collection, id) = [*link.keys(collection, id), Keys.dirty(collection, id)]

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

      def together(collection, id, counted)
        reading, shared = @flights.run([collection, id]) do |close|
          reading = miss(collection, id, counted, close)
          [reading, reading.status == Contract::CacheStatus::STORED]
        end
        return miss(collection, id, counted, -> {}) unless reading

        shared ? Reading.new(reading.row, Contract::CacheStatus::COLLAPSED) : reading
      end

      def miss(collection, id, counted, close)
        token = SecureRandom.hex(16)
        verdict, text = take(collection, id, token)
        case verdict
        when "pending" then Reading.new(Lease.pending(text), Contract::CacheStatus::PENDING)
        when "hit" then found(collection, id, text)
        when "lease" then fill(collection, id, token, counted, close)
        when "bypass" then from_store(collection, id, Contract::CacheStatus::MISS)
        else @vain.call(collection, id)
        end
      end

      # Script `miss`: what whoever found no usable entry does now, and the record where there is one.
      def ask(collection, id, token)
        @redis.with do |link|
          lives = [@route.ttl_ms, @route.negative_ttl_ms].map { |ttl_ms| Keys.jitter(ttl_ms, id) }
          link.script(Contract::Scripts::MISS, keys(link, collection, id), token, @lease_ms, *lives)
        end
      end

      def found(collection, id, text)
        row = Record.parse(text)
        row ? Reading.new(row, Contract::CacheStatus::HIT) : from_store(collection, id, Contract::CacheStatus::MISS)
      end

      def fill(collection, id, token, counted, close)
        row = leased_read(collection, id, token)
        ttl_ms = ttl_ms(id, row)
        close.call
        stored = give(collection, id, token, Record.text(row), ttl_ms)
        @metrics.count(stored ? "fills" : "fills_refused") if counted && ttl_ms.positive?
        Reading.new(row, stored ? Contract::CacheStatus::STORED : Contract::CacheStatus::MISS)
      end

      # Whether the entry was stored. A Redis that is gone meanwhile took the lease along.
      def give(collection, id, token, text, ttl_ms)
        @redis.with { |link| link.script(Contract::Scripts::FILL, keys(link, collection, id), token, text, ttl_ms) } == "stored"
      rescue Redis::Unavailable
        false
      end
    end
  end
end
