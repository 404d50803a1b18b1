# Strict reading, canonical writing, entity tags.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/json"

class JsonTest < Minitest::Test
  extend Vectors

  vectors("json") do |input|
    Vectors.outcome { { "canonical" => Docproxy::Json.write(Docproxy::Json.read(Vectors.bytes(input))).b } }
  end

  vectors("canonical") { |input| Docproxy::Json.write(Docproxy::Json.read(input["json"])) }

  vectors("etag") { |input| Docproxy::Json.etag(Vectors.bytes(input)) }

  def test_random_doubles_come_back_as_they_went
    random = Random.new(1)
    20_000.times do
      double = random.bytes(8).unpack1("D")
      next if double.nan? || double.infinite?

      assert_equal(double, Docproxy::Json.read(Docproxy::Json.write(double)).to_f)
    end
  end

  def test_digits_beyond_the_sixtieth_still_decide_a_tie
    tie = "1.#{((Rational(1, 2**53)) * (10**53)).to_i.to_s.rjust(53, "0")}"
    assert_equal("1", Docproxy::Json.write(Docproxy::Json.read(tie)))
    assert_equal("1.0000000000000002", Docproxy::Json.write(Docproxy::Json.read("#{tie}#{"0" * 500}1")))
  end
end
