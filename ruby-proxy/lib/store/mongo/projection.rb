# Makes of a JSON value what queries in MongoDB see of it (query.md on `doc`).
# frozen_string_literal: true

require "bson"
require_relative "../../json"

module Docproxy
  module Store
    class Mongo
      # Pure; the values are BSON's.
      module Projection
        LARGEST_INT32 = (2**31) - 1
        # Bytes that a path could not hold, or that have a meaning there; a dollar only in front.
        ESCAPED = /[^\x21-\x7E]|[%.]|\A\$/n
        private_constant(*constants(false))

        # The document of an object, members in their order.
        def self.document(members)
          members.each_with_object(BSON::Document.new) { |(name, value), out| out[name(name)] = value(value) }
        end

        # A member name as it stands in `doc`.
        def self.name(name)
          return "%" if name.empty?

          name.b.gsub(ESCAPED) { |byte| format("%%%02X", byte.ord) }.force_encoding(Encoding::UTF_8)
        end

        # Integers by size, every other number a double: left alone the driver would choose by itself.
        def self.value(value)
          case value
          when Hash then document(value)
          when Array then value.map { |item| item.is_a?(Array) ? Json.write(item) : value(item) }
          when Integer then value.abs <= LARGEST_INT32 ? BSON::Int32.new(value) : BSON::Int64.new(value)
          else value
          end
        end
      end
    end
  end
end
