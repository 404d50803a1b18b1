# Takes the body of a request that needs one.
# frozen_string_literal: true

require_relative "../errors"
require_relative "media"

module Docproxy
  module Http
    # Checks 6 to 8 of the contract, up to the JSON.
    module Body
      # The bytes. type: the media type that the method takes; limit: bytes.
      def self.take(request, type, limit)
        length = request.headers.length
        raise Errors::BodyTooLarge if length && length > limit

        Media.require(type, request.headers[Contract::Names::CONTENT_TYPE], request.headers[Contract::Names::CONTENT_ENCODING])
        raise Errors::BodyTooLarge if request.trouble == :too_large
        raise Errors::BadRequest if request.trouble

        request.body.call
      end

      # Of two types the one fault that the header fields have comes before the length.
      def self.judge_fields(request)
        Media.require_one(request.headers[Contract::Names::CONTENT_TYPE])
        raise Errors::BadHeader if request.headers[Contract::Names::CONTENT_RANGE]
      end
    end
  end
end
