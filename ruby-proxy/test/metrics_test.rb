# Counters that several processes share.
# frozen_string_literal: true

require "minitest/autorun"
require_relative "../lib/metrics"

class MetricsTest < Minitest::Test
  def test_processes_add_up
    file = Docproxy::Metrics.file(3)
    Array.new(2) { |worker| fork { 5.times { Docproxy::Metrics.new(file, worker).count("requests") } } }.each { |pid| Process.wait(pid) }
    own = Docproxy::Metrics.new(file, 2)
    own.count("fills")
    assert_equal([10, 1, 0], own.totals.values_at("requests", "fills", "drained"))
  end
end
