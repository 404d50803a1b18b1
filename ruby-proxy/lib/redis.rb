# Gives the threads connections to Redis, and knows whether Redis is there.
# frozen_string_literal: true

require_relative "log"
require_relative "pool"
require_relative "redis/link"

module Docproxy
  module Redis
    # Redis has settings under which it may lose what the cache relies on.
    class Unsafe < StandardError; end

    # Requests use Redis while it is up. A connection that breaks takes all down; then whoever keeps the fleet calls `contact`
    # until Redis answers again, so that no request has to wait for a Redis that is gone.
    class Client
      # Whether Redis was reached since start.
      attr_reader :reached
      # See Link#unsafe; of the connection opened last.
      attr_reader :unsafe
      # Milliseconds for one command.
      attr_reader :timeout_ms

      # settings: Config::Redis; fleet: hash of the routing file; needs: Needs; size: the most connections.
      def initialize(settings, fleet, needs, log, size)
        @timeout_ms = settings.timeout_ms
        @state = log.dependency(Contract::Dependency::REDIS)
        @needs = needs
        @open = -> { Link.new(settings, fleet, needs).tap { |link| @unsafe = link.unsafe } }
        @pool = Pool.new(size) { |_deadline| @open.call }
        # Whatever is slow there holds up no request, and its end says nothing about the others.
        @aside = Pool.new(1) { |_deadline| Link.new(settings, fleet, Needs.new(false, false)) }
        @reached = @up = false
        @era = 0
        @lost = -> {}
      end

      def up? = @up

      # The block is called whenever Redis is lost.
      def on_loss(&block)
        @lost = block
      end

      # Yields a link to a Redis that keeps what the cache needs. Raises Unavailable at once while Redis is down, Unsafe where
      # its settings turned out wrong.
      def with
        present do |link|
          raise Unsafe if @unsafe

          yield link
        end
      end

      # Yields a link whatever the settings are.
      def present(&block)
        raise Unavailable, "down" unless @up

        borrow(&block)
      end

      # Yields the one link that no request uses, whatever the settings are.
      def aside(&block)
        raise Unavailable, "down" unless @up

        @aside.with(Deadline.after_ms(@timeout_ms), &block)
      rescue Pool::Exhausted => error
        raise Unavailable, error.message
      end

      # Yields a link whatever the settings are, and once more a new one if the first was dead.
      def insist(&block)
        present(&block)
      rescue Unavailable
        alone(&block)
      end

      # Reaches Redis, anew if need be; it is up once the block, which gets the link, has come to its end.
      def contact(&block)
        result = borrow(&block)
        @reached = @up = true
        @state.up
        result
      rescue Unavailable
        lose(@era)
        raise
      end

      # Asks again for settings that were wrong.
      def recheck
        present { |link| link.check.then { @unsafe = link.unsafe } } if @needs.caching && @unsafe
      end

      # Whether Redis answers now.
      def answers?
        present { |link| link.call("PING") } == "PONG"
      rescue Unavailable
        false
      end

      def close
        @up = false
        @pool.clear
        close_aside
      end

      # Closes the link that no request uses.
      def close_aside = @aside.clear

      private

      # Opening a connection fails only when Redis is gone; a refused command leaves everything as it is.
      def borrow
        era = @era
        opened = false
        @pool.with(Deadline.after_ms(@timeout_ms)) do |connection|
          opened = true
          yield connection
        ensure
          lose(era) if connection.broken?
        end
      rescue Pool::Exhausted => error
        raise Unavailable, error.message
      rescue Unavailable
        lose(era) unless opened
        raise
      end

      def alone
        connection = @open.call
        yield connection
      ensure
        connection&.close
      end

      # A connection of an era that has ended says nothing about the present one.
      def lose(era)
        return unless era == @era

        @era += 1
        @up = false
        @state.down
        @pool.clear
        @lost.call
      end
    end
  end
end
