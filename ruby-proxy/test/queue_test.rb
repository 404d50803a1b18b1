# Write-behind from the request to the row, against a real Redis and a real MariaDB.
# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "net/http"
require "redis"
require_relative "servers"
require_relative "../lib/main"

class QueueTest < Minitest::Test
  # So long that nothing becomes due in a test.
  NEVER_MS = 3_600_000
  BODY = '{"a":1}'

  def self.servers?
    return @servers if defined?(@servers)

    @servers = %w[redis mysql].all? { |name| Server.installed?(name) }
  end

  def setup
    @services = []
    skip("redis-server or mariadbd is not installed") unless QueueTest.servers?
    @redis = Redis.new(url: Server.of("redis").url)
    @redis.flushall
    Server.of("mysql").query("DELETE FROM documents")
    @port = serve({ "now" => 1, "later" => NEVER_MS })
  end

  def teardown
    stop
    @redis&.close
  end

  # A service with a write-behind route for each collection, name to delay_ms; nil: the route has no cache.
  def serve(delays)
    routes = delays.map do |name, delay_ms|
      { "match" => name, "store" => "s1" }.merge(delay_ms ? { "cache" => "write-behind", "delay_ms" => delay_ms } : { "cache" => "off" })
    end
    file = { "redis" => { "url" => Server.of("redis").url }, "routes" => routes,
             "stores" => { "s1" => { "kind" => "mysql", "url" => Server.of("mysql").url, "timeout_ms" => 500 } } }
    config = Docproxy::Config::RoutingFile.new("routing.json", {}).read(JSON.generate(file))
    service = Docproxy::Main::Service.new(config, "id", Docproxy::Metrics.new(Docproxy::Metrics.file(1), 0), Docproxy::Log.new("none"))
    service.contact
    listener = TCPServer.new("127.0.0.1", 0)
    over = Thread::Queue.new
    @services << [service, over, Thread.new { service.serve(listener) { over.pop } }]
    listener.local_address.ip_port
  end

  def stop
    @services.each do |service, over, thread|
      over << true
      thread.join
      service.leave
      service.close
    end.clear
  end

  def ask(method, path, body = nil, fields = {})
    fields = { "Content-Type" => "application/json" }.merge(fields) if body
    Net::HTTP.start("127.0.0.1", @port) { |http| http.send_request(method, "/v1/#{path}", body, fields) }
  end

  def assert_status(status, answer, *texts)
    assert_equal(status, answer.code.to_i, answer.body)
    texts.each { |name, text| assert_equal([text], [answer[name]]) }
  end

  # What a collection has in Redis besides cached entries and the last n.
  def waiting(collection) = @redis.keys("dp:{#{collection}}:*").grep(/\}:(?:d:|q|a|r)/).map { |key| key[/\}:(.*)/, 1] }.sort

  def drop_entry(collection, id) = @redis.keys("dp:{#{collection}}:c*:#{id}").each { |key| @redis.del(key) }

  def stored(collection) = Server.of("mysql").query("SELECT id, del, body FROM documents WHERE coll = '#{collection}' ORDER BY id")

  def until_true
    deadline = Docproxy::Deadline.after_ms(20_000)
    sleep(0.02) until yield || deadline.passed?
    assert(yield)
  end

  def test_a_write_waits_and_is_read
    assert_status(201, ask("PUT", "later/a", BODY), ["Write-Status", "queued"])
    assert_equal(%w[a d:a q], waiting("later"))
    assert_equal(-1, @redis.ttl("dp:{later}:d:a"))
    assert_status(200, ask("GET", "later/a"), ["Cache-Status", "docproxy; hit"])
    drop_entry("later", "a")
    assert_status(200, ask("GET", "later/a", nil, "Cache-Control" => "no-cache"), ["Cache-Status", "docproxy; hit; detail=pending"])
    assert_status(200, ask("GET", "later/a"), ["Cache-Status", "docproxy; hit; detail=pending"])
    assert_status(200, ask("GET", "later/a"), ["Cache-Status", "docproxy; hit"])
    assert_status(200, ask("GET", "later"), ["Pending-Writes", "1"])
    assert_status(503, ask("GET", "later", nil, "Prefer" => "wait=0"))
  end

  def test_guards_hold_in_the_queue
    assert_status(404, ask("DELETE", "later/none"))
    assert_status(201, ask("PUT", "later/b", BODY, "If-None-Match" => "*"))
    assert_status(412, ask("PUT", "later/b", BODY, "If-None-Match" => "*"))
    assert_status(200, ask("PATCH", "later/b", '{"b":2}', "Content-Type" => "application/merge-patch+json"))
    assert_equal('{"a":1,"b":2}', ask("GET", "later/b").body)
    assert_status(204, ask("DELETE", "later/b"), ["Write-Status", "queued"])
    assert_status(404, ask("DELETE", "later/b"))
    2.times { assert_status(201, ask("POST", "later", BODY, "Idempotency-Key" => "k"), ["Write-Status", "queued"]) }
    assert_status(422, ask("POST", "later", "{}", "Idempotency-Key" => "k"))
  end

  def test_what_is_due_is_stored_and_gone
    %w[x y].each { |id| assert_status(201, ask("PUT", "now/#{id}", BODY)) }
    assert_status(204, ask("DELETE", "now/y"))
    assert_status(200, ask("GET", "now", nil, "Prefer" => "wait=20"), ["Pending-Writes", "0"])
    assert_equal("x\t0\t#{BODY}\ny\t1\t\n", stored("now"))
    assert_empty(waiting("now"))
  end

  def test_without_the_store_writes_go_on
    assert_status(201, ask("PUT", "now/known", BODY))
    Server.of("mysql").signal(:STOP)
    assert_status(200, ask("PUT", "now/known", '{"a":2}'), ["Write-Status", "queued"])
    assert_status(202, ask("PUT", "now/unknown", BODY), ["Write-Status", "unknown-base"], ["Location", nil])
    assert_status(202, ask("DELETE", "now/gone"), ["Write-Status", "unknown-base"])
    assert_status(503, ask("PATCH", "now/other", BODY, "Content-Type" => "application/merge-patch+json"))
    refute_empty(waiting("now"))
  ensure
    Server.of("mysql").signal(:CONT)
    until_true { waiting("now").empty? }
    assert_equal([], %w[known unknown].reject { |id| stored("now").include?("#{id}\t0\t") })
  end

  def test_a_document_that_the_store_refuses_holds_up_no_other
    ask("PUT", "now/first", BODY)
    ask("GET", "now", nil, "Prefer" => "wait=20")
    Server.of("mysql").query("CREATE TRIGGER t BEFORE INSERT ON documents FOR EACH ROW IF NEW.id = 'bad' THEN SIGNAL SQLSTATE '45000'; END IF")
    %w[bad good].each { |id| ask("PUT", "now/#{id}", BODY) }
    until_true { waiting("now") == %w[a d:bad q r] }
    assert_includes(stored("now"), "good\t0\t")
    assert_status(503, Net::HTTP.get_response("127.0.0.1", "/_health/ready", @port))
  ensure
    Server.of("mysql").query("DROP TRIGGER t")
  end

  def test_a_broken_queue_stands_alone
    @redis.set("dp:{later}:q", "no queue")
    assert_status(503, ask("PUT", "later/c", BODY))
    assert_equal("no queue", @redis.get("dp:{later}:q"))
    assert_status(201, ask("POST", "now", BODY), ["Write-Status", "queued"])
  end

  def test_leftovers_of_another_mode_are_stored_first
    assert_status(201, ask("PUT", "later/left", BODY))
    stop
    Server.of("mysql").signal(:STOP)
    @port = serve({ "later" => nil })
    assert_status(503, ask("GET", "later/left"))
    Server.of("mysql").signal(:CONT)
    until_true { ask("GET", "later/left").code == "200" }
    assert_includes(stored("later"), "left\t0\t#{BODY}")
    assert_empty(waiting("later"))
  ensure
    Server.of("mysql").signal(:CONT)
  end
end
