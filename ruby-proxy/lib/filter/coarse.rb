# Says which part of a filter a store may be asked: it loses no match, and may keep too much.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Filter
    # Operators that say what a document must have; of the others a store is never asked.
    POSITIVE = %w[$eq $in $gt $gte $lt $lte $beginsWith $all].freeze
    private_constant :POSITIVE

    # A tree of Group (:and, :or, of two or more) and Test; nil when nothing can be pushed down; false when nothing can match.
    def self.coarse(node)
      return coarse_test(node) if node.is_a?(Test)
      return nil if node.kind == :nor

      parts = node.children.map { |child| coarse(child) }
      node.kind == :and ? coarse_and(parts) : coarse_or(parts)
    end

    def self.coarse_test(test)
      return nil if test.path.length > Contract::Limits::WHERE_PUSHDOWN_NAMES
      return false if test.operator == "$in" && test.operand.empty?

      test if positive?(test)
    end

    def self.positive?(test)
      test.operator == "$exists" ? test.operand : POSITIVE.include?(test.operator)
    end

    def self.coarse_and(parts)
      parts.include?(false) ? false : group(:and, parts.compact, nil)
    end

    def self.coarse_or(parts)
      parts.include?(nil) ? nil : group(:or, parts.reject { |part| part == false }, false)
    end

    def self.group(kind, parts, none)
      return none if parts.empty?

      parts.length == 1 ? parts.first : Group.new(kind, parts)
    end

    private_class_method :coarse_test, :positive?, :coarse_and, :coarse_or, :group
  end
end
