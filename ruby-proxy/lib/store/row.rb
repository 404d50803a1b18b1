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

      # What a dirty record holds (texts as Redis has them), or nil where that is garbage.
      def self.waiting(n, kind, etag, body)
        number = n.to_i
        return unless n.match?(/\A[1-9][0-9]{0,15}\z/) && number <= Contract::Limits::SAFE_INTEGER
        return etag.empty? && body.empty? ? tombstone(number) : nil if kind == Contract::Record::DELETED

        text = body.dup.force_encoding(Encoding::UTF_8)
        new(number, etag, text) if kind == Contract::Record::VALUE && etag.b.match?(/\A[0-9a-f]{32}\z/n) && !text.empty?
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
