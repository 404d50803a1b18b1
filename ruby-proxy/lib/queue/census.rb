# Counts what waits for the stores, for those who ask how the queues are doing.
# frozen_string_literal: true

require_relative "../pool/deadline"
require_relative "../redis"
require_relative "../routing"

module Docproxy
  module Queue
    # Of all queues, whichever proxy filled them.
    class Census
      # Of all collections of one route.
      Sums = Struct.new(:pending, :oldest_pending_ms, :refused)

      # What was counted, and when by the clock of Redis, in ms.
      Count = Struct.new(:now, :waiting) do
        def age_ms(each) = each.since ? [now - each.since, 0].max : 0
      end
      private_constant :Count

      # redis: Redis::Client; routes: array of Config::Route; leftovers: Leftovers, which are told what was counted.
      def initialize(redis, routes, leftovers)
        @redis = redis
        @routes = routes
        @matches = routes.map(&:match)
        @leftovers = leftovers
        @last = Count.new(0, {})
      end

      # Counts anew, as far as Redis answers in time. Whether it did.
      def count
        question = Thread.new { ask }
        counted = question.join(Contract::Limits::READY_TIMEOUT_MS / 1000.0)&.value
        @last = counted if counted
        !counted.nil?
      end

      # The Sums of each route by the last count, in the order of the routes.
      def sums
        sums = @routes.map { Sums.new(0, 0, 0) }
        last = @last
        last.waiting.each do |collection, waiting|
          index = Routing.index(@matches, collection) or next
          sum = sums[index]
          sum.pending += waiting.pending.to_i
          sum.refused += waiting.refused
          sum.oldest_pending_ms = [sum.oldest_pending_ms, last.age_ms(waiting)].max
        end
        sums
      end

      # Whether a store refuses a document, by the last count.
      def refused? = @last.waiting.each_value.any? { |waiting| waiting.refused.positive? }

      # Whether a write waits for much longer than it should, by the last count.
      def too_old?
        last = @last
        last.waiting.any? do |collection, waiting|
          route = Routing.route(@routes, collection)
          delay_ms = route&.write_behind? ? route.delay_ms : 0
          last.age_ms(waiting) > delay_ms + Contract::Limits::PENDING_TOO_OLD_MS
        end
      end

      private

      def ask
        now, waiting = @redis.present { |link| link.census(link.queues) }
        waiting.each { |collection, each| @leftovers.tell(collection, each.pending) }
        Count.new(now, waiting)
      rescue Redis::Unavailable
        nil
      end
    end
  end
end
