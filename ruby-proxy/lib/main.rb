# Runs the program: arguments, socket, signals, exit code.
# frozen_string_literal: true

require "securerandom"
require "socket"
require_relative "config"
require_relative "log"
require_relative "main/health"
require_relative "main/service"
require_relative "main/workers"
require_relative "metrics"

module Docproxy
  # The order of starting: arguments, file, socket, first try of every dependency, refusal, `listening`, serving.
  module Main
    BACKLOG = 1024
    private_constant :BACKLOG

    # The exit code.
    def self.run(words, environment)
      arguments = Config::Arguments.read(words)
      return say(Contract::Help::TEXT) if arguments.help
      return say("docproxy #{Contract::VERSION}") if arguments.version
      return Health.ask(arguments.health) if arguments.health

      config = Config.load(arguments.config, environment)
      return say(Config.fill(Contract::Line::CHECKED, file: arguments.config)) if arguments.check

      serve(arguments, config)
    rescue Config::Refusal => refusal
      warn(refusal.message)
      refusal.code
    end

    # Host and port of HOST:PORT; the brackets of an IPv6 address go.
    def self.host_and_port(address)
      host, _colon, port = address.rpartition(":")
      [host.delete_prefix("[").delete_suffix("]"), Integer(port, 10)]
    end

    def self.say(text)
      $stdout.puts(text)
      0
    end

    def self.serve(arguments, config)
      log = Log.new(arguments.log || Log::LEVELS.first)
      Thread.report_on_exception = false
      Proxy.new(arguments, config, log).run
    rescue Config::Refusal
      raise
    rescue StandardError => error
      log.failure(error)
      warn(Contract::Line::INTERNAL)
      Contract::Exit::INTERNAL
    end

    # One proxy from its socket to its end.
    class Proxy
      def initialize(arguments, config, log)
        @file = arguments.config
        @address = arguments.listen || config.listen
        @count = arguments.workers || 1
        @config = config
        @log = log
        @id = SecureRandom.uuid
        @counters = Metrics.file(@count)
      end

      def run
        listener = bind
        signals = catch_signals
        first = service(0)
        first.contact
        refuse_if_objectionable(first)
        tell_listening(listener)
        @count == 1 ? first.serve(listener) { wait(signals) } : serve_by_many(first, listener, signals)
        first.leave
        @log.event(Contract::Event::STOPPED)
        Contract::Exit::STOPPED
      end

      private

      def bind
        TCPServer.new(*Main.host_and_port(@address)).tap { |listener| listener.listen(BACKLOG) }
      rescue SystemCallError, SocketError
        raise Config::Refusal.new(Config.fill(Contract::Line::UNBINDABLE, listen: @address), Contract::Exit::UNBINDABLE)
      end

      # A handler may do next to nothing, so it writes a byte into a pipe.
      def catch_signals
        signals, writer = IO.pipe
        %w[TERM INT].each { |name| Signal.trap(name) { writer.write_nonblock(".", exception: false) } }
        signals
      end

      def service(number) = Service.new(@config, @id, Metrics.new(@counters, number), @log)

      def refuse_if_objectionable(service)
        pointer, fault, names = service.objection
        return unless fault

        service.leave
        raise Config.refused(@file, pointer, fault, **names)
      end

      def tell_listening(listener)
        host, = Main.host_and_port(@address)
        host = "[#{host}]" if host.include?(":")
        @log.event(Contract::Event::LISTENING,
                   "fleet" => @config.fleet, "implementation" => Status::IMPLEMENTATION, "listen" => "#{host}:#{listener.local_address.ip_port}",
                   "pid" => Process.pid, "version" => Contract::VERSION)
      end

      def wait(signals)
        signals.wait_readable
        @log.event(Contract::Event::DRAINING)
      end

      # Connections do not survive a fork: the first ones are closed, and each process opens its own.
      def serve_by_many(first, listener, signals)
        first.close
        workers = Workers.new(@count, @log) do |number, lifeline|
          @log.mute_dependencies unless number.zero?
          own = catch_signals
          service(number).serve(listener) { IO.select([own, lifeline]) }
        end
        workers.run(signals) do
          listener.close
          @log.event(Contract::Event::DRAINING)
        end
      end
    end

    private_class_method :say, :serve
  end
end
