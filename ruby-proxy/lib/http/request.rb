# Holds one request as it came from the socket.
# frozen_string_literal: true

require_relative "headers"

module Docproxy
  module Http
    # method, target, version ("1.0", "1.1"): bytes of the request line, empty where there is none; headers: Headers; body: a proc that returns all its
    # bytes; trouble: what is wrong with how the body came, one of TROUBLES or nil.
    Request = Struct.new(:method, :target, :version, :headers, :body, :trouble) do
      # The request of a header section (bytes up to the empty line).
      def self.parse(head, trouble, &body)
        line, *lines = head.split(/\r?\n/n)
        method, target, version = self::LINE.match(line.to_s)&.captures
        trouble = :malformed unless method
        new(method || "", target || "", version || "1.1", Headers.new(lines), body, trouble)
      end

      def head? = method == "HEAD"
    end

    # The target is whatever stands between: a space in it is found with its other bytes.
    Request::LINE = %r{\A([!-~]+) (.*) HTTP/(1\.[01])\z}mn
    # too_large: longer than the limit; short: the connection ended first; malformed: what the server could not make sense of.
    Request::TROUBLES = %i[too_large short malformed].freeze
  end
end
