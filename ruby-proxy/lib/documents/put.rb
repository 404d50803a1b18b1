# Creates or replaces a document.
# frozen_string_literal: true

require_relative "preconditions"

module Docproxy
  module Documents
    module Put
      # Whether the document was created.
      def self.call(cache, collection, id, document, preconditions)
        created = false
        cache.write(collection, id) do |current|
          preconditions.check(current)
          created = !current.live?
          document.after(current)
        end
        created
      end
    end
  end
end
