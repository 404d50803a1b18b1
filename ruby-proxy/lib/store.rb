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
  #   put_newer(collection, rows)                              -> Batch; rows: id to Row, each stored unless one with the same n or
  #                                                               a higher one is there; the batch has the store's time limit
  #   list(collection, after, rows, coarse, deadline)          -> [Item] by id, live ones only, after an id or nil
  #   ping(deadline)                                           -> nothing
  #
  # Reading fails with Errors::StoreUnavailable; writing with that, OutcomeUnknown or DocumentRefused; put_newer with none.
  module Store
    # Commands of one batch under way at once, where each row is one.
    AT_ONCE = 8

    # What became of a batch: ids that were stored, or that the store refuses for what they are; fault: what befell the rest,
    # :late where the time was over, :down where it was something else about the store, or nil.
    Batch = Struct.new(:stored, :refused, :fault)
    # A driver may give up so much before the deadline.
    EARLY_S = 0.01
    private_constant :EARLY_S

    # A store by its settings (Config::Store). log takes notes and changes of state; pool is the number of requests that may
    # ask at once; batches have connections besides.
    def self.open(settings, log, pool)
      kinds = { "mysql" => Mysql, "mongodb" => Mongo }
      kinds.fetch(settings.kind).new(settings, log, pool + AT_ONCE)
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

    # Whether a write failed for what it would have written. facts: Contract::Mysql or Contract::Mongodb.
    def self.about_row?(fault, facts) = !fault.unreachable? && write_failure(fault, facts) == Errors::DocumentRefused

    # The fault of a batch (see Batch).
    def self.batch_fault(fault, deadline)
      fault.unreachable? && fault.sent && deadline.left < EARLY_S ? :late : :down
    end

    # The failure that a write's fault amounts to. facts: Contract::Mysql or Contract::Mongodb.
    def self.write_failure(fault, facts)
      return fault.sent ? Errors::OutcomeUnknown : Errors::StoreUnavailable if fault.unreachable?
      return Errors::StoreUnavailable if facts::STATE_CODES.include?(fault.code)

      facts::UNKNOWN_CODES.include?(fault.code) ? Errors::OutcomeUnknown : Errors::DocumentRefused
    end
  end
end
