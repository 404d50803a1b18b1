# Holds the header section of a request, and judges it as a whole.
# frozen_string_literal: true

require_relative "../errors"

module Docproxy
  module Http
    # Lines of one name are joined with a comma and a space, in the order of their coming.
    class Headers
      LIMITS = Contract::Limits
      NAMES = Contract::Names
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

      # Content-Length in bytes, or nil.
      def length = self[NAMES::CONTENT_LENGTH]&.to_i

      private

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
        hosts = @values[NAMES::HOST.downcase]&.length || 0
        hosts == 1 || (hosts.zero? && version == "1.0")
      end

      def one_length?
        lengths = @values[NAMES::CONTENT_LENGTH.downcase]&.length || 0
        lengths.zero? || (lengths == 1 && !@values.key?(NAMES::TRANSFER_ENCODING.downcase))
      end
    end
  end
end
