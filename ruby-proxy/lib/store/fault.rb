# Says in the contract's words what a store's error means for the request.
# frozen_string_literal: true

require_relative "../errors"

module Docproxy
  module Store
    # What a driver reported. code: the server's error number, nil where the server did not answer; sent: whether the
    # statement was on its way.
    class Fault < StandardError
      attr_reader :code, :sent

      def initialize(message, code: nil, sent: false)
        super(message)
        @code = code
        @sent = sent
      end

      # Whether the server could not be talked to, as against having refused.
      def unreachable? = code.nil?
    end

    # The failure that a write's fault amounts to. facts: Contract::Mysql or Contract::Mongodb.
    def self.write_failure(fault, facts)
      return fault.sent ? Errors::OutcomeUnknown : Errors::StoreUnavailable if fault.unreachable?
      return Errors::StoreUnavailable if facts::STATE_CODES.include?(fault.code)

      facts::UNKNOWN_CODES.include?(fault.code) ? Errors::OutcomeUnknown : Errors::DocumentRefused
    end
  end
end
