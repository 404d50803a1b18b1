# Turns what is known of a document into the text of a cache entry, and back.
# frozen_string_literal: true

require_relative "../generated/contract"
require_relative "../store/row"

module Docproxy
  module Cache
    # n, kind, entity tag and body, joined by bars, the body to the end (contract/keys.toml).
    module Record
      FACTS = Contract::Record
      private_constant :FACTS

      # The text of a Store::Row.
      def self.text(row)
        [row.n, kind(row), row.etag, row.body].join(FACTS::SEPARATOR)
      end

      # The kind of a row.
      def self.kind(row)
        if row.live? then FACTS::VALUE else row.absent? ? FACTS::ABSENT : FACTS::DELETED end
      end

      # What `put` has to know of the row that a write builds on.
      def self.base(row) = [row.n, kind(row)].join(FACTS::SEPARATOR)

      # A row of which nothing is known but its kind.
      def self.example(kind)
        { FACTS::VALUE => Store::Row.live(1), FACTS::DELETED => Store::Row.tombstone(1) }.fetch(kind) { Store::Row.absent }
      end

      # The row of a text (bytes), or nil where it is garbage. The body is not looked into.
      def self.parse(bytes)
        fields = bytes.b.split(FACTS::SEPARATOR, 4)
        Store::Row.of_record(*fields) if fields.length == 4
      end
    end
  end
end
