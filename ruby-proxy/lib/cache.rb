# The interface of the cache modes, and the guarded write that they share.
# frozen_string_literal: true

require_relative "errors"
require_relative "pool/deadline"

module Docproxy
  # A mode has two verbs (protocol.md §5, §6); both fail with the classes of Errors.
  #
  #   read(collection, id, fresh)            -> Reading; fresh: the client wants the store to be asked
  #   write(collection, id, known) { |r| … } -> the block gets the current Row, and returns the one to store, or nil to leave
  #                                             everything as it is, or raises a refusal; known: the current Row if it needs
  #                                             no look. It may be called several times.
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
