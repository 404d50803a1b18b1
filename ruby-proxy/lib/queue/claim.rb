# Does one round of the drain: takes what is due in a queue, stores it, ends its wait.
# frozen_string_literal: true

require_relative "../errors"
require_relative "../pool/deadline"
require_relative "../redis"
require_relative "../store"
require_relative "backoff"

module Docproxy
  module Queue
    # The rounds of one store's queues, one at a time.
    class Claim
      LIMITS = Contract::Limits
      private_constant :LIMITS

      # How many waited when the queue was asked, and whether there may be more that is due.
      Result = Struct.new(:pending, :full)

      # name: the store's; backoff: Backoff, which is told how the store does.
      def initialize(name, store, redis, backoff, metrics, log)
        @name = name
        @store = store
        @redis = redis
        @backoff = backoff
        @metrics = metrics
        @log = log
      end

      # A Result. route: the collection's. Fails with Redis::Unavailable, Redis::Refused where this queue is broken.
      def call(collection, route)
        wanted = @backoff.rows
        claim = @redis.aside { |link| link.claim(collection, wanted, LIMITS::CLAIM_BYTES, @store.timeout_ms * LIMITS::VISIBILITY_FACTOR) }
        carry(collection, route, rows(claim), claim.time)
        # The next row did not fit, or may not have.
        bytes = claim.parts.sum { |*_, body| body.bytesize }
        Result.new(claim.pending, claim.parts.length >= wanted || bytes > LIMITS::CLAIM_BYTES - LIMITS::BODY_BYTES)
      end

      private

      # Id to Row; what is no record is left where it is.
      def rows(claim)
        rows = claim.parts.to_h { |id, *record| [id.dup.force_encoding(Encoding::UTF_8), Store::Row.of_record(*record)] }
        rows.reject { |_, row| row.nil? || row.absent? }
      end

      def carry(collection, route, rows, time)
        return if rows.empty?

        batch = @store.put_newer(collection, rows)
        @metrics.count("drained", batch.stored.length) if batch.stored.any?
        judge(batch, rows)
        versions = batch.stored.map { |id| [id, rows.fetch(id).n] }
        @redis.aside { |link| link.done(collection, versions, route.delay_ms, time) } if versions.any?
        batch.refused.each { |id| refuse(collection, id, rows.fetch(id).n) }
      end

      # A row that is late although it is alone and the store answers is refused, so that it holds up no other.
      def judge(batch, rows)
        return @backoff.succeeded unless batch.fault

        @metrics.count("drain_retries")
        return batch.refused.concat(rows.keys) if batch.fault == :late && rows.one? && answers?

        @backoff.failed(rows.length, late: batch.fault == :late)
      end

      def refuse(collection, id, n)
        return unless @redis.aside { |link| link.refuse(collection, id, n) }

        @log.event(Contract::Event::REFUSED, "collection" => collection, "id" => id, "n" => n, "store" => @name)
      end

      def answers?
        @store.ping(Deadline.after_ms(@store.timeout_ms))
        true
      rescue Errors::StoreUnavailable
        false
      end
    end
  end
end
