# The verbs of a store on MongoDB.
# frozen_string_literal: true

require_relative "../json"
require_relative "../log"
require_relative "../pool/deadline"
require_relative "mongo/client"
require_relative "mongo/coarse"
require_relative "mongo/newer"
require_relative "mongo/projection"
require_relative "mongo/sweep"
require_relative "row"

module Docproxy
  module Store
    # See Store for the verbs.
    class Mongo
      FACTS = Contract::Mongodb
      ID, N, DELETED, ETAG, BODY, DOCUMENT, GONE = FACTS::FIELDS
      ROW = { N => 1, DELETED => 1, ETAG => 1, BODY => 1 }.freeze
      ITEM = { ETAG => 1, BODY => 1 }.freeze
      private_constant :FACTS, :ID, :N, :DELETED, :ETAG, :BODY, :DOCUMENT, :GONE, :ROW, :ITEM

      attr_reader :timeout_ms

      # settings: Config::Store; log: Log; size: the most connections.
      def initialize(settings, log, size)
        @timeout_ms = settings.timeout_ms
        @state = log.dependency(Contract::Dependency::STORE.sub("{name}", settings.name))
        @client = Client.new(settings.url, @timeout_ms, size)
        @sweep = Sweep.new(@client, @timeout_ms, log)
      end

      def get(collection, id, deadline = nil)
        row = reading(statement_deadline(deadline)) { |limit| @client.first(collection, { ID => id }, ROW, limit) }
        return Row.absent unless row

        n = Integer(row[N])
        row[DELETED] ? Row.tombstone(n) : Row.new(n, row[ETAG], row[BODY])
      end

      def compare_and_put(collection, id, expected, row, deadline = nil)
        document = document(id, row)
        done = connected(statement_deadline(deadline)) do |limit|
          if expected.zero? then @client.insert(collection, document, limit) && true
          else @client.replace(collection, { ID => id, N => BSON::Int64.new(expected) }, document, limit) == 1
          end
        end
        @sweep.written(collection) if done
        done
      rescue Fault => fault
        return false if fault.code == FACTS::DUPLICATE_CODE

        raise Store.write_failure(fault, FACTS)
      end

      def put_newer(collection, rows)
        limit = statement_deadline(nil)
        batch = Newer.new(rows, limit) do |id, row|
          older = { ID => id, N => { "$lt" => BSON::Int64.new(row.n) } }
          connected(limit) { @client.replace(collection, older, document(id, row), limit, upsert: true) }
        end.store
        @sweep.written(collection) if batch.stored.any?
        batch
      end

      def list(collection, after, rows, coarse, deadline)
        query = { DELETED => false }
        query[ID] = { "$gt" => after } if after
        query["$and"] = [Coarse.query(coarse)] if coarse
        found = reading(statement_deadline(deadline)) { |limit| @client.page(collection, query, ITEM, rows, limit) }
        found.map { |row| Item.new(row[ID], row[ETAG], row[BODY]) }
      end

      def ping(deadline)
        reading(deadline) { |limit| @client.ping(limit) }
      end

      def close = @client.close

      private

      def statement_deadline(deadline)
        own = Deadline.after_ms(@timeout_ms)
        deadline ? own.min(deadline) : own
      end

      def reading(deadline, &block)
        connected(deadline, &block)
      rescue Fault
        raise Errors::StoreUnavailable
      end

      # Tells the log when the server comes or goes.
      def connected(deadline)
        result = yield deadline
        @state.up
        result
      rescue Fault => fault
        fault.unreachable? ? @state.down : @state.up
        raise
      end

      # The fields in the contract's order.
      def document(id, row)
        document = { ID => id, N => BSON::Int64.new(row.n), DELETED => !row.live?, ETAG => row.etag.to_s, BODY => row.body.to_s }
        document.merge(row.live? ? { DOCUMENT => Projection.document(Json.read(row.body)) } : { GONE => Time.now.utc })
      end
    end
  end
end
