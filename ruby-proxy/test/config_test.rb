# The command line and the routing file.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/config"

class ConfigTest < Minitest::Test
  extend Vectors

  vectors("config") do |input|
    file = Docproxy::Config::RoutingFile.new("routing.json", input["environment"] || {}).read(Vectors.bytes(input["file"]))
    { "fleet" => file.fleet }
  rescue Docproxy::Config::Refusal => refusal
    { "line" => refusal.message }
  end

  vectors("arguments") do |input|
    { "accepted" => Docproxy::Config::Arguments.read(input["arguments"]).to_h.transform_keys(&:to_s) }
  rescue Docproxy::Config::Refusal => refusal
    { "line" => refusal.message, "exit" => refusal.code }
  end

  def test_a_file_that_is_not_there_is_refused_with_66
    refusal = assert_raises(Docproxy::Config::Refusal) { Docproxy::Config.load("/nowhere/routing.json", {}) }
    assert_equal(66, refusal.code)
  end
end
