# Creates a document under an id of the service's choice.
# frozen_string_literal: true

require "digest"
require "securerandom"

module Docproxy
  module Documents
    module Create
      # Written. key: the Idempotency-Key without quotes, or nil.
      def self.call(cache, collection, document, key)
        id = key ? keyed_id(collection, key) : SecureRandom.uuid
        # A random id is taken as never used, so nothing needs to be looked up.
        status = cache.write(collection, id, known: key ? nil : Store::Row.absent, guard: :absent) { |current| decide(current, document, key) }
        Written.new(id, document.etag, true, status)
      end

      # A repetition with the same content changes nothing, and is answered as the first time.
      def self.decide(current, document, key)
        return document.after(current) if current.absent?
        raise Errors::Contention unless key
        raise Errors::KeyConflict unless current.live?
        raise Errors::KeyReused unless current.etag == document.etag

        nil
      end

      # UUIDv8 (RFC 9562) of the first 16 bytes of SHA-256 over collection, NUL and key.
      def self.keyed_id(collection, key)
        bytes = Digest::SHA256.digest("#{collection}\0#{key}").bytes.first(16)
        bytes[6] = (bytes[6] & 0x0F) | 0x80
        bytes[8] = (bytes[8] & 0x3F) | 0x80
        bytes.pack("C*").unpack("H8H4H4H4H12").join("-")
      end
    end
  end
end
