# The names of keys, the lives of entries, the records, and readers who share a look.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/redis/keys"
require_relative "../lib/cache/flights"
require_relative "../lib/cache/record"
require_relative "../lib/routing"

class CacheTest < Minitest::Test
  extend Vectors

  vectors("keys") do |input|
    generation = Docproxy::Keys.generation(input["run_id"], input["fleet"])
    collection, id = input.values_at("collection", "id")
    entry, lease, writers = Docproxy::Keys.document(collection, generation, id)
    queue, since = Docproxy::Keys.queue(collection)
    { "generation" => generation, "entry" => entry, "lease" => lease, "writers" => writers,
      "dirty" => Docproxy::Keys.dirty(collection, id), "queue" => queue, "since" => since,
      "refused" => Docproxy::Keys.refused(collection), "last" => Docproxy::Keys.last(collection),
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

  # Runs the leader until the followers have boarded, then lets it land.
  def fly(shared:)
    flights = Docproxy::Cache::Flights.new(5_000)
    boarded = Queue.new
    go = Queue.new
    leader = Thread.new do
      flights.run(:key) do |close|
        boarded << true
        go.pop
        close.call
        [:value, shared]
      end
    end
    boarded.pop
    follower = Thread.new { flights.run(:key) { flunk("a second leader") } }
    Thread.pass until follower.stop?
    go << true
    [leader.value, follower.value, flights]
  end

  def test_one_who_joined_gets_what_the_leader_shares
    assert_equal([[:value, false], [:value, true]], fly(shared: true).first(2))
  end

  def test_one_who_joined_gets_nothing_where_the_leader_does_not_share
    assert_equal([[:value, false], nil], fly(shared: false).first(2))
  end

  def test_who_comes_after_the_flight_was_closed_leads_another
    flights = Docproxy::Cache::Flights.new(5_000)
    answers = flights.run(:key) do |close|
      close.call
      [flights.run(:key) { |_close| [:second, true] }, true]
    end
    assert_equal([[:second, false], false], answers)
  end

  def test_a_leader_who_fails_keeps_nobody_waiting
    flights = Docproxy::Cache::Flights.new(5_000)
    assert_raises(IOError) { flights.run(:key) { raise IOError } }
    assert_equal([:value, false], flights.run(:key) { [:value, true] })
  end
end
