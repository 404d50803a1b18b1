# Has MongoDB remove old tombstones by itself: an index on every collection that is written to.
# frozen_string_literal: true

require_relative "../../pool/deadline"

module Docproxy
  module Store
    class Mongo
      # Makes each index once, beside the requests: no write waits for it, and none fails because of it.
      class Sweep
        # More collections than this that were first written to just now wait for their next write.
        WAITING = 64

        def initialize(client, timeout_ms, log)
          @client = client
          @timeout_ms = timeout_ms
          @log = log
          @mutex = Mutex.new
          @known = {}
          @waiting = SizedQueue.new(WAITING)
        end

        # Called after every write; a collection's first one has the index made.
        def written(collection)
          return if @known[collection]

          @mutex.synchronize do
            return if @known[collection]

            @waiting.push(collection, true)
            @known[collection] = true
            @thread = Thread.new { work } unless @thread&.alive?
          end
        rescue ThreadError
          nil # The queue is full.
        end

        private

        def work
          loop { make(@waiting.pop) }
        end

        # A server that does not know such indexes costs one line; one that did not answer is asked after the next write.
        def make(collection)
          field = Contract::Mongodb::FIELDS.last
          @client.expire(collection, field, Contract::Mongodb::SWEEP_INDEX, Contract::Limits::TOMBSTONE_S, Deadline.after_ms(@timeout_ms))
        rescue Fault => fault
          return @mutex.synchronize { @known.delete(collection) } if fault.unreachable?

          @log.note("#{Contract::Mongodb::SWEEP_INDEX}: #{fault.message}") unless @told
          @told = true
        end
      end
    end
  end
end
