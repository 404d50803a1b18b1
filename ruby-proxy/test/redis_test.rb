# The names of keys, the lives of entries and the records.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/redis/keys"
require_relative "../lib/cache/record"
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
    row = Docproxy::Cache::Record.parse(Vectors.bytes(input["record"]))
    row && { "n" => row.n.to_s, "kind" => Docproxy::Cache::Record.text(row).split("|")[1], "etag" => row.etag.to_s, "body" => row.body.to_s }
  end

  vectors("routing") { |input| Docproxy::Routing.index(input["matches"], input["collection"]) }

  def test_a_record_is_written_as_it_is_read
    text = "3|V|#{"a" * 32}|{\"a\":\"é\"}"
    assert_equal(text, Docproxy::Cache::Record.text(Docproxy::Cache::Record.parse(text)))
  end
end
