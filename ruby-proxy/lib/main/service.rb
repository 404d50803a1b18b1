# Is one serving process: its dependencies, its beginning, its end.
# frozen_string_literal: true

require_relative "../app"
require_relative "../config"
require_relative "../fleet"
require_relative "../http/wire"
require_relative "../queue"
require_relative "../redis"
require_relative "../status"
require_relative "../store"

module Docproxy
  module Main
    # A proxy has one, or several in workers that share its socket, its id and its counters.
    class Service
      # config: Config::File; id: the proxy's in the fleet.
      def initialize(config, id, metrics, log)
        @config = config
        size = Http::Wire.threads
        @stores = config.stores.transform_values { |settings| Store.open(settings, log, size) }
        open_redis(id, size, metrics, log) if config.redis
        @status = Status.new(@stores, @redis, @fleet, @census, config.routes, config.fleet, metrics)
        @handler = App.build(config, @stores, @redis, @fleet, @leftovers, @drain, @status, metrics, log)
      end

      # Tries every dependency for the first time, all at once; the log tells how each is.
      def contact
        tries = @stores.each_value.map { |store| Thread.new { try(store) } }
        tries << Thread.new { @fleet.beat } if @fleet
        tries.each(&:join)
      end

      # Why this proxy must not serve, as far as Redis answered: pointer, fault and the names in its texts; or nil.
      def objection
        return unless @redis&.up?
        return ["", Contract::Faults::ANOTHER_FLEET, {}] if @fleet.refused?

        @redis.unsafe && ["/redis/url", *@redis.unsafe]
      end

      # Serves until the block returns, then until the requests under way are answered.
      def serve(listener)
        @fleet&.start
        @drain&.start
        wire = Http::Wire.new(@handler, listener, @config.body_bytes)
        wire.start
        yield
        @status.stop
        @drain&.stop
        rounds = Deadline.after_ms(Contract::Limits::STOP_GRACE_MS)
        wire.stop
        @drain&.join(rounds)
        @fleet&.stop
      end

      # Ends the proxy's membership in the fleet.
      def leave = @fleet&.leave

      def close
        @redis&.close
        @stores.each_value(&:close)
      end

      private

      def open_redis(id, size, metrics, log)
        routes = @config.routes
        needs = Redis::Needs.new(routes.any?(&:caches?), routes.any?(&:durable?))
        @redis = Redis::Client.new(@config.redis, @config.fleet, needs, log, size)
        @fleet = Fleet.new(@redis, @config.fleet, id)
        @leftovers = Queue::Leftovers.new(routes)
        @fleet.on_contact { |link| read_queues(link) }
        @census = Queue::Census.new(@redis, routes, @leftovers)
        @drain = Queue::Drain.new(@redis, @fleet, @stores, routes, @leftovers, metrics, log)
      end

      # What a former mode left over is known before anything is answered. Redis may refuse: then it is as if there was none.
      def read_queues(link)
        @leftovers.read(link)
      rescue Redis::Refused
        nil
      end

      def try(store)
        store.ping(Deadline.after_ms(store.timeout_ms))
      rescue Errors::StoreUnavailable
        nil # The proxy starts all the same.
      end
    end
  end
end
