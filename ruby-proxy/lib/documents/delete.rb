# Deletes a document.
# frozen_string_literal: true

require_relative "patch"

module Docproxy
  module Documents
    module Delete
      # Value of Write-Status. required: whether a precondition must be there. A tombstone stays, so that n goes on.
      def self.call(cache, collection, id, preconditions, required)
        cache.write(collection, id, guard: required || preconditions.any? ? :decide : :exists) do |current|
          Patch.admit(current, preconditions, required)
          Store::Row.tombstone(current.n + 1)
        end
      end
    end
  end
end
