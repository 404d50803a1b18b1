# Writes JSON in its one canonical form (RFC 8785).
# frozen_string_literal: true

module Docproxy
  module Json
    # Every function appends to `out` and returns it, or returns a text.
    module Write
      NEEDS_ESCAPE = /["\\\x00-\x1f]/
      ESCAPES = (0..0x1f).to_h { |code| [code.chr, format("\\u%04x", code)] }.merge(
        "\"" => "\\\"", "\\" => "\\\\", "\b" => "\\b", "\t" => "\\t", "\n" => "\\n", "\f" => "\\f", "\r" => "\\r"
      ).freeze
      # From 10^21 on and below 10^-6 ECMAScript writes an exponent.
      LARGEST_POINT = 21
      SMALLEST_POINT = -5

      private_constant(*constants(false))

      module_function

      def value(value, out)
        case value
        when String then string(value, out)
        when Integer then out << value.to_s
        when Hash then object(value, out)
        when Array then array(value, out)
        when Float then out << number(value)
        when nil then out << "null"
        else out << value.to_s
        end
      end

      def string(text, out)
        out << '"' << (text.match?(NEEDS_ESCAPE) ? text.gsub(NEEDS_ESCAPE, ESCAPES) : text) << '"'
      end

      def array(items, out)
        separator = "["
        items.each do |item|
          value(item, out << separator)
          separator = ","
        end
        out << (items.empty? ? "[]" : "]")
      end

      def object(members, out)
        separator = "{"
        sorted(members.keys).each do |name|
          value(members[name], string(name, out << separator) << ":")
          separator = ","
        end
        out << (members.empty? ? "{}" : "}")
      end

      # Names by UTF-16 code units. Of ASCII names the bytes have the same order, and cost less.
      def sorted(names)
        return names.sort if names.all?(&:ascii_only?)

        names.sort_by { |name| name.encode(Encoding::UTF_16BE).b }
      end

      # A double as ECMAScript's Number::toString writes it: Ruby finds the same shortest digits, only the form differs.
      def number(float)
        return "0" if float.zero?

        digits, point = digits(float.abs)
        (float.negative? ? "-" : "") + formed(digits, point)
      end

      # The significant digits, and where the decimal point stands counted from the first of them.
      def digits(float)
        mantissa, exponent = float.to_s.split("e")
        whole, fraction = mantissa.split(".")
        digits = (whole + fraction).sub(/\A0+/, "")
        point = whole.length + exponent.to_i - (whole.length + fraction.length - digits.length)
        [digits.sub(/0+\z/, ""), point]
      end

      def formed(digits, point)
        length = digits.length
        if point.between?(length, LARGEST_POINT) then digits + ("0" * (point - length))
        elsif point.between?(1, LARGEST_POINT) then "#{digits[0, point]}.#{digits[point..]}"
        elsif point.between?(SMALLEST_POINT, 0) then "0.#{"0" * -point}#{digits}"
        else
          rest = length > 1 ? ".#{digits[1..]}" : ""
          "#{digits[0]}#{rest}e#{point > 0 ? "+" : "-"}#{(point - 1).abs}"
        end
      end
    end
  end
end
