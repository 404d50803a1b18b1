# Knows what waits for the stores: how much, since when, what was refused, and what a former mode left over.
# frozen_string_literal: true

require "set"
require_relative "../errors"
require_relative "../pool/deadline"
require_relative "../redis"
require_relative "../routing"

module Docproxy
  module Queue
    # A collection's leftovers are what waits although its route is not write-behind any more: until they are in the store of the
    # new route nothing of the collection is answered.
    class Census
      # Of all collections of one route, in the order of stats.
      Sums = Struct.new(:pending, :oldest_pending_ms, :refused)

      # What was counted, and when by the clock of Redis, in ms.
      Count = Struct.new(:now, :waiting) do
        def age_ms(each) = each.since ? [now - each.since, 0].max : 0
      end
      private_constant :Count

      # redis: Redis::Client; routes: array of Config::Route.
      def initialize(redis, routes)
        @redis = redis
        @routes = routes
        @matches = routes.map(&:match)
        @leftovers = Set.new.freeze
        @last = Count.new(0, {})
      end

      # The route of a collection, or nil.
      def route(collection)
        index = Routing.index(@matches, collection)
        index && @routes[index]
      end

      # The collections that ever had a queue; their leftovers are noted, and at the first time made due.
      def read(link)
        names = link.queues
        left = link.backlogs(names.select { |name| route(name)&.write_behind? == false })
        @hurried ||= link.hurry(left)
        @leftovers = left.to_set.freeze
        names
      end

      # Fails where a collection has leftovers.
      def admit(collection)
        raise Errors::NotSynced if @leftovers.include?(collection)
      end

      # Nothing of a collection waits any more.
      def emptied(collection)
        @leftovers = (@leftovers - [collection]).freeze if @leftovers.include?(collection)
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
          sum.pending += waiting.pending
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
          route = route(collection)
          delay_ms = route&.write_behind? ? route.delay_ms : 0
          last.age_ms(waiting) > delay_ms + Contract::Limits::PENDING_TOO_OLD_MS
        end
      end

      private

      def ask
        Count.new(*@redis.present { |link| link.census(link.queues) })
      rescue Redis::Unavailable
        nil
      end
    end
  end
end
