# The room of JSON texts: strict reading, canonical writing, entity tags.
# frozen_string_literal: true

require "digest"
require_relative "json/read"
require_relative "json/write"

module Docproxy
  # Values are Hash (String names), Array, String, Integer (integral and within 2^53 - 1), Float, true, false, nil.
  module Json
    # The value of a text (bytes), or a failure of Errors. RFC 8259 narrowed to I-JSON; see Reader.
    def self.read(bytes) = Reader.new(bytes).read

    # The canonical text (UTF-8) of a value, RFC 8785.
    def self.write(value) = Write.value(value, +"")

    # The entity tag of canonical bytes: the first 16 bytes of their SHA-256, 32 hex digits.
    def self.etag(canonical) = Digest::SHA256.hexdigest(canonical)[0, 32]
  end
end
