# The room of `where`: what a filter means is decided here, a store only helps.
# frozen_string_literal: true

require_relative "filter/coarse"
require_relative "filter/match"
require_relative "filter/parse"

module Docproxy
  # A filter is a tree of these; query.md has the grammar.
  module Filter
    # kind is :and, :or or :nor; children are groups and tests.
    Group = Struct.new(:kind, :children)
    # One field operator: path is an array of member names, operand a JSON value.
    Test = Struct.new(:operator, :path, :operand)
    # A filter as the client gave it: canonical text, escaped form of it for a link, and the tree.
    Parsed = Struct.new(:canonical, :escaped, :tree)
  end
end
