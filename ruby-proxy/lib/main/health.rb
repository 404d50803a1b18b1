# Asks a running proxy whether it is ready.
# frozen_string_literal: true

require "net/http"
require_relative "../config"

module Docproxy
  module Main
    # What --health does.
    module Health
      # The answer's body goes to stdout. Returns the exit code: 0 if the proxy is ready, else 1.
      def self.ask(address)
        host, port = Main.host_and_port(address)
        limit_s = Contract::Limits::READY_TIMEOUT_MS * 2 / 1000.0
        http = Net::HTTP.new(host, port, nil)
        http.open_timeout = http.read_timeout = limit_s
        http.max_retries = 0
        answer = http.get(Contract::OPERATIONS.find { |operation| operation.name == "ready" }.path)
        $stdout.puts(answer.body)
        answer.code == "200" ? 0 : 1
      rescue SystemCallError, SocketError, IOError, Timeout::Error, Net::ProtocolError, Net::HTTPBadResponse
        warn(Config.fill(Contract::Line::UNREACHABLE, listen: address))
        1
      end
    end
  end
end
