# One connection to MySQL or MariaDB; the only file that knows the driver.
# frozen_string_literal: true

require "mysql2"
require "socket"
require "uri"

module Docproxy
  module Store
    class Mysql
      # Statements are prepared once per connection. Every failure is a Fault.
      class Connection
        Address = Struct.new(:host, :port, :user, :password, :database)
        PORT = 3306
        # Mysql2 numbers what it finds out itself, without an answer of the server, from here on.
        CLIENT_CODES = (2000..2999)

        def self.address(url)
          uri = URI.parse(url)
          user, password = [uri.user, uri.password].map { |part| part && URI::DEFAULT_PARSER.unescape(part) }
          Address.new(uri.hostname, uri.port || PORT, user, password, uri.path.delete_prefix("/"))
        end

        # Connects and prepares the session. limit_ms bounds the driver's own waiting; it counts whole seconds.
        def initialize(address, limit_ms, watchdog, deadline)
          @watchdog = watchdog
          @statements = {}
          seconds = [(deadline.left).ceil, 1].max
          @client = report(false) { connect(address, seconds, (limit_ms / 1000.0).ceil + 1) }
          @socket = BasicSocket.for_fd(@client.socket)
          @socket.autoclose = false
          Contract::Mysql::SESSION.each { |statement| command(statement, deadline) }
        rescue Fault
          @client&.close
          raise
        end

        # Runs a statement that touches no document.
        def command(statement, deadline)
          watched(deadline) { report(false) { @client.query(statement) } }
        end

        # Rows of a prepared statement, as arrays. keep: whether the statement is worth keeping.
        def rows(statement, values, deadline, keep: true)
          run(statement, values, deadline, keep) { |_statement, result| all(result) }
        end

        # How many rows a prepared statement matched.
        def matched(statement, values, deadline, keep: true)
          run(statement, values, deadline, keep) { |prepared, _result| prepared.affected_rows }
        end

        def broken? = @broken || false

        # An idle connection that can be read from is at its end.
        def ended?
          !@socket.wait_readable(0).nil?
        rescue IOError, SystemCallError
          true
        end

        def ping
          @client.ping
        rescue Mysql2::Error
          false
        end

        # Ends whatever the connection waits for; called by the watchdog.
        def cut
          @broken = true
          @socket.shutdown
        rescue IOError, SystemCallError
          nil
        end

        def close
          @client.close
        rescue Mysql2::Error
          nil
        end

        private

        def connect(address, connect_s, limit_s)
          Mysql2::Client.new(
            host: address.host, port: address.port, username: address.user, password: address.password,
            database: address.database, encoding: "utf8mb4", flags: Mysql2::Client::FOUND_ROWS, reconnect: false,
            connect_timeout: connect_s, read_timeout: limit_s, write_timeout: limit_s
          )
        end

        # A result that is left to the garbage collector is freed by it, and then spoils what the statement is doing meanwhile.
        def all(result)
          result.to_a
        ensure
          result.free
        end

        def run(statement, values, deadline, keep)
          watched(deadline) do
            prepared = @statements[statement] || report(false) { @client.prepare(statement) }
            @statements[statement] = prepared if keep
            report(true) { yield prepared, prepared.execute(*values, as: :array, cast_booleans: false) }
          ensure
            # One that is kept may have been prepared by an earlier call.
            prepared&.close unless @statements.key?(statement) || @broken
          end
        end

        def watched(deadline, &block)
          raise Fault, "no time left" if deadline.passed?

          @watchdog.watch(self, deadline, &block)
        end

        def report(sent)
          yield
        rescue Mysql2::Error => error
          code = error.error_number
          # 0: the driver has no number for what it found.
          answered = code && code.positive? && !CLIENT_CODES.cover?(code) && !@broken
          @broken = true unless answered
          raise Fault.new(error.message, code: (code if answered), sent: sent)
        end
      end
    end
  end
end
