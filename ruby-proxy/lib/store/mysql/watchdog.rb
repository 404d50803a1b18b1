# Cuts connections whose statement takes too long, to the tenth of a second: the driver itself counts whole seconds.
# frozen_string_literal: true

require_relative "../../pool/deadline"

module Docproxy
  module Store
    class Mysql
      # One thread that looks at every statement under way.
      class Watchdog
        INTERVAL_S = 0.02

        def initialize
          @mutex = Mutex.new
          @watched = {}
        end

        # Calls `connection.cut` if the block is still running at the deadline.
        def watch(connection, deadline)
          start
          @mutex.synchronize { @watched[connection] = deadline }
          yield
        ensure
          @mutex.synchronize { @watched.delete(connection) }
        end

        private

        # Not in initialize: threads do not survive a fork.
        def start
          return if @thread&.alive?

          @mutex.synchronize { @thread = Thread.new { loop { look } } unless @thread&.alive? }
        end

        # Cutting under the mutex: a connection that is cut has not been closed by its owner meanwhile.
        def look
          sleep(INTERVAL_S)
          @mutex.synchronize do
            @watched.each { |connection, deadline| connection.cut if deadline.passed? }
          end
        end
      end
    end
  end
end
