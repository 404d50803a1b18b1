# Carries what waits in Redis to the stores, in the background.
# frozen_string_literal: true

require_relative "log"
require_relative "metrics"
require_relative "queue/backoff"
require_relative "queue/census"
require_relative "queue/claim"
require_relative "queue/leftovers"
require_relative "redis"
require_relative "routing"

module Docproxy
  # Every process drains the queues of all collections, whoever filled them (protocol.md §7). Nothing leaves a queue before the
  # store has it, so a drain that dies at any moment has lost nothing.
  module Queue
    LIMITS = Contract::Limits
    private_constant :LIMITS

    # One process's: a thread that looks for queues, and one for each store, so that a slow store holds up no other.
    class Drain
      # redis: Redis::Client; fleet: Fleet; stores: name to store; routes: array of Config::Route; leftovers: Leftovers.
      def initialize(redis, fleet, stores, routes, leftovers, metrics, log)
        @redis = redis
        @routes = routes
        @leftovers = leftovers
        @log = log
        @may = -> { redis.up? && fleet.safe? }
        @lines = stores.to_h do |name, store|
          backoff = Backoff.new
          claim = Claim.new(name, store, redis, backoff, metrics, log)
          [name, Line.new(backoff, @may, log) { |collection| ask(claim, collection) }]
        end
        @mutex = Mutex.new
        @wake = ConditionVariable.new
        @stopping = false
      end

      # Drains until `stop`; threads do not survive a fork, so each process starts its own.
      def start
        @threads = [Thread.new { look }, *@lines.each_value.map { |line| Thread.new { line.run } }]
      end

      # A write to a collection was accepted.
      def accepted(collection)
        @lines[Routing.route(@routes, collection)&.store]&.busy(collection)
      end

      # From now on nothing is claimed.
      def stop
        @mutex.synchronize { @stopping = true }
        @wake.broadcast
        @lines.each_value(&:stop)
      end

      # Waits for the rounds under way, until the deadline.
      def join(deadline)
        @threads&.each { |thread| thread.join(deadline.left) }
        @redis.close_aside
      end

      private

      def ask(claim, collection)
        claim.call(collection, Routing.route(@routes, collection)).tap { |result| @leftovers.tell(collection, result.pending) }
      end

      def look
        until @stopping
          deal if @may.call
          @mutex.synchronize { @wake.wait(@mutex, LIMITS::QUEUES_INTERVAL_MS / 1000.0) unless @stopping }
        end
      end

      # Each queue has its turn once a second, or less often where so many would be asked too many times.
      def deal
        names = @redis.aside { |link| @leftovers.read(link) }
        shares = names.group_by { |name| Routing.route(@routes, name)&.store }
        round_s = [1.0, names.length / Float(LIMITS::QUEUES_PER_S)].max
        @lines.each { |name, line| line.know(shares.fetch(name, []), round_s) }
      rescue Redis::Unavailable
        nil # The next look may be luckier.
      rescue StandardError => error
        @log.failure(error)
      end
    end

    # The queues of one store: those that hold something are asked often, all others in turn.
    class Line
      INTERVAL_S = LIMITS::CLAIM_INTERVAL_MS / 1000.0
      IDLE_S = 1.0
      private_constant(*constants(false))

      # may: says whether anything may be claimed now. The block does a round with a collection, and returns a Claim::Result.
      def initialize(backoff, may, log, &round)
        @backoff = backoff
        @may = may
        @log = log
        @round = round
        @mutex = Mutex.new
        @wake = ConditionVariable.new
        @busy = {}
        @known = []
        @position = 0
        @turn_at = Deadline.now
        @round_s = IDLE_S
        @stopping = false
      end

      # All queues of the store, each to be asked once in so many seconds.
      def know(collections, round_s)
        @mutex.synchronize do
          @known = collections
          @round_s = round_s
          @wake.signal
        end
      end

      # A queue holds something.
      def busy(collection)
        @mutex.synchronize do
          next if @busy.key?(collection)

          @busy[collection] = Deadline.now + INTERVAL_S
          @wake.signal
        end
      end

      def stop
        @mutex.synchronize { @stopping = true }
        @wake.signal
      end

      def run
        until @stopping
          collection = turn
          ask(collection) if collection
        end
      end

      private

      # The queue that is to be asked now, or nil after a pause.
      def turn
        @mutex.synchronize do
          now = Deadline.now
          collection, at = @busy.min_by(&:last)
          collection, at = nil, @turn_at if @known.any? && (at.nil? || @turn_at < at)
          at = @may.call ? [at || (now + IDLE_S), @backoff.until].max : now + INTERVAL_S
          next pause(at - now) if at > now

          collection ? @busy.delete(collection) && collection : in_turn(now)
        end
      end

      def pause(seconds)
        @wake.wait(@mutex, [seconds, IDLE_S].min) unless @stopping
        nil
      end

      def in_turn(now)
        @turn_at = now + (@round_s / @known.length)
        @position = (@position + 1) % @known.length
        @known[@position] unless @busy.key?(@known[@position])
      end

      # A queue that is broken is left to its turn, like an empty one. A write may have come in while this one was asked: then it
      # is known as busy already.
      def ask(collection)
        result = @round.call(collection)
        again(collection, result.full ? 0 : INTERVAL_S) if result.pending.positive?
      rescue Redis::Refused
        nil
      rescue Redis::Unavailable
        again(collection, INTERVAL_S)
      rescue StandardError => error
        @log.failure(error)
        @backoff.failed(@backoff.rows, late: false)
        again(collection, INTERVAL_S)
      end

      def again(collection, seconds)
        @mutex.synchronize { @busy[collection] = Deadline.now + seconds }
      end
    end
    private_constant :Line
  end
end
