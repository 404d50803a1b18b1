# Says how the proxy is: alive, ready, and what it counted.
# frozen_string_literal: true

require_relative "errors"
require_relative "fleet"
require_relative "json"
require_relative "pool/deadline"

module Docproxy
  # Bodies of the answers, canonical JSON (docs/reference/log.md).
  class Status
    IMPLEMENTATION = "ruby"
    REASONS = Contract::Reason
    # What waits where there is no Redis.
    NOTHING = { pending: 0, oldest_pending_ms: 0, refused: 0 }.freeze
    private_constant :REASONS, :NOTHING

    # stores: name to store; redis: Redis::Client, fleet: Fleet and census: Queue::Census, or nil; routes: array of Config::Route.
    def initialize(stores, redis, fleet, census, routes, hash, metrics)
      @stores = stores
      @redis = redis
      @fleet = fleet
      @census = census
      @routes = routes
      @hash = hash
      @metrics = metrics
      @stopping = false
    end

    # From now on the proxy is not ready.
    def stop
      @stopping = true
    end

    def live = Json.write({ "status" => "live" })

    # The body, and whether every dependency answers and is as the routes need it; all are asked at once.
    def ready
      reasons = look
      reasons << REASONS::STOPPING if @stopping
      body = { "reasons" => reasons.sort, "status" => reasons.empty? ? "ready" : "not-ready" }
      [Json.write(body), reasons.empty?]
    end

    def stats
      @census&.count
      sums = @census ? @census.sums.map(&:to_h) : @routes.map { NOTHING }
      routes = @routes.zip(sums).map do |route, sum|
        { "cache" => route.cache, "match" => route.match, "store" => route.store }.merge(sum.transform_keys(&:to_s))
      end
      facts = { "fleet" => @hash, "implementation" => IMPLEMENTATION, "routes" => routes, "version" => Contract::VERSION }
      Json.write(@metrics.totals.merge(facts))
    end

    # Tries every dependency once, so that the log tells how it is.
    def look
      questions = @stores.map { |name, store| Thread.new { store_reason(name, store) } }
      questions << Thread.new { redis_reason } << Thread.new { queue_reasons } if @redis
      questions.flat_map(&:value).compact
    end

    private

    def limit(dependency) = Deadline.after_ms([dependency.timeout_ms, Contract::Limits::READY_TIMEOUT_MS].min)

    def store_reason(name, store)
      store.ping(limit(store))
      nil
    rescue Errors::StoreUnavailable
      REASONS::STORE_UNAVAILABLE.sub("{name}", name)
    end

    # An answer that takes longer than the check may last is none; the question ends by its own time limit.
    def redis_reason
      question = Thread.new { @redis.answers? }
      answered = question.join(limit(@redis).left)&.value
      return REASONS::CACHE_UNAVAILABLE unless answered

      REASONS::CACHE_UNSAFE unless @fleet.safe?
    end

    # Nothing is said of what could not be counted: Redis itself is a reason then.
    def queue_reasons
      return unless @census.count

      [(REASONS::REFUSED_DOCUMENTS if @census.refused?), (REASONS::PENDING_TOO_OLD if @census.too_old?)]
    end
  end
end
