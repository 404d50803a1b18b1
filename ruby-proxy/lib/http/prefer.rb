# Reads the field Prefer (RFC 7240).
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Http
    # A preference is only a wish: what is malformed says nothing.
    module Prefer
      # Commas in quotes separate nothing.
      MEMBER = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/mn
      # Parameters say nothing more.
      WAIT = /\A[ \t]*wait[ \t]*=[ \t]*(?:([0-9]+)|"([0-9]+)")[ \t]*(?:;.*)?\z/imn
      private_constant :MEMBER, :WAIT

      # How many seconds the client would wait at most, nil where it does not say; the first one counts. value: all lines joined.
      def self.wait_s(value)
        waits = value.to_s.b.scan(MEMBER).filter_map { |member| WAIT.match(member) }
        found = waits.first or return
        [(found[1] || found[2]).to_i, Contract::Limits::PREFER_WAIT_S].min
      end
    end
  end
end
