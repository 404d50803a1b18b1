# The room of documents: what one is; each operation on them has a file of its own, and knows neither HTTP nor a driver.
# frozen_string_literal: true

require_relative "documents/create"
require_relative "documents/delete"
require_relative "documents/get"
require_relative "documents/list"
require_relative "documents/patch"
require_relative "documents/put"
require_relative "errors"
require_relative "json"
require_relative "store/row"

module Docproxy
  # Operations fail with the classes of Errors; `cache` is a mode of Cache.
  module Documents
    # What a write did. created: whether there was no document before; status: value of Write-Status.
    Written = Struct.new(:id, :etag, :created, :status)

    # value: the JSON object; body: its canonical text; etag; canonical: whether the text was canonical already.
    Document = Struct.new(:value, :body, :etag, :canonical) do
      # A document of bytes, or the failure of the first fault: the size as sent comes first, the canonical size last.
      def self.read(bytes, limit)
        of(object(bytes, limit), limit) { |body| body.b == bytes.b }
      end

      # The JSON object of bytes; its type comes once the text is known to be valid.
      def self.object(bytes, limit)
        raise Errors::BodyTooLarge if bytes.bytesize > limit

        value = Json.read(bytes)
        raise Errors::RootNotObject unless value.is_a?(Hash)

        value
      end

      # A document of an object; the block says whether its canonical text is what was sent.
      def self.of(value, limit)
        body = Json.write(value)
        raise Errors::BodyTooLarge if body.bytesize > limit

        new(value, body, Json.etag(body), yield(body))
      end

      # The next version after a row.
      def after(row) = Store::Row.new(row.n + 1, etag, body)
    end
  end
end
