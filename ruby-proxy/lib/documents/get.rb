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
        Result.new(reading, outcome(reading.record, preconditions))
      end

      # A missing document comes before the preconditions.
      def self.outcome(record, preconditions)
        return Errors::DocumentNotFound.new unless record.live?

        preconditions.check(record, reading: true)
      rescue Errors::PreconditionFailed => failure
        failure
      end
    end
  end
end
