# Talks to MongoDB; the only file that knows the driver.
# frozen_string_literal: true

require "logger"
require "mongo"
require_relative "../../pool/deadline"

module Docproxy
  module Store
    class Mongo
      # The driver keeps the connections. Every failure is a Fault.
      class Client
        # Set by the driver's own report that a command is about to be sent, read by the thread that asked for it.
        SENT = :docproxy_mongo_sent
        # How often the driver looks after a server that is there; one that is gone is looked for twice a second.
        HEARTBEAT_S = 1

        # The driver's own classes, and what it lets through of sockets and names.
        FAILURES = [::Mongo::Error, ::Mongo::Auth::Unauthorized, IOError, SystemCallError, SocketError, ::Timeout::Error].freeze

        # Marks the thread whose command is on its way.
        module Sending
          def self.started(_event) = Thread.current.thread_variable_set(SENT, true)

          def self.succeeded(_event) = nil

          def self.failed(_event) = nil
        end

        # A pooled connection that can be read from while idle is at its end, and must not be given out.
        module EndOfFile
          private

          def valid_available_connection?(connection, *)
            socket = connection.send(:socket)&.socket
            connection.disconnect!(reason: :stale) if socket && !socket.closed? && socket.wait_readable(0)
            super && connection.connected?
          end
        end
        ::Mongo::Server::ConnectionPool.prepend(EndOfFile)
        ::Mongo::Logger.logger = ::Logger.new(nil)

        # size: the most connections.
        def initialize(url, timeout_ms, size)
          seconds = timeout_ms / 1000.0
          @client = ::Mongo::Client.new(
            url,
            retry_reads: false, retry_writes: false, max_read_retries: 0, max_write_retries: 0,
            write_concern: { w: :majority, j: true }, read: { mode: :primary },
            max_pool_size: size, min_pool_size: 0, max_idle_time: Contract::Limits::IDLE_PING_MS / 1000,
            wait_queue_timeout: seconds, connect_timeout: seconds, server_selection_timeout: seconds,
            heartbeat_frequency: HEARTBEAT_S
          )
          @client.subscribe(::Mongo::Monitoring::COMMAND, Sending)
        end

        # The first document that a query finds, or nil.
        def first(collection, query, fields, deadline)
          report(deadline) { |limit| @client[collection].find(query, projection: fields, **limit).limit(1).first }
        end

        # Documents by ascending _id.
        def page(collection, query, fields, rows, deadline)
          report(deadline) do |limit|
            @client[collection].find(query, projection: fields, **limit).sort(_id: 1).limit(rows).batch_size(rows).to_a
          end
        end

        def insert(collection, document, deadline)
          report(deadline) { |limit| @client[collection].insert_one(document, **limit) }
        end

        # How many documents the query matched; one is replaced. upsert: where none is, the document is inserted.
        def replace(collection, query, document, deadline, upsert: false)
          report(deadline) { |limit| @client[collection].replace_one(query, document, upsert: upsert, **limit).matched_count }
        end

        # Makes an index on one field whose rows the server removes after so many seconds.
        def expire(collection, field, name, seconds, deadline)
          report(deadline) do |limit|
            index = { key: { field => 1 }, name: name, expireAfterSeconds: seconds }
            @client.database.command({ createIndexes: collection, indexes: [index] }, **limit)
          end
        end

        def ping(deadline)
          report(deadline) { |limit| @client.database.command({ ping: 1 }, **limit) }
        end

        def close = @client.close

        private

        def report(deadline)
          milliseconds = (deadline.left * 1000).floor
          raise Fault, "no time left" if milliseconds < 1

          Thread.current.thread_variable_set(SENT, false)
          yield({ timeout_ms: milliseconds })
        rescue *FAILURES => error
          code = error.code || error.write_concern_error_code if error.is_a?(::Mongo::Error::OperationFailure)
          raise Fault.new(error.message, code: code, sent: Thread.current.thread_variable_get(SENT))
        end
      end
    end
  end
end
