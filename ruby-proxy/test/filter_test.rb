# Filters: which are taken, what they match, what the stores are asked.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/filter"
require_relative "../lib/store/mongo/coarse"
require_relative "../lib/store/mysql/coarse"

class FilterTest < Minitest::Test
  extend Vectors

  vectors("where") do |input|
    document = Docproxy::Json.read(input["document"])
    Docproxy::Filter.matches?(Docproxy::Filter.parse(Vectors.bytes(input["where"])).tree, document)
  end

  vectors("filters") do |input|
    Vectors.outcome do
      filter = Docproxy::Filter.parse(Vectors.bytes(input["where"]))
      coarse = Docproxy::Filter.coarse(filter.tree)
      sql, needles = Docproxy::Store::Mysql::Coarse.sql(coarse) unless coarse == false
      { "canonical" => filter.canonical, "mysql" => coarse != false && { "sql" => sql, "needles" => needles },
        "mongodb" => coarse != false && FilterTest.plain(Docproxy::Store::Mongo::Coarse.query(coarse)) }
    end
  end

  vectors("projection") do |input|
    FilterTest.extended(Docproxy::Store::Mongo::Projection.document(Docproxy::Json.read(input["json"])))
  end

  # A query with its BSON numbers as plain ones.
  def self.plain(value)
    case value
    when Hash then value.transform_values { |each| plain(each) }
    when Array then value.map { |each| plain(each) }
    when BSON::Int32, BSON::Int64 then value.value
    else value
    end
  end

  # Canonical MongoDB Extended JSON v2 as text, members in their order.
  def self.extended(value)
    case value
    when Hash then "{#{value.map { |name, each| "#{Docproxy::Json.write(name)}:#{extended(each)}" }.join(",")}}"
    when Array then "[#{value.map { |each| extended(each) }.join(",")}]"
    when BSON::Int32 then %({"$numberInt":"#{value.value}"})
    when BSON::Int64 then %({"$numberLong":"#{value.value}"})
    when Float then %({"$numberDouble":"#{Docproxy::Json.write(value)}"})
    else Docproxy::Json.write(value)
    end
  end
end
