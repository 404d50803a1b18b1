# Says how much time is left until a moment.
# frozen_string_literal: true

module Docproxy
  # A moment of the monotonic clock.
  class Deadline
    # Seconds on the monotonic clock.
    def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # The moment so many milliseconds from now.
    def self.after_ms(milliseconds) = new(now + (milliseconds / 1000.0))

    def initialize(moment)
      @moment = moment
    end

    attr_reader :moment

    # Seconds, never negative.
    def left = [@moment - Deadline.now, 0.0].max

    def passed? = left.zero?

    # The earlier of the two.
    def min(other) = @moment <= other.moment ? self : other
  end
end
