# Holds the header section of a request: judges it as a whole, reads the fields that operations depend on.
# frozen_string_literal: true

require "strscan"
require_relative "../documents/preconditions"
require_relative "../errors"

module Docproxy
  module Http
    # Lines of one name are joined with a comma and a space, in the order of their coming.
    class Headers
      LIMITS = Contract::Limits
      NAMES = Contract::Names
      KEY_BYTES = LIMITS::IDEMPOTENCY_KEY_BYTES
      KEY = /\A(?:"([\x21\x23-\x7E]{1,#{KEY_BYTES}})"|([\x21\x23-\x7E]{1,#{KEY_BYTES}}))\z/n
      OWS = /[ \t]*/n
      COMMA = /,/n
      TAG = %r{(W/)?"([\x21\x23-\x7E]*)"}n
      LINE = /\A([^\s:]+):[ \t]*(.*?)[ \t]*\z/mn
      private_constant(*constants(false))

      # lines: the section's lines as bytes, without line ends.
      def initialize(lines)
        @values = Hash.new { |values, name| values[name] = [] }
        @whole = true
        lines.each { |line| add(line) }
        @values.default = nil
      end

      # The joined value, or nil.
      def [](name) = @values[name.downcase]&.join(", ")

      # Fails where the section is too large, is no well-formed HTTP, or expects what is not known, in this order.
      # version: "1.0" or "1.1".
      def judge(version)
        raise Errors::HeadersTooLarge if @values.length > LIMITS::HEADER_NAMES || bytes > LIMITS::HEADER_BYTES
        raise Errors::BadRequest unless @whole && one_host?(version) && one_length?

        expected = self[NAMES::EXPECT]
        raise Errors::ExpectationFailed unless expected.nil? || expected.casecmp?("100-continue")
      end

      # Whether the client wants the store to be asked, whatever the cache holds. A malformed field says nothing.
      def no_cache?
        members = self[NAMES::CACHE_CONTROL]&.scan(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/mn)
        !members.nil? && members.any? { |member| member.strip.casecmp?("no-cache") }
      end

      # What If-Match and If-None-Match demand; BadHeader where one is malformed.
      def preconditions
        Documents::Preconditions.new(tags(self[NAMES::IF_MATCH]), tags(self[NAMES::IF_NONE_MATCH]))
      end

      # The Idempotency-Key without quotes, nil where there is none; BadHeader where it is malformed.
      def idempotency_key
        value = self[NAMES::IDEMPOTENCY_KEY] or return
        match = KEY.match(value.b) or raise Errors::BadHeader
        (match[1] || match[2]).force_encoding(Encoding::UTF_8)
      end

      # Content-Length in bytes, or nil.
      def length = self[NAMES::CONTENT_LENGTH]&.to_i

      private

      # RFC 9110 §13.1: a star, or tags with commas between; empty members are skipped.
      def tags(value)
        return unless value
        return :any if value == "*"

        scanner = StringScanner.new(value.b)
        tags = []
        until scanner.skip(OWS) && scanner.eos?
          next if scanner.skip(COMMA)

          scanner.scan(TAG) or raise Errors::BadHeader
          tags << Documents::Tag.new(scanner[2], !scanner[1].nil?)
          raise Errors::BadHeader unless scanner.skip(OWS) && (scanner.eos? || scanner.skip(COMMA))
        end
        tags.empty? ? raise(Errors::BadHeader) : tags
      end

      # A name with an underscore would be another header to the one server and the same to the next.
      def add(line)
        match = LINE.match(line)
        return @whole = false unless match && !match[1].include?("_")

        @values[match[1].downcase] << match[2]
      end

      def bytes
        @values.sum { |name, values| name.bytesize + values.join(", ").bytesize + LIMITS::HEADER_OVERHEAD_BYTES }
      end

      def one_host?(version)
        host = self[NAMES::HOST]
        # Two lines of one name are joined with a comma, which a server in front may have done before.
        host ? !host.include?(",") : version == "1.0"
      end

      def one_length?
        lengths = @values[NAMES::CONTENT_LENGTH.downcase]&.length || 0
        lengths.zero? || (lengths == 1 && !@values.key?(NAMES::TRANSFER_ENCODING.downcase))
      end
    end
  end
end
