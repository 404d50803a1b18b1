# Translates the coarse part of a filter into a query of MongoDB.
# frozen_string_literal: true

require_relative "../../filter"
require_relative "projection"

module Docproxy
  module Store
    class Mongo
      # MongoDB also looks at the elements of arrays on the way: with positive operators that only adds candidates.
      module Coarse
        LAST = 0x10FFFF
        BEFORE_SURROGATES = 0xD7FF
        AFTER_SURROGATES = 0xE000
        EXISTS = { "$exists" => true }.freeze
        private_constant(*constants(false))

        # The query of a tree of Filter.coarse (not false); {} where nothing can be pushed down.
        def self.query(tree)
          return {} if tree.nil?
          return test(tree) if tree.is_a?(Filter::Test)

          { "$#{tree.kind}" => tree.children.map { |child| query(child) } }
        end

        def self.test(test)
          field = ["doc", *test.path.map { |name| Projection.name(name) }].join(".")
          operand = test.operand
          case test.operator
          when "$eq" then { field => scalar?(operand) ? { "$eq" => Projection.value(operand) } : EXISTS }
          when "$in" then { field => operand.all? { |each| scalar?(each) } ? { "$in" => Projection.value(operand) } : EXISTS }
          when "$beginsWith" then { field => range(operand) }
          when "$all" then all(field, operand.select { |each| scalar?(each) })
          when "$exists" then { field => EXISTS }
          else { field => { test.operator => Projection.value(operand) } }
          end
        end

        def self.all(field, scalars)
          tests = scalars.map { |each| { field => { "$eq" => Projection.value(each) } } }
          return { field => EXISTS } if tests.empty?

          tests.length == 1 ? tests.first : { "$and" => tests }
        end

        def self.range(text)
          upper = successor(text)
          upper ? { "$gte" => text, "$lt" => upper } : { "$gte" => text }
        end

        # The least text that is greater than every text with this beginning; nil where there is none.
        def self.successor(text)
          points = text.codepoints
          points.pop while points.last == LAST
          return if points.empty?

          points[-1] = points.last == BEFORE_SURROGATES ? AFTER_SURROGATES : points.last + 1
          points.pack("U*")
        end

        def self.scalar?(value) = !value.is_a?(Array) && !value.is_a?(Hash)

        private_class_method :test, :all, :range, :successor, :scalar?
      end
    end
  end
end
