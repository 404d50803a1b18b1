# What is known of a document, whichever store or cache said it.
# frozen_string_literal: true

module Docproxy
  module Store
    # One version of a document. n counts versions, 0 is before the first; etag and body (canonical text) are nil unless there is
    # a live document: with n above 0 that is a tombstone.
    Row = Struct.new(:n, :etag, :body) do
      # What is there before the first write.
      def self.absent = new(0, nil, nil)

      # What a deletion leaves.
      def self.tombstone(n) = new(n, nil, nil)

      def live? = !body.nil?

      def absent? = n.zero?
    end

    # One live document of a list.
    Item = Struct.new(:id, :etag, :body)
  end
end
