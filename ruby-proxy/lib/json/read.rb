# Reads JSON strictly: of several faults the first in byte order is the one told (contract.md on body faults).
# frozen_string_literal: true

require "strscan"
require_relative "../errors"
require_relative "write"

module Docproxy
  module Json
    # One reading of one text.
    class Reader
      BOM = "\uFEFF"
      SPACE = /[ \t\n\r]+/
      COMMA = /[ \t\n\r]*,[ \t\n\r]*/
      COLON = /[ \t\n\r]*:[ \t\n\r]*/
      ARRAY_END = /[ \t\n\r]*\]/
      OBJECT_END = /[ \t\n\r]*\}/
      # A literal that runs on into one of these is a syntax fault, not two tokens.
      NUMBER = /-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![.eE+\-0-9])/
      PLAIN = /"[^"\\\x00-\x1f]*+"/
      ESCAPED = %r{"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u\h{4}))*+"}
      ESCAPE = /\\(?:u([dD][89abAB]\h\h)\\u([dD][c-fC-F]\h\h)|u(\h{4})|(.))/
      SURROGATE = /\A[dD][89a-fA-F]/
      SHORT = { "b" => "\b", "f" => "\f", "n" => "\n", "r" => "\r", "t" => "\t" }.freeze
      WORD = { "true" => true, "false" => false, "null" => nil }.freeze
      WORDS = /true|false|null/
      # Every integer with so few characters is exact in a double.
      EXACT_LENGTH = 15
      # Every integer with so many characters is beyond a double.
      BEYOND_LENGTH = 320
      # String#to_f looks at so many significant digits only.
      TRUSTED_DIGITS = 60

      private_constant(*constants(false))

      # bytes: the text, in whatever encoding it is labelled.
      def initialize(bytes)
        @text = bytes.encoding == Encoding::UTF_8 ? bytes : bytes.dup.force_encoding(Encoding::UTF_8)
        # What an escape stands for is found once for each text that holds it many times.
        @unescaped = Hash.new { |known, escape| known[escape] = unescaped(ESCAPE.match(escape)) }
      end

      # The value; any type is fine as the root.
      def read
        fail_syntax unless @text.valid_encoding? && !@text.start_with?(BOM)
        @scanner = StringScanner.new(@text)
        @scanner.skip(SPACE)
        value = value(0)
        @scanner.skip(SPACE)
        fail_syntax unless @scanner.eos?
        value
      end

      private

      def fail_syntax = raise(Errors::BadJson)

      def value(depth)
        case @text.getbyte(@scanner.pos)
        when 0x22 then string
        when 0x7B then object(depth + 1)
        when 0x5B then array(depth + 1)
        when 0x2D, 0x30..0x39 then number(@scanner.scan(NUMBER) || fail_syntax)
        else WORD.fetch(@scanner.scan(WORDS)) { fail_syntax }
        end
      end

      def open(depth)
        raise Errors::TooDeep if depth > Contract::Limits::DEPTH_LEVELS

        @scanner.pos += 1
        @scanner.skip(SPACE)
      end

      def array(depth)
        open(depth)
        items = []
        return items if @scanner.skip(ARRAY_END)

        loop do
          items << value(depth)
          next if @scanner.skip(COMMA)

          return items if @scanner.skip(ARRAY_END)

          fail_syntax
        end
      end

      def object(depth)
        open(depth)
        members = {}
        return members if @scanner.skip(OBJECT_END)

        loop do
          name = name(members)
          fail_syntax unless @scanner.skip(COLON)
          members[name] = value(depth)
          next if @scanner.skip(COMMA)

          return members if @scanner.skip(OBJECT_END)

          fail_syntax
        end
      end

      def name(members)
        name = string
        raise Errors::NulInName if name.include?("\0")
        raise Errors::DuplicateName if members.key?(name)

        name
      end

      def string
        plain = @scanner.scan(PLAIN)
        return plain.byteslice(1, plain.bytesize - 2) if plain

        escaped = @scanner.scan(ESCAPED) || fail_syntax
        escaped.byteslice(1, escaped.bytesize - 2).gsub(ESCAPE, @unescaped)
      end

      def unescaped(match)
        if match[4]
          SHORT.fetch(match[4], match[4])
        elsif match[3]
          fail_syntax if match[3].match?(SURROGATE)
          match[3].hex.chr(Encoding::UTF_8)
        else
          (0x10000 + ((match[1].hex & 0x3FF) << 10) + (match[2].hex & 0x3FF)).chr(Encoding::UTF_8)
        end
      end

      def number(literal)
        return integer(literal) unless literal.match?(/[.eE]/)

        float = literal.length > TRUSTED_DIGITS ? nearest(literal) : literal.to_f
        raise Errors::NumberOutOfRange if float.infinite?

        float.abs <= Contract::Limits::SAFE_INTEGER && float == float.to_i ? float.to_i : float
      end

      # An integer beyond 2^53 - 1 is taken only if its canonical form is the very same digits.
      def integer(literal)
        return literal.to_i if literal.length <= EXACT_LENGTH
        raise Errors::NumberOutOfRange if literal.length > BEYOND_LENGTH

        exact = literal.to_i
        return exact if exact.abs <= Contract::Limits::SAFE_INTEGER

        float = exact.to_f
        raise Errors::NumberOutOfRange if float.infinite?
        raise Errors::NumberPrecision unless Write.number(float) == literal

        float
      end

      # The double nearest to a long literal, ties to even.
      def nearest(literal)
        guess = literal.to_f
        return guess if guess.zero? || guess.infinite?

        exact = Rational(literal)
        [guess.prev_float, guess, guess.next_float].reject(&:infinite?).min_by do |candidate|
          [(candidate.to_r - exact).abs, [candidate].pack("G").unpack1("Q>") & 1]
        end
      end
    end
  end
end
