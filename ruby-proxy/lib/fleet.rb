# Keeps this proxy a member of the fleet that its routing file names (protocol.md §8).
# frozen_string_literal: true

require_relative "errors"
require_relative "log"
require_relative "redis"

module Docproxy
  # All proxies on one Redis must have the same routing file; one that is not a member answers no document request.
  class Fleet
    FIRST_PAUSE_S = 0.1
    LAST_PAUSE_S = 1.0
    HEARTBEAT_S = Contract::Limits::HEARTBEAT_INTERVAL_MS / 1000.0
    private_constant(*constants(false))

    # redis: Redis::Client; hash: of the routing file; id: of this proxy, the same for all its workers.
    def initialize(redis, hash, id)
      @redis = redis
      @hash = hash
      @id = id
      @refused = false
      @live_until = 0
      @mutex = Mutex.new
      @wake = ConditionVariable.new
      @lost = @stopping = false
      @met = ->(_link) {}
      redis.on_loss { wake }
    end

    # The block gets the link whenever Redis was reached anew, before anybody else may use it.
    def on_contact(&block)
      @met = block
    end

    # Joins, reaching Redis anew if need be. Whether that worked; Redis::Unavailable is no fault here.
    def beat
      @redis.contact do |link|
        join(link)
        @met.call(link) unless @redis.up?
      end
      @redis.recheck
      true
    rescue Redis::Unavailable
      false
    end

    # Beats in the background until `stop`.
    def start
      @thread = Thread.new { run }
    end

    def stop
      @mutex.synchronize { @stopping = true }
      wake
      @thread&.join
    end

    # Ends the membership of the whole proxy.
    def leave
      @redis.insist { |link| link.script(Contract::Scripts::JOIN, [Keys.fleet], @hash, @id, 0) }
    rescue Redis::Unavailable
      nil # It ends by itself.
    end

    # Whether proxies with another routing file were there at the last look.
    def refused? = @refused

    # Whether this proxy counts as live: reckoned from when it sent the last join that was accepted.
    def member? = !@refused && Deadline.now < @live_until

    # Whether Redis has what the routes need, and this proxy may use it.
    def safe? = @redis.unsafe.nil? && member?

    # Fails where a document request must not be answered. caching: whether its route caches.
    def admit(caching)
      raise Errors::CacheUnavailable if @refused || (@redis.up? && !member?)
      raise Errors::CacheUnavailable if caching && (!@redis.reached || @redis.unsafe)
    end

    private

    def join(link)
      sent = Deadline.now
      accepted = link.script(Contract::Scripts::JOIN, [Keys.fleet], @hash, @id, Contract::Limits::FLEET_LIVE_MS) == 1
      @refused = !accepted
      @live_until = sent + (Contract::Limits::FLEET_LIVE_MS / 1000.0) if accepted
    end

    def run
      pause = FIRST_PAUSE_S
      until @stopping
        if beat
          pause = FIRST_PAUSE_S
          doze(HEARTBEAT_S)
        else
          doze(pause, wakeful: false)
          pause = [pause * 2, LAST_PAUSE_S].min
        end
      end
    end

    # wakeful: whether the loss of Redis ends the pause.
    def doze(seconds, wakeful: true)
      @mutex.synchronize do
        @lost = false unless wakeful
        @wake.wait(@mutex, seconds) unless @stopping || @lost
        @lost = false
      end
    end

    def wake
      @mutex.synchronize do
        @lost = true
        @wake.signal
      end
    end
  end
end
