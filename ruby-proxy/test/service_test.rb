# A whole service on a socket, with stores and a Redis that are not there.
# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "socket"
require_relative "../lib/main"

class ServiceTest < Minitest::Test
  include Docproxy

  # Nobody listens on port 1.
  FILE = JSON.generate(
    "redis" => { "url" => "redis://127.0.0.1:1", "timeout_ms" => 200 },
    "stores" => { "s1" => { "kind" => "mysql", "url" => "mysql://root@127.0.0.1:1/d", "timeout_ms" => 200 } },
    "routes" => [{ "match" => "off-*", "store" => "s1", "cache" => "off" }, { "match" => "wt-*", "store" => "s1" }]
  )

  def setup
    config = Config::RoutingFile.new("routing.json", {}).read(FILE)
    @listener = TCPServer.new("127.0.0.1", 0)
    @lines = StringIO.new
    service = Main::Service.new(config, "id", Metrics.new(Metrics.file(1), 0), Log.new("requests", @lines))
    @stop = Thread::Queue.new
    @thread = Thread.new { service.serve(@listener) { @stop.pop } }
  end

  def teardown
    @stop << true
    @thread.join
  end

  # What comes back for raw bytes until the other side closes, or the answers are there.
  def raw(bytes, shut: false, answers: 1)
    socket = TCPSocket.new("127.0.0.1", @listener.local_address.ip_port)
    socket.write(bytes)
    socket.close_write if shut
    text = +""
    text << socket.readpartial(65_536) until text.scan("HTTP/1.").length >= answers && text.include?("\r\n\r\n") && whole?(text)
    text
  rescue EOFError
    text
  ensure
    socket.close
  end

  def whole?(text)
    head, body = text.split("\r\n\r\n", 2)
    body.bytesize >= head[/Content-Length: (\d+)/, 1].to_i
  end

  def get(target, fields = "") = raw("GET #{target} HTTP/1.1\r\nHost: h\r\n#{fields}\r\n")

  def assert_problem(slug, text)
    assert_includes(text, "urn:docproxy:#{slug}")
  end

  def test_live_is_200_while_everything_is_down
    assert_match(/\AHTTP\/1.1 200 .*\{"status":"live"\}\z/m, get("/_health/live"))
  end

  def test_ready_names_what_is_down
    assert_includes(get("/_health/ready"), '{"reasons":["cache-unavailable","store-unavailable:s1"],"status":"not-ready"}')
  end

  def test_a_store_that_is_down_is_503
    assert_problem("store-unavailable", get("/v1/off-a/b"))
    assert_problem("store-unavailable", get("/v1/off-a"))
  end

  def test_a_redis_that_was_never_reached_is_503
    assert_problem("cache-unavailable", get("/v1/wt-a/b"))
    assert_problem("cache-unavailable", get("/v1/wt-a"))
  end

  def test_a_header_name_with_an_underscore_is_refused
    assert_problem("bad-request", get("/v1/off-a/b", "If_Match: \"x\"\r\n"))
  end

  def test_host_is_needed_once
    assert_problem("bad-request", raw("GET /_health/live HTTP/1.1\r\n\r\n"))
    assert_problem("bad-request", get("/_health/live", "Host: h\r\n"))
    assert_match(/\AHTTP\/1.0 200/, raw("GET /_health/live HTTP/1.0\r\n\r\n"))
  end

  def test_a_length_that_is_told_twice_closes_the_connection
    both = raw("PUT /v1/off-a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert_problem("bad-request", both)
    assert_includes(both, "Connection: close")
  end

  def test_a_body_beyond_the_limit_is_not_read
    head = "PUT /v1/off-a/b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    assert_problem("body-too-large", raw("#{head}Content-Length: 1048577\r\n\r\n"))
    assert_problem("body-too-large", raw("#{head}Transfer-Encoding: chunked\r\n\r\n#{"10000\r\n#{"x" * 65_536}\r\n" * 17}"))
  end

  def test_a_body_that_ends_early_is_told
    head = "PUT /v1/off-a/b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    assert_problem("bad-request", raw("#{head}Content-Length: 9\r\n\r\n{}", shut: true))
    assert_problem("bad-request", raw("#{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n\r\n", shut: true))
  end

  def test_what_puma_refuses_is_answered_like_everything_else
    assert_problem("target-too-long", get("/#{"a" * 9_000}"))
    assert_problem("headers-too-large", get("/_health/live", "X: #{"a" * 90_000}\r\n"))
    assert_problem("bad-request", raw("nonsense\r\n\r\n"))
  end

  def test_requests_on_one_connection_are_answered_in_their_order
    text = raw("GET /_health/live HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n", answers: 2)
    assert_equal(%w[200 404], text.scan(%r{HTTP/1.1 (\d+)}).flatten)
  end

  def test_head_has_the_length_of_get_and_no_body
    text = raw("HEAD /_health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert_match(/Content-Length: 17\r\n(?:.*\r\n)?\r\n\z/m, text)
  end

  def test_an_answer_without_content_has_no_length
    text = raw("OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert_includes(text, "Allow: GET, HEAD, PUT, PATCH, DELETE, POST, OPTIONS")
    refute_includes(text, "Content-Length")
  end

  def test_the_log_leaves_the_filter_out
    get("/v1/off-a?limit=1&where=%7B%22secret%22%3A1%7D")
    assert_includes(@lines.string, '"target":"/v1/off-a?limit=1&where="')
    refute_includes(@lines.string, "secret")
  end
end
