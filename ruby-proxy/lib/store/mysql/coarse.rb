# Translates the coarse part of a filter into SQL.
# frozen_string_literal: true

require_relative "../../filter"
require_relative "../../json"

module Docproxy
  module Store
    class Mysql
      # Canonical text has one spelling, so searching the body for a piece of it finds every document that could match.
      module Coarse
        # [text, needles] of a tree of Filter.coarse (not false): the text follows the WHERE clause, and has a parameter for
        # every needle.
        def self.sql(tree)
          return ["", []] if tree.nil?

          needles = []
          text = clause(tree, needles)
          [" AND (#{text})", needles]
        end

        def self.clause(node, needles)
          if node.is_a?(Filter::Group)
            joined(node.kind == :and ? " AND " : " OR ", node.children.map { |child| clause(child, needles) })
          else
            separator, texts = test(node)
            joined(separator, texts.map { |text| needles << text && Contract::Mysql::CONTAINS })
          end
        end

        def self.test(test)
          name = "#{Json.write(test.path.last)}:"
          operand = test.operand
          case test.operator
          when "$eq" then ["", [name + Json.write(operand)]]
          when "$in" then [" OR ", operand.map { |each| name + Json.write(each) }]
          when "$beginsWith" then ["", [name + Json.write(operand).chop]]
          when "$all" then [" AND ", ["#{name}["] + operand.map { |each| Json.write(each) }]
          when "$exists" then ["", [name]]
          else ["", [operand.is_a?(String) ? "#{name}\"" : name]]
          end
        end

        def self.joined(separator, clauses)
          clauses.length == 1 ? clauses.first : "(#{clauses.join(separator)})"
        end

        private_class_method :clause, :test, :joined
      end
    end
  end
end
