# Reads a filter, or refuses it as a bad query.
# frozen_string_literal: true

require_relative "../errors"
require_relative "../json"

module Docproxy
  module Filter
    # The filter of a text (bytes, percent-decoded already); Errors::BadQuery for all that the grammar does not have.
    def self.parse(bytes)
      root = Json.read(bytes)
      canonical = Json.write(root)
      escaped = escape(canonical)
      raise Errors::BadQuery if escaped.bytesize > Contract::Limits::WHERE_ESCAPED_BYTES

      Parsed.new(canonical, escaped, Parser.new.filter(root))
    rescue Errors::Failure
      raise Errors::BadQuery
    end

    # Everything but RFC 3986's unreserved bytes as %XX.
    def self.escape(text)
      text.b.gsub(/[^A-Za-z0-9._~-]/n) { |byte| format("%%%02X", byte.ord) }
    end

    # One reading of one filter; it counts the operators.
    class Parser
      LOGIC = { "$and" => :and, "$or" => :or, "$nor" => :nor }.freeze
      ANY = ->(_operand) { true }
      SOME = ->(operand) { operand.is_a?(Array) && operand.length <= Contract::Limits::WHERE_OPERANDS }
      ORDERED = ->(operand) { operand.is_a?(Numeric) || operand.is_a?(String) }
      # Which operands each field operator takes.
      OPERANDS = {
        "$eq" => ANY, "$ne" => ANY, "$in" => SOME, "$nin" => SOME,
        "$gt" => ORDERED, "$gte" => ORDERED, "$lt" => ORDERED, "$lte" => ORDERED,
        "$beginsWith" => ->(operand) { operand.is_a?(String) },
        "$all" => ->(operand) { SOME.call(operand) && !operand.empty? },
        "$exists" => ->(operand) { [true, false].include?(operand) }
      }.freeze
      private_constant(*constants(false))

      def initialize
        @operators = 0
      end

      # Members in canonical order, so that what is made of a filter does not depend on how it was written.
      def filter(members)
        refuse unless members.is_a?(Hash)
        parts = Json::Write.sorted(members.keys).map do |key|
          key.start_with?("$") ? logic(key, members[key]) : field(path(key), members[key])
        end
        Group.new(:and, parts)
      end

      private

      def refuse = raise(Errors::BadQuery)

      def logic(key, filters)
        kind = LOGIC.fetch(key) { refuse }
        refuse unless filters.is_a?(Array) && !filters.empty?
        Group.new(kind, filters.map { |each| filter(each) })
      end

      def field(path, value)
        return test("$eq", path, value) unless value.is_a?(Hash)

        refuse if value.empty?
        Group.new(:and, Json::Write.sorted(value.keys).map { |operator| test(operator, path, value[operator]) })
      end

      def test(operator, path, operand)
        takes = OPERANDS.fetch(operator) { refuse }
        @operators += 1
        refuse unless takes.call(operand) && @operators <= Contract::Limits::WHERE_OPERATORS
        Test.new(operator, path, operand)
      end

      # Names joined by dots; a backslash makes a dot, a backslash or a dollar literal.
      def path(key)
        names = [+""]
        key.scan(/\\.?|\.|[^\\.]+/m) do |part|
          if part == "." then names << +""
          elsif part.start_with?("\\")
            refuse unless ["\\.", "\\\\", "\\$"].include?(part)
            names.last << part[1]
          else names.last << part
          end
        end
        names
      end
    end
  end
end
