# The interface of the cache modes, and the guarded write that they share.
# frozen_string_literal: true

require_relative "errors"
require_relative "pool/deadline"
require_relative "redis/record"

module Docproxy
  # A mode has two verbs (protocol.md §5, §6); both fail with the classes of Errors.
  #
  #   read(collection, id, fresh)            -> Reading; fresh: the client wants the store to be asked
  #   write(collection, id, known) { |r| … } -> the block gets the current Record, and returns the one to store, or nil to leave
  #                                             everything as it is, or raises a refusal; known: the current Record if it needs
  #                                             no look. It may be called several times.
  module Cache
    # record: Record; status: value of Cache-Status.
    Reading = Struct.new(:record, :status)

    # Read, decide, write guarded by n, and again where another writer was faster; all within the deadline. Returns the record
    # stored, or nil.
    def self.guarded(store, collection, id, known, deadline)
      Contract::Limits::WRITE_TRIES.times do
        current = known || store.get(collection, id, deadline)
        record = yield current
        return nil unless record
        return record if store.compare_and_put(collection, id, current.n, record, deadline)
        raise Errors::Contention if deadline.passed?

        known = nil
      end
      raise Errors::Contention
    end
  end
end
