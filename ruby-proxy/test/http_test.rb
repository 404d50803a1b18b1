# What requests mean, without a socket.
# frozen_string_literal: true

require_relative "vectors"
require_relative "../lib/documents"
require_relative "../lib/http/fields"
require_relative "../lib/http/headers"
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
    Docproxy::Http::Fields.one_type(type)
    Docproxy::Http::Fields.require_type(HttpTest.wanted(input["method"]), type, HttpTest.joined(input["content_encoding"]))
    "accepted"
  rescue Docproxy::Errors::Failure => failure
    failure.slug
  end

  vectors("idempotency") do |input|
    Vectors.outcome do
      key = Docproxy::Http::Fields.idempotency_key(HttpTest.joined(input["lines"]))
      { "id" => Docproxy::Documents::Create.keyed_id(input["collection"], key) }
    end
  end

  vectors("preconditions") do |input|
    preconditions = Docproxy::Http::Fields.preconditions(input["if_match"]&.strip, input["if_none_match"]&.strip)
    record = input["etag"] ? Docproxy::Record.value(1, input["etag"], "{}") : Docproxy::Record.absent
    HttpTest.verdict(input["method"], record, preconditions)
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

  def self.joined(lines)
    Docproxy::Http::Headers.new(lines.map { |line| "X: #{line}".b })["x"]
  end

  def self.wanted(method)
    Docproxy::Contract::OPERATIONS.find { |operation| operation.methods.include?(method) && operation.body }.body
  end

  # What the operation of a method makes of a record.
  def self.verdict(method, record, preconditions)
    case method
    when "GET", "HEAD"
      outcome = Docproxy::Documents::Get.outcome(record, preconditions)
      raise outcome if outcome.is_a?(StandardError)

      outcome ? "not-modified" : "pass"
    when "PUT" then preconditions.check(record) || "pass"
    else Docproxy::Documents::Patch.admit(record, preconditions, false) || "pass"
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
end
