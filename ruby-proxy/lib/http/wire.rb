# Carries requests and answers between puma and the handler.
# frozen_string_literal: true

require "socket"
require "stringio"
require "time"
require "puma"
require "puma/server"
require_relative "connection"
require_relative "request"

module Docproxy
  module Http
    # One process's server on a listening socket that others may share.
    class Wire
      LIMITS = Contract::Limits
      # A request that waits for a store or Redis holds a thread.
      MIN_THREADS = 4
      MAX_THREADS = 32
      FIRST_DATA_S = 30
      EMPTY = Object.new.tap { |body| def body.each; end }.freeze
      private_constant(*constants(false))

      # The most requests under way at once, which is how many connections the pools need.
      def self.threads = MAX_THREADS

      # handler: Handler; listener: TCPServer; limit: bytes of a body.
      def initialize(handler, listener, limit)
        @handler = handler
        @puma = Puma::Server.new(method(:serve), *writer, { **options, **silent })
        @puma.binder.inherit_tcp_listener(nil, nil, listener)
        @puma.binder.envs[listener] = @puma.binder.proto_env.merge(Connection::LIMIT => limit)
        # A client may close its sending side and still wait for the answer.
        def @puma.closed_socket?(_socket) = false
      end

      # Accepts connections in the background.
      def start = @puma.run

      # Stops accepting, and returns when the requests under way are answered, or their time is over.
      def stop = @puma.stop(true)

      private

      def options
        { min_threads: MIN_THREADS, max_threads: MAX_THREADS, persistent_timeout: LIMITS::KEEP_ALIVE_MS / 1000,
          first_data_timeout: FIRST_DATA_S, force_shutdown_after: LIMITS::STOP_GRACE_MS / 1000, environment: "production",
          supported_http_methods: :any, max_fast_inline: 0, max_keep_alive: Float::INFINITY }
      end

      # Puma 5 takes what writes its log as an argument, later ones as an option.
      def writer = Puma.const_defined?(:LogWriter) ? [nil] : [Puma::Events.null]

      def silent = Puma.const_defined?(:LogWriter) ? { log_writer: Puma::LogWriter.null } : {}

      # The Rack app.
      def serve(env)
        request = Request.parse(env[Connection::HEAD], env[Connection::TROUBLE]) { env["rack.input"].read }
        answer = @handler.call(request)
        headers = answer.headers.merge("Date" => Time.now.httpdate)
        [answer.status, headers, answer.body ? [answer.body] : EMPTY]
      end
    end
  end
end
