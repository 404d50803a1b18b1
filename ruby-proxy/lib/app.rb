# Builds the handler of requests out of its parts.
# frozen_string_literal: true

require_relative "cache/off"
require_relative "cache/write_through"
require_relative "http"
require_relative "status"

module Docproxy
  # No I/O happens here, so that tests need neither socket nor server.
  module App
    # config: Config::File; stores: name to store; redis: Redis::Client and fleet: Fleet, or nil; status: Status.
    def self.build(config, stores, redis, fleet, status, metrics, log)
      caches = config.routes.map { |route| cache(route, stores.fetch(route.store), redis, metrics) }
      operations = Http::Operations.new(fleet, config.body_bytes, status)
      Http::Handler.new(config.routes, caches, operations, metrics, log)
    end

    def self.cache(route, store, redis, metrics)
      route.caches? ? Cache::WriteThrough.new(store, redis, route, metrics) : Cache::Off.new(store)
    end
    private_class_method :cache
  end
end
