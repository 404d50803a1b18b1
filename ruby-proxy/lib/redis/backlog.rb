# Asks about what waits for the store: the dirty records and the queues of the collections.
# frozen_string_literal: true

require_relative "../generated/contract"
require_relative "keys"

module Docproxy
  module Redis
    # What Link can do for write-behind; keys here hold what may not vanish, and know no generation.
    module Backlog
      SCRIPTS = Contract::Scripts
      # The parts of a dirty record, in the order of the cached one's.
      DIRTY = %w[n k e b].freeze
      private_constant :SCRIPTS, :DIRTY

      # What the script `claim` took. parts: id, n, kind, etag and body of each row; pending: how many documents wait in all;
      # time: of Redis, in ms.
      Claim = Struct.new(:parts, :pending, :time)

      # What waits in a collection's queue. pending: nil where the queue is broken; since: of the oldest, in ms of Redis, nil
      # where none waits.
      Waiting = Struct.new(:pending, :since, :refused)

      # The parts of a dirty record, nil for each that is missing.
      def dirty(collection, id) = call("HMGET", Keys.dirty(collection, id), *DIRTY)

      # Makes a collection known as one that has a queue, once a connection.
      def announce(collection)
        @announced ||= {}
        return if @announced[collection]

        call("SADD", Keys.queues, collection)
        @announced[collection] = true
      end

      # Script `put`; values: as there, from the token on.
      def put(collection, id, *values)
        entry, lease, = keys(collection, id)
        names = [entry, lease, Keys.dirty(collection, id), *Keys.queue(collection), Keys.last(collection), Keys.refused(collection)]
        script(SCRIPTS::PUT, names, id, *values)
      end

      # Script `claim`.
      def claim(collection, rows, bytes, visibility_ms)
        parts, pending, time = script(SCRIPTS::CLAIM, [*Keys.queue(collection), Keys.dirty(collection)], rows, bytes, visibility_ms)
        Claim.new(parts.each_slice(DIRTY.length + 1).to_a, pending, Integer(time, 10))
      end

      # Script `done` for versions, each [id, n].
      def done(collection, versions, delay_ms, time)
        queue = Keys.queue(collection)
        scripts(SCRIPTS::DONE, versions.map { |id, n| [[*queue, Keys.dirty(collection, id), Keys.refused(collection)], [id, n, delay_ms, time]] })
      end

      # Script `refuse`: whether this version was not noted before.
      def refuse(collection, id, n)
        names = [Keys.queue(collection).first, Keys.dirty(collection, id), Keys.refused(collection)]
        script(SCRIPTS::REFUSE, names, id, n, Contract::Limits::REFUSED_PAUSE_MS) == "refused"
      end

      # The collections that ever had a queue.
      def queues = call("SMEMBERS", Keys.queues).map { |name| name.dup.force_encoding(Encoding::UTF_8) }

      # How many documents of a collection wait.
      def pending(collection) = call("ZCARD", Keys.queue(collection).first)

      # How many documents of each collection wait; nil where the queue is broken.
      def pendings(collections)
        together(collections.map { |collection| ["ZCARD", Keys.queue(collection).first] }).map { |count| count if count.is_a?(Integer) }
      end

      # Makes everything that waits in collections due. Whether that could be done.
      def hurry(collections)
        keys = collections.map { |collection| Keys.queue(collection).first }
        together(keys.map { |key| ["ZUNIONSTORE", key, 1, key, "WEIGHTS", 0] }).none?(StandardError)
      end

      # The time of Redis in ms, and since when the oldest of a collection waits, nil where none does.
      def oldest(collection)
        time, first = together([["TIME"], oldest_of(collection)])
        [time, first].each { |reply| raise Refused, reply.message if reply.is_a?(StandardError) }
        [milliseconds(time), since(first)]
      end

      # The time of Redis in ms, and the Waiting of each collection.
      def census(collections)
        questions = collections.map { |collection| [["ZCARD", Keys.queue(collection).first], oldest_of(collection), ["HLEN", Keys.refused(collection)]] }
        time, *replies = together([["TIME"], *questions.flatten(1)])
        raise Refused, time.message if time.is_a?(StandardError)

        counts = replies.each_slice(3).map { |pending, first, refused| Waiting.new((pending if pending.is_a?(Integer)), since(first), refused.is_a?(Integer) ? refused : 0) }
        [milliseconds(time), collections.zip(counts).to_h]
      end

      private

      def oldest_of(collection) = ["ZRANGE", Keys.queue(collection).last, 0, 0, "WITHSCORES"]

      def milliseconds(time) = (Integer(time[0], 10) * 1000) + (Integer(time[1], 10) / 1000)

      def since(first) = first.is_a?(Array) && first[1] ? Float(first[1]).to_i : nil
    end
  end
end
