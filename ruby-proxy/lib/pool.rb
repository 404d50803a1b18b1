# Keeps a bounded number of connections for many threads; Ruby's drivers of MySQL and Redis have no pool of their own.
# frozen_string_literal: true

require_relative "generated/contract"
require_relative "pool/deadline"

module Docproxy
  # A connection answers `broken?` (it is not given out again), `ended?` (the other side closed it), `ping` (true if it answers;
  # asked after a long idle time) and `close`. The one used last is given out first, so that few are in use.
  class Pool
    # No connection came free in time.
    class Exhausted < StandardError; end

    Idle = Struct.new(:connection, :since)
    private_constant :Idle

    # The block opens a connection; it gets the deadline.
    def initialize(size, &open)
      @size = size
      @open = open
      @mutex = Mutex.new
      @returned = ConditionVariable.new
      @idle = []
      @taken = 0
    end

    # Yields a connection. Raises Exhausted, or whatever opening one raises.
    def with(deadline)
      connection = take(deadline)
      begin
        yield connection
      ensure
        give(connection)
      end
    end

    # Closes the idle ones; the others are closed when they come back broken, or with the process.
    def clear
      idle = @mutex.synchronize { @idle.slice!(0..) }
      idle.each { |each| each.connection.close }
    end

    private

    def take(deadline)
      loop do
        idle = claim(deadline)
        return open_one(deadline) unless idle
        return idle.connection if good?(idle)

        idle.connection.close
        free_place
      end
    end

    # An idle connection, or nil for the right to open one.
    def claim(deadline)
      @mutex.synchronize do
        while @idle.empty? && @taken >= @size
          raise Exhausted if deadline.passed?

          @returned.wait(@mutex, deadline.left)
        end
        @taken += 1
        @idle.pop
      end
    end

    def good?(idle)
      return false if idle.connection.ended?

      (Deadline.now - idle.since) * 1000 < Contract::Limits::IDLE_PING_MS || idle.connection.ping
    end

    def open_one(deadline)
      connection = @open.call(deadline)
    ensure
      free_place unless connection
    end

    def free_place
      @mutex.synchronize do
        @taken -= 1
        @returned.signal
      end
    end

    def give(connection)
      broken = connection.broken?
      connection.close if broken
      @mutex.synchronize do
        @idle.push(Idle.new(connection, Deadline.now)) unless broken
        @taken -= 1
        @returned.signal
      end
    end
  end
end
