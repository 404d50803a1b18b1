# Accepts writes into Redis, which is the authority until the store has them.
# frozen_string_literal: true

require "securerandom"
require_relative "../cache"
require_relative "../redis"
require_relative "lease"
require_relative "record"

module Docproxy
  module Cache
    # See Cache for the verbs, protocol.md §5 and §6 for the order of steps. Without Redis nothing is answered.
    class WriteBehind
      attr_reader :store

      # redis: Redis::Client; route: Config::Route; metrics: Metrics. The block is told the collection of each write accepted.
      def initialize(store, redis, route, metrics, &accepted)
        @store = store
        @redis = redis
        @route = route
        @accepted = accepted
        @lease = Lease.new(store, redis, route, metrics) { raise Errors::StoreUnavailable }
      end

      def caches? = true

      def read(collection, id, fresh)
        reading = with_redis { fresh ? past_the_cache(collection, id) : @lease.read(collection, id) }
        @lease.count(reading)
        reading
      end

      def write(collection, id, known: nil, guard: :decide, &decide)
        Attempt.new(self, collection, id, known, guard).run(&decide)
      end

      # The wait is over when whatever waits came after this began, by the clock of Redis.
      def pending(collection, wait_s)
        with_redis do
          wait(collection, wait_s) if wait_s
          @redis.with { |link| link.pending(collection) }
        end
      end

      # What a writer finds that has to look at the document first: a Row.
      def look(collection, id)
        with_redis { @lease.read(collection, id, counted: false) }.row
      end

      # The base of a write whose base Redis does not know: a Row with the token of the lease under which it was read, nothing
      # where Redis knows it by now.
      def base(collection, id)
        token = SecureRandom.hex(16)
        verdict, = with_redis { @lease.take(collection, id, token) }
        case verdict
        when "lease" then [with_redis { @lease.leased_read(collection, id, token) }, token]
        when "pending", "hit" then nil
        when "bypass" then raise Errors::BacklogFull # There is no memory, not even for a lease.
        else raise Errors::StoreUnavailable
        end
      end

      # Sends a write; the reply of the script `put`. OutcomeUnknown where it was sent and not answered.
      def put(collection, id, row, token:, base:, guard:, blind:)
        values = [token, base, guard, blind ? 1 : 0, Record.kind(row), row.etag.to_s, row.body.to_s,
                  @lease.ttl_ms(id, row), @route.delay_ms, @route.max_pending]
        reply = with_redis { @redis.with { |link| send_put(link, collection, id, values) } }
        raise Errors::BacklogFull if reply.first == "full"

        @accepted.call(collection) if %w[ok blind].include?(reply.first)
        reply
      end

      private

      def with_redis
        yield
      rescue Redis::Unavailable, Redis::Unsafe
        raise Errors::CacheUnavailable
      end

      # A dirty record comes before the store.
      def past_the_cache(collection, id)
        parts = @redis.with { |link| link.dirty(collection, id) }
        return @lease.from_store(collection, id, Contract::CacheStatus::REQUEST) if parts.none?

        Reading.new(Lease.pending(parts.join(Contract::Record::SEPARATOR)), Contract::CacheStatus::PENDING)
      end

      # A collection that is not known as one with a queue would never be drained, so that comes first, and alone: where it
      # fails nothing was written.
      def send_put(link, collection, id, values)
        begin
          link.announce(collection)
        rescue Redis::Refused => refused
          raise refused.full? ? Errors::BacklogFull : refused
        end
        begin
          link.put(collection, id, *values)
        rescue Redis::Unavailable => error
          raise link.broken? ? Errors::OutcomeUnknown : error
        end
      end

      def wait(collection, wait_s)
        deadline = Deadline.after_ms(wait_s * 1000)
        arrival = nil
        loop do
          now, oldest = @redis.with { |link| link.oldest(collection) }
          arrival ||= now
          return if oldest.nil? || oldest > arrival
          raise Errors::NotSynced if deadline.passed?

          sleep(Contract::Limits::WAIT_INTERVAL_MS / 1000.0)
        end
      end

      # One write on its way; see Cache on known and guard.
      class Attempt
        # What is decided on before anything is known, and what `put` then guards.
        ASSUMED = { none: Store::Row.absent, exists: Store::Row.live(1), absent: Store::Row.absent }.freeze
        GUARDS = { none: "", exists: "exists", absent: "absent" }.freeze
        # These go on without a base where the store does not tell it.
        BLIND = %i[none exists].freeze
        QUEUED = Contract::WriteStatus::QUEUED
        private_constant(*constants(false))

        def initialize(mode, collection, id, known, guard)
          @mode = mode
          @at = [collection, id]
          @known = known
          @guard = known ? :none : guard
          @tries = 0
        end

        # Decides, sends, and again on what Redis has where that is something else. Value of Write-Status.
        def run(&decide)
          current = @known || ASSUMED.fetch(@guard) { @mode.look(*@at) }
          loop do
            row = decide.call(current) or return QUEUED
            verdict, value, kind = send_until_decided(row, GUARDS.fetch(@guard) { "=#{current.n}" })
            return Contract::WriteStatus::UNKNOWN_BASE if verdict == "blind"
            return accepted(kind, &decide) if verdict == "ok"

            # An empty record stands for the base that came with the write.
            current = value.empty? ? @base : Lease.pending(value)
          end
        end

        private

        # The answer is what the decision would be on what was really there.
        def accepted(kind, &decide)
          decide.call(Record.example(kind)) unless @known || @guard == :decide
          QUEUED
        end

        # The reply of `put`, with a base once Redis needs one.
        def send_until_decided(row, guard)
          reply = put(row, guard, token: "", base: @known ? Record.base(@known) : "")
          while reply.first == "needbase"
            begin
              @base, token = @mode.base(*@at)
            rescue Errors::StoreUnavailable
              raise unless BLIND.include?(@guard)

              return put(row, guard, token: "", base: "", blind: true)
            end
            reply = put(row, guard, token: token.to_s, base: @base ? Record.base(@base) : "")
          end
          reply
        end

        def put(row, guard, token:, base:, blind: false)
          raise Errors::Contention if (@tries += 1) > Contract::Limits::WRITE_TRIES

          @mode.put(*@at, row, token: token, base: base, guard: guard, blind: blind)
        end
      end
      private_constant :Attempt
    end
  end
end
