# Writes what happens as JSON lines.
# frozen_string_literal: true

require_relative "generated/contract"
require_relative "json"

module Docproxy
  # One canonical JSON object a line (contract/log.toml). Several processes may share the stream: every line is one write.
  class Log
    # From the chattiest to the quietest.
    LEVELS = %w[requests events none].freeze

    # level: one of LEVELS; out: an IO.
    def initialize(level, out = $stdout)
      @level = level
      @out = out
      @out.sync = true
      @mutex = Mutex.new
      @dependencies = {}
    end

    # Something that happened to the proxy; members besides event and time.
    def event(name, members = {})
      write(name, members) unless @level == "none"
    end

    def request(members)
      write(Contract::Event::REQUEST, members) if @level == "requests"
    end

    def requests? = @level == "requests"

    # A remark of one line for the operator.
    def note(text) = event(Contract::Event::NOTE, "text" => text)

    # A fault nobody foresaw; the trace is cut short, and holds no request.
    def failure(error)
      text = "#{error.class}: #{error.message}"[0, 500]
      event(Contract::Event::FAILURE, "text" => [text, *error.backtrace&.first(5)].join(" | ").scrub)
    end

    # What tells the changes of one dependency's state; the same for every asker, and for workers forked later.
    def dependency(name) = @dependencies[name] ||= Dependency.new(self, name)

    # Of several workers only one tells how the dependencies are.
    def mute_dependencies
      @muted = true
    end

    def dependency_changed(name, state)
      event(Contract::Event::DEPENDENCY, "name" => name, "state" => state) unless @muted
    end

    # Remembers whether a dependency is up, and says so when that changes.
    class Dependency
      def initialize(log, name)
        @log = log
        @name = name
        @mutex = Mutex.new
      end

      def up = change(Contract::Dependency::UP)

      def down = change(Contract::Dependency::DOWN)

      private

      def change(state)
        return if @state == state

        changed = @mutex.synchronize { @state != state && (@state = state) }
        @log.dependency_changed(@name, state) if changed
      end
    end

    private

    def write(name, members)
      line = Json.write({ "event" => name, "time" => Time.now.utc.strftime("%FT%T.%6NZ") }.merge(members)) << "\n"
      @mutex.synchronize { @out.write(line) }
    rescue SystemCallError, IOError
      nil # Nobody reads the log any more; that is no reason to stop serving.
    end
  end
end
