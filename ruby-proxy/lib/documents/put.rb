# Creates or replaces a document.
# frozen_string_literal: true

require_relative "preconditions"

module Docproxy
  module Documents
    module Put
      # Written.
      def self.call(cache, collection, id, document, preconditions)
        created = false
        status = cache.write(collection, id, guard: preconditions.any? ? :decide : :none) do |current|
          preconditions.check(current)
          created = !current.live?
          document.after(current)
        end
        Written.new(id, document.etag, created, status)
      end
    end
  end
end
