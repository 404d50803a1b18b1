# The interface of the stores: who implements its verbs, and what they mean.
# frozen_string_literal: true

require_relative "errors"
require_relative "store/mongo"
require_relative "store/mysql"

module Docproxy
  # A store has these verbs (protocol.md §2); deadlines are Deadline, each statement has the store's own time limit besides.
  #
  #   get(collection, id, deadline)                            -> Row (absent where there is none)
  #   compare_and_put(collection, id, n, row, deadline)        -> true, or false where the row's n is another (0: no row)
  #   list(collection, after, rows, coarse, deadline)          -> [Item] by id, live ones only, after an id or nil
  #   ping(deadline)                                           -> nothing
  #
  # Reading fails with Errors::StoreUnavailable; writing with that, OutcomeUnknown or DocumentRefused.
  module Store
    # A store by its settings (Config::Store). log takes notes and changes of state; pool is the number of threads that may ask.
    def self.open(settings, log, pool)
      kinds = { "mysql" => Mysql, "mongodb" => Mongo }
      kinds.fetch(settings.kind).new(settings, log, pool)
    end

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
