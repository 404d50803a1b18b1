# The verbs of a store on MySQL or MariaDB.
# frozen_string_literal: true

require_relative "../json"
require_relative "../log"
require_relative "../pool"
require_relative "mysql/coarse"
require_relative "mysql/connection"
require_relative "mysql/newer"
require_relative "mysql/watchdog"
require_relative "row"

module Docproxy
  module Store
    # See Store for the verbs.
    class Mysql
      FACTS = Contract::Mysql
      private_constant :FACTS

      attr_reader :timeout_ms

      # settings: Config::Store; log: Log; size: the most connections.
      def initialize(settings, log, size)
        @timeout_ms = settings.timeout_ms
        @log = log
        @state = log.dependency(Contract::Dependency::STORE.sub("{name}", settings.name))
        @watchdog = Watchdog.new
        @prepared = false
        address = Connection.address(settings.url)
        @pool = Pool.new(size) do |deadline|
          Connection.new(address, @timeout_ms, @watchdog, deadline).tap { |connection| prepare_database(connection, deadline) }
        end
      end

      def get(collection, id, deadline = nil)
        row = reading(statement_deadline(deadline)) do |connection, limit|
          connection.rows(FACTS::GET, [collection, id], limit).first
        end
        return Row.absent unless row

        n, deleted, etag, body = row
        deleted.zero? ? Row.new(n, etag, body) : Row.tombstone(n)
      end

      def compare_and_put(collection, id, expected, row, deadline = nil)
        columns = Mysql.columns(row)
        connected(statement_deadline(deadline)) do |connection, limit|
          if expected.zero?
            connection.matched(FACTS::INSERT, [collection, id, *columns], limit) == 1
          else
            connection.matched(FACTS::UPDATE, [*columns, collection, id, expected], limit) == 1
          end
        end
      rescue Fault => fault
        return false if fault.code == FACTS::DUPLICATE_CODE

        raise Store.write_failure(fault, FACTS)
      end

      def put_newer(collection, rows)
        limit = statement_deadline(nil)
        Newer.new(collection, rows, limit) do |statement, values|
          connected(limit) { |connection| connection.matched(statement, values, limit, keep: rows.one?) }
        end.store
      end

      def list(collection, after, rows, coarse, deadline)
        text, needles = Coarse.sql(coarse)
        statement = list_statement(text)
        found = reading(statement_deadline(deadline)) do |connection, limit|
          connection.rows(statement, [collection, after || "", *needles, rows], limit, keep: text.empty?)
        end
        found.map { |id, etag, body| Item.new(id.force_encoding(Encoding::UTF_8), etag, body) }
      end

      def ping(deadline)
        reading(deadline) { |connection, limit| connection.rows(FACTS::PING, [], limit) }
      end

      def close = @pool.clear

      # The columns of a row from n on; a tombstone's age begins now.
      def self.columns(row)
        gone = Time.now.utc.strftime("%F %T.%L") unless row.live?
        [row.n, row.live? ? 0 : 1, row.etag.to_s, row.body.to_s, gone]
      end

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
        result = @pool.with(deadline) { |connection| yield connection, deadline }
        @state.up
        result
      rescue Pool::Exhausted => error
        raise Fault, error.message
      rescue Fault => fault
        fault.unreachable? ? @state.down : @state.up
        raise
      end

      # At first contact; a user without the right to create may use what an administrator made.
      def prepare_database(connection, deadline)
        return if @prepared

        [FACTS::CREATE_TABLE, FACTS::CREATE_EVENT].each do |statement|
          connection.command(statement, deadline)
        rescue Fault => fault
          raise if fault.unreachable?

          @log.note("#{statement[/\A\w+ \w+/]}: #{fault.message}")
        end
        @prepared = true
      rescue Fault
        connection.close
        raise
      end

      def list_statement(coarse)
        FACTS::LIST.sub("{list_timeout_s}", Json.write(@timeout_ms / 1000.0))
                   .sub("{list_timeout_ms}", @timeout_ms.to_s).sub("{coarse}") { coarse }
      end
    end
  end
end
