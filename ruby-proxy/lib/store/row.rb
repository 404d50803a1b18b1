# What is known of a document, whichever store or cache said it.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Store
    # One version of a document. n counts versions, 0 is before the first; etag and body (canonical text) are nil unless there is
    # a live document: with n above 0 that is a tombstone.
    Row = Struct.new(:n, :etag, :body) do
      # What is there before the first write.
      def self.absent = new(0, nil, nil)

      # What a deletion leaves.
      def self.tombstone(n) = new(n, nil, nil)

      # The row that the fields of a record tell of (texts as Redis has them; contract/keys.toml), or nil where they are garbage.
      # The body is not looked into.
      def self.of_record(n, kind, etag, body)
        number = n.to_i
        return unless n.b.match?(/\A(?:0|[1-9][0-9]{0,15})\z/n) && number <= Contract::Limits::SAFE_INTEGER

        if kind == Contract::Record::VALUE
          whole = number.positive? && etag.b.match?(/\A[0-9a-f]{32}\z/n) && !body.empty?
          return whole ? new(number, etag, body.dup.force_encoding(Encoding::UTF_8)) : nil
        end
        return unless etag.empty? && body.empty? && kind == (number.zero? ? Contract::Record::ABSENT : Contract::Record::DELETED)

        new(number, nil, nil)
      end

      # A document of which nothing is known but that it is there.
      def self.live(n) = new(n, "", "")

      def live? = !body.nil?

      def absent? = n.zero?
    end

    # One live document of a list.
    Item = Struct.new(:id, :etag, :body)
  end
end
