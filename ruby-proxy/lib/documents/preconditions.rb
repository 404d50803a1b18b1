# Decides whether a document's state is what the client expects (RFC 9110 §13).
# frozen_string_literal: true

require_relative "../errors"

module Docproxy
  module Documents
    # One entity tag of a list.
    Tag = Struct.new(:opaque, :weak)

    # match, none_match: nil, :any, or an array of Tag.
    Preconditions = Struct.new(:match, :none_match) do
      # Whether the client named any.
      def any? = !match.nil? || !none_match.nil?

      # Fails with PreconditionFailed where they do not hold for a Row. Returns :not_modified where reading finds what the
      # client has already, else nil. If-Match is looked at first; tags of If-Match are compared strongly, the others weakly.
      def check(row, reading: false)
        raise Errors::PreconditionFailed if match && !matches?(match, row, strong: true)
        return if none_match.nil? || !matches?(none_match, row, strong: false)
        raise Errors::PreconditionFailed unless reading

        :not_modified
      end

      private

      def matches?(tags, row, strong:)
        return row.live? if tags == :any

        row.live? && tags.any? { |tag| tag.opaque == row.etag && !(strong && tag.weak) }
      end
    end
  end
end
