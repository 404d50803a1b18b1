# Forks the workers of a proxy, replaces those that die, and ends them.
# frozen_string_literal: true

require_relative "../log"

module Docproxy
  module Main
    # The block is what a worker does; it gets the worker's number, from 0, and its lifeline: a pipe that can be read from once
    # the parent is gone.
    class Workers
      # A worker that dies is replaced at the next look, so that one that cannot live costs little.
      LOOK_S = 1
      # How much longer than its own time for stopping a worker gets.
      PATIENCE_S = 7

      def initialize(count, log, &work)
        @log = log
        @work = work
        @pids = Array.new(count)
        @lifeline, @held = IO.pipe
      end

      # Keeps them running until the signals' pipe can be read, then ends them all.
      def run(signals)
        loop do
          @pids.each_index { |index| @pids[index] ||= fork { live(index) } }
          break if signals.wait_readable(LOOK_S)

          reap { |pid| @log.event(Contract::Event::FAILURE, "text" => "worker #{pid} died") }
        end
        yield
        finish
      end

      private

      def live(index)
        @held.close
        @work.call(index, @lifeline)
      end

      def reap
        @pids.each_with_index do |pid, index|
          next unless pid && Process.wait(pid, Process::WNOHANG)

          @pids[index] = nil
          yield pid
        end
      end

      def finish
        signal(:TERM)
        deadline = Deadline.after_ms(Contract::Limits::STOP_GRACE_MS + (PATIENCE_S * 1000))
        until @pids.none? || deadline.passed?
          reap { |_pid| nil }
          sleep(0.02)
        end
        signal(:KILL)
      end

      def signal(name)
        @pids.compact.each { |pid| Process.kill(name, pid) }
      rescue Errno::ESRCH
        nil # It ended by itself.
      end
    end
  end
end
