# What requests mean, without a socket.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/documents"
require_relative "../lib/cache"
require_relative "../lib/http/headers"
require_relative "../lib/http/media"
require_relative "../lib/http/prefer"
require_relative "../lib/http/query"
require_relative "../lib/http/target"

class HttpTest < Minitest::Test
  extend Vectors
  include Docproxy

  vectors("paths") do |input|
    Vectors.outcome do
      target = Docproxy::Http::Target.parse(input["method"], Vectors.bytes(input["target"]))
      { "resource" => target.resource.to_s, "collection" => target.collection, "id" => target.id }.compact
    end
  end

  vectors("lists") do |input|
    Vectors.outcome do
      page = Docproxy::Http::Query.page(Vectors.bytes(input["query"]))
      { "limit" => page.limit, "after" => page.after, "where" => page.filter&.canonical }
    end
  end

  vectors("links") do |input|
    filter = input["where"] && Docproxy::Filter.parse(input["where"])
    page = Docproxy::Documents::List::Page.new(input["limit"], nil, filter)
    Docproxy::Http::Query.link(input["collection"], page, input["next"])
  end

  vectors("content_type") do |input|
    type = HttpTest.joined(input["content_type"])
    Docproxy::Http::Media.require_one(type)
    Docproxy::Http::Media.require(HttpTest.wanted(input["method"]), type, HttpTest.joined(input["content_encoding"]))
    "accepted"
  rescue Docproxy::Errors::Failure => failure
    failure.slug
  end

  vectors("idempotency") do |input|
    Vectors.outcome do
      key = HttpTest.headers("Idempotency-Key" => input["lines"]).idempotency_key
      { "id" => Docproxy::Documents::Create.keyed_id(input["collection"], key) }
    end
  end

  vectors("preconditions") do |input|
    headers = HttpTest.headers("If-Match" => [*input["if_match"]], "If-None-Match" => [*input["if_none_match"]])
    row = input["etag"] ? Docproxy::Store::Row.new(1, input["etag"], "{}") : Docproxy::Store::Row.absent
    HttpTest.verdict(input["method"], row, headers.preconditions)
  rescue Docproxy::Errors::Failure => failure
    failure.slug
  end

  vectors("body") do |input|
    Vectors.outcome do
      document = Docproxy::Documents::Document.read(Vectors.bytes(input["body"]), input["limit"] || 1_048_576)
      { "canonical" => document.body.b, "etag" => document.etag, "was_canonical" => document.canonical }
    end
  end

  vectors("merge_patch") do |input|
    document, patch = input.values_at("document", "patch").map { |text| Docproxy::Json.read(text) }
    Docproxy::Json.write(Docproxy::Documents::Patch.merge(document, patch))
  end

  # Name to values, each on a line of its own.
  def self.headers(fields)
    Docproxy::Http::Headers.new(fields.flat_map { |name, values| values.map { |value| "#{name}: #{value}".b } })
  end

  def self.joined(lines) = headers("X" => lines)["x"]

  def self.wanted(method)
    Docproxy::Contract::OPERATIONS.find { |operation| operation.methods.include?(method) && operation.body }.body
  end

  # What the operation of a method makes of a row.
  def self.verdict(method, row, preconditions)
    case method
    when "GET", "HEAD"
      outcome = Docproxy::Documents::Get.outcome(row, preconditions)
      raise outcome if outcome.is_a?(StandardError)

      outcome ? "not-modified" : "pass"
    when "PUT" then preconditions.check(row) || "pass"
    else Docproxy::Documents::Patch.admit(row, preconditions, false) || "pass"
    end
  end

  def test_the_log_does_not_tell_what_a_filter_says
    assert_equal("limit=1&where=&after=a", Docproxy::Http::Query.without_values("limit=1&where=%7B%22a%22%3A1%7D&after=a"))
  end

  def test_no_cache_counts_in_any_case_and_place
    { "no-cache" => true, "max-age=0, NO-CACHE" => true, "x=\"no-cache\"" => false, "x=\"a, no-cache, b\"" => false, "no-cachet" => false }.each do |value, wanted|
      assert_equal(wanted, Docproxy::Http::Headers.new(["Cache-Control: #{value}"]).no_cache?, value)
    end
  end
  def test_the_first_wait_of_prefer_counts
    { nil => nil, "wait=5" => 5, "respond-async, WAIT = \"7\"; x=y, wait=3" => 7, "wait=61" => 60, "wait=0" => 0, "a=\", wait=1\"" => nil,
      "wait=-1" => nil, "wait=x, wait=2" => 2, "wait" => nil, ",,wait=4," => 4 }.each do |value, wanted|
      seconds = Docproxy::Http::Prefer.wait_s(value)
      wanted.nil? ? assert_nil(seconds, value) : assert_equal(wanted, seconds, value)
    end
  end
end
