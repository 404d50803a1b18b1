# The interface of the stores: who implements its verbs, and what they mean.
# frozen_string_literal: true

require_relative "store/mongo"
require_relative "store/mysql"

module Docproxy
  # A store has these verbs (protocol.md §2); deadlines are Deadline, each statement has the store's own time limit besides.
  #
  #   get(collection, id, deadline)                            -> Record (absent where there is none)
  #   compare_and_put(collection, id, n, record, deadline)     -> true, or false where the row's n is another (0: no row)
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
  end
end
