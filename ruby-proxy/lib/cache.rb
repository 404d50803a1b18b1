# The interface of the cache modes, and the guarded write that they share.
# frozen_string_literal: true

require_relative "errors"
require_relative "pool/deadline"

module Docproxy
  # A mode has three verbs (protocol.md §5, §6); they fail with the classes of Errors.
  #
  #   read(collection, id, fresh)            -> Reading; fresh: the client wants the store to be asked
  #   write(collection, id, known:, guard:) { |r| … }
  #                                          -> value of Write-Status. The block gets the current Row, and returns the one to
  #                                             store, or nil to leave everything as it is, or raises a refusal; it may be
  #                                             called several times, the last time counts. known: the current Row if it needs
  #                                             no look; guard: what the write demands that may be judged without a look:
  #                                             :none, :exists, :absent, or :decide where only the block can.
  #   pending(collection, wait_s)            -> how many documents wait for the store, nil where none ever does; before that
  #                                             what waits now is waited for, for so many seconds at most (nil: not)
  module Cache
    # row: Store::Row; status: value of Cache-Status.
    Reading = Struct.new(:row, :status)

    # Read, decide, write guarded by n, and again where another writer was faster; all within the deadline. Returns the row
    # stored, or nil.
    def self.guarded(store, collection, id, known, deadline)
      Contract::Limits::WRITE_TRIES.times do
        current = known || store.get(collection, id, deadline)
        row = yield current
        return nil unless row
        return row if store.compare_and_put(collection, id, current.n, row, deadline)
        raise Errors::Contention if deadline.passed?

        known = nil
      end
      raise Errors::Contention
    end
  end
end
