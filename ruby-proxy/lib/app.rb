# Builds the handler of requests out of its parts.
# frozen_string_literal: true

require_relative "cache/off"
require_relative "cache/write_behind"
require_relative "cache/write_through"
require_relative "http"
require_relative "status"

module Docproxy
  # No I/O happens here, so that tests need neither socket nor server.
  module App
    # config: Config::File; stores: name to store; redis: Redis::Client, fleet: Fleet, leftovers: Queue::Leftovers and drain:
    # Queue::Drain, or nil; status: Status.
    def self.build(config, stores, redis, fleet, leftovers, drain, status, metrics, log)
      caches = config.routes.map { |route| cache(route, stores.fetch(route.store), redis, drain, metrics) }
      operations = Http::Operations.new(fleet, leftovers, config.body_bytes, status)
      Http::Handler.new(config.routes, caches, operations, metrics, log)
    end

    def self.cache(route, store, redis, drain, metrics)
      return Cache::Off.new(store) unless route.caches?
      return Cache::WriteThrough.new(store, redis, route, metrics) unless route.write_behind?

      Cache::WriteBehind.new(store, redis, route, metrics) { |collection| drain.accepted(collection) }
    end
    private_class_method :cache
  end
end
