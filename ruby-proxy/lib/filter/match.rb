# Decides exactly whether a document matches a filter.
# frozen_string_literal: true

module Docproxy
  module Filter
    ABSENT = Object.new.freeze
    private_constant :ABSENT

    # Whether a JSON value matches a tree.
    def self.matches?(node, document)
      return test_matches?(node, document) if node.is_a?(Test)

      case node.kind
      when :and then node.children.all? { |child| matches?(child, document) }
      when :or then node.children.any? { |child| matches?(child, document) }
      else node.children.none? { |child| matches?(child, document) }
      end
    end

    def self.test_matches?(test, document)
      value = test.path.reduce(document) do |object, name|
        object.is_a?(Hash) ? object.fetch(name, ABSENT) : (break ABSENT)
      end
      holds?(test.operator, test.operand, value)
    end

    # Integers are within 2^53 and every other number is a Float, so == is equality of canonical bytes.
    def self.holds?(operator, operand, value)
      case operator
      when "$eq" then operand == value
      when "$ne" then operand != value
      when "$in" then operand.include?(value)
      when "$nin" then !operand.include?(value)
      when "$exists" then operand != value.equal?(ABSENT)
      when "$beginsWith" then value.is_a?(String) && value.start_with?(operand)
      when "$all" then value.is_a?(Array) && operand.all? { |each| value.include?(each) }
      else ordered?(operator, operand, value)
      end
    end

    # Numbers as doubles, strings by UTF-8 bytes, never one with the other.
    def self.ordered?(operator, operand, value)
      order =
        if value.is_a?(Numeric) && operand.is_a?(Numeric) then value.to_f <=> operand.to_f
        elsif value.is_a?(String) && operand.is_a?(String) then value <=> operand
        else return false
        end
      case operator
      when "$gt" then order.positive?
      when "$gte" then order >= 0
      when "$lt" then order.negative?
      else order <= 0
      end
    end

    private_class_method :test_matches?, :holds?, :ordered?
  end
end
