# Spares a store that is down or slow: how long it is left alone, and how much it gets at once.
# frozen_string_literal: true

require_relative "../generated/contract"
require_relative "../pool/deadline"

module Docproxy
  module Queue
    # One store's; used by one thread.
    class Backoff
      LIMITS = Contract::Limits
      private_constant :LIMITS

      # Rows of the next batch at most.
      attr_reader :rows
      # The moment of the monotonic clock before which the store is left alone.
      attr_reader :until

      def initialize
        @rows = LIMITS::CLAIM_ROWS
        @until = 0
        @failures = 0
      end

      def succeeded
        @failures = 0
        @rows = [@rows * 2, LIMITS::CLAIM_ROWS].min
      end

      # rows: how many were tried; late: whether the time was over, so that less may be done in it.
      def failed(rows, late:)
        pause_ms = [LIMITS::DRAIN_BACKOFF_FIRST_MS << [@failures, 16].min, LIMITS::DRAIN_BACKOFF_MOST_MS].min
        @until = Deadline.after_ms(pause_ms).moment
        @failures += 1
        @rows = [rows / 2, 1].max if late
      end
    end
  end
end
