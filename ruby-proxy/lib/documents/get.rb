# Reads a document.
# frozen_string_literal: true

require_relative "preconditions"

module Docproxy
  module Documents
    module Get
      # reading: Cache::Reading; outcome: nil (it is there), :not_modified, or the failure that the document's state amounts to.
      Result = Struct.new(:reading, :outcome)

      # fresh: whether the store is to be asked in any case.
      def self.call(cache, collection, id, preconditions, fresh)
        reading = cache.read(collection, id, fresh)
        Result.new(reading, outcome(reading.row, preconditions))
      end

      # A missing document comes before the preconditions.
      def self.outcome(row, preconditions)
        return Errors::DocumentNotFound.new unless row.live?

        preconditions.check(row, reading: true)
      rescue Errors::PreconditionFailed => failure
        failure
      end
    end
  end
end
