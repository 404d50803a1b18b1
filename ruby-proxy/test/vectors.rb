# Reads the contract's vectors and makes one test of each.
# frozen_string_literal: true

require "json"
require "minitest/autorun"

# The vectors are JSON; this project's own reader is what is tested, so the library reads them.
module Vectors
  FOLDER = File.expand_path("../../contract/vectors", __dir__)

  # Defines `test_<file>: <name>` for every vector of a file; the block gets the input and returns what is compared with expect.
  def vectors(file)
    JSON.parse(File.read(File.join(FOLDER, "#{file}.json"))).each_with_index do |vector, index|
      define_method("test_#{file} #{index}: #{vector["name"]}") do
        expect = Vectors.plain(vector["expect"])
        got = yield(vector["input"])
        expect.nil? ? assert_nil(got) : assert_equal(expect, got)
      end
    end
  end

  # The bytes of a text operand.
  def self.bytes(operand)
    return operand["text"].b if operand["text"]
    return [operand["hex"]].pack("H*") if operand["hex"]
    return operand["parts"].map { |part| bytes(part) }.join if operand["parts"]

    bytes(operand["repeat"]["part"]) * operand["repeat"]["times"]
  end

  # An expectation with its text operands resolved.
  def self.plain(expect)
    return expect unless expect.is_a?(Hash)
    return bytes(expect) if expect.keys.one? && %w[hex repeat parts].include?(expect.keys.first)

    expect.to_h { |name, value| [name, name == "canonical" && value.is_a?(Hash) ? bytes(value) : value] }
  end

  # What the block returns, or the slug of the failure that it raised.
  def self.outcome
    yield
  rescue Docproxy::Errors::Failure => failure
    { "error" => failure.slug }
  end
end
