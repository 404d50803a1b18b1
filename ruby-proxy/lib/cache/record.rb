# Turns what is known of a document into the text of a cache entry, and back.
# frozen_string_literal: true

require_relative "../generated/contract"
require_relative "../store/row"

module Docproxy
  module Cache
    # n, kind, entity tag and body, joined by bars, the body to the end (contract/keys.toml).
    module Record
      FACTS = Contract::Record
      # A value has n, tag and body; a tombstone n alone; one that never existed n 0.
      FORM = begin
        bar = Regexp.escape(FACTS::SEPARATOR)
        value, deleted, absent = [FACTS::VALUE, FACTS::DELETED, FACTS::ABSENT].map { |kind| Regexp.escape(kind) }
        number = "(?<n>[1-9][0-9]{0,15})"
        live = "#{number}#{bar}#{value}#{bar}(?<etag>[0-9a-f]{32})#{bar}(?<body>.+)"
        /\A(?:#{live}|(?<n>[1-9][0-9]{0,15})#{bar}#{deleted}#{bar}#{bar}|(?<n>0)#{bar}#{absent}#{bar}#{bar})\z/mn
      end
      private_constant :FACTS, :FORM

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
        match = FORM.match(bytes.b) or return
        n = match[:n].to_i
        return if n > Contract::Limits::SAFE_INTEGER

        Store::Row.new(n, match[:etag], match[:body]&.force_encoding(Encoding::UTF_8))
      end
    end
  end
end
