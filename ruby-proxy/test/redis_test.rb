# The names of keys, the lives of entries and the records.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/redis/keys"
require_relative "../lib/redis/record"
require_relative "../lib/routing"

class RedisTest < Minitest::Test
  extend Vectors

  vectors("keys") do |input|
    generation = Docproxy::Keys.generation(input["run_id"], input["fleet"])
    entry, lease, writers = Docproxy::Keys.document(input["collection"], generation, input["id"])
    { "generation" => generation, "entry" => entry, "lease" => lease, "writers" => writers,
      "ttl_ms" => Docproxy::Keys.jitter(input["ttl_ms"], input["id"]) }
  end

  vectors("records") do |input|
    record = Docproxy::Record.parse(Vectors.bytes(input["record"]))
    record && { "n" => record.n.to_s, "kind" => record.kind, "etag" => record.etag, "body" => record.body }
  end

  vectors("routing") { |input| Docproxy::Routing.index(input["matches"], input["collection"]) }

  def test_a_record_is_written_as_it_is_read
    text = "3|V|#{"a" * 32}|{\"a\":\"é\"}"
    assert_equal(text, Docproxy::Record.parse(text).to_s)
  end
end
