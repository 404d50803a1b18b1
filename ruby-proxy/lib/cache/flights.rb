# Lets readers of one key who come at the same time share one look at the store.
# frozen_string_literal: true

require_relative "../pool/deadline"

module Docproxy
  module Cache
    # One flight per key at a time. Sharing is stale unless who joined had come before the leader's fill was sent, so the leader
    # closes the flight first (protocol.md §5).
    class Flights
      # wait_ms: how long one who joined waits for the leader at most.
      def initialize(wait_ms)
        @wait_ms = wait_ms
        @mutex = Mutex.new
        @open = {}
      end

      # The first one for a key leads: the block runs, gets a proc that closes the flight, and returns [value, whether it may be
      # shared]. Others wait for it. Returns [value, whether it is another's], or nil to one that waited for nothing.
      def run(key, &block)
        flight, leads = board(key)
        leads ? lead(key, flight, &block) : follow(flight)
      end

      private

      Flight = Struct.new(:landed, :done, :value)
      private_constant :Flight

      def board(key)
        @mutex.synchronize do
          flight = @open[key]
          flight ? [flight, false] : [@open[key] = Flight.new(ConditionVariable.new, false, nil), true]
        end
      end

      def lead(key, flight)
        value, shared = yield -> { close(key, flight) }
        [value, false]
      ensure
        close(key, flight)
        @mutex.synchronize do
          flight.value = [value, true] if shared
          flight.done = true
          flight.landed.broadcast
        end
      end

      def follow(flight)
        deadline = Deadline.after_ms(@wait_ms)
        @mutex.synchronize do
          flight.landed.wait(@mutex, deadline.left) until flight.done || deadline.passed?
          flight.value
        end
      end

      def close(key, flight)
        @mutex.synchronize { @open.delete(key) if @open[key].equal?(flight) }
      end
    end
  end
end
