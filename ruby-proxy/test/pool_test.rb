# Connections for many threads.
# frozen_string_literal: true

require "minitest/autorun"
require_relative "../lib/pool"

class PoolTest < Minitest::Test
  # One end of a pipe: it is at its end once the other is closed.
  class Line
    attr_accessor :broken
    attr_reader :closed

    def initialize
      @reader, @writer = IO.pipe
    end

    def hang_up = @writer.close

    def broken? = @broken || false

    def ended? = !@reader.wait_readable(0).nil?

    def ping = true

    def close
      @closed = true
    end
  end

  def setup
    @opened = []
    @pool = Docproxy::Pool.new(2) { |_deadline| Line.new.tap { |line| @opened << line } }
  end

  def soon = Docproxy::Deadline.after_ms(50)

  def later = Docproxy::Deadline.after_ms(5_000)

  def test_a_connection_is_used_again
    2.times { @pool.with(soon) { |line| line } }
    assert_equal(1, @opened.length)
  end

  def test_no_more_are_opened_than_allowed
    @pool.with(soon) do
      @pool.with(soon) do
        assert_raises(Docproxy::Pool::Exhausted) { @pool.with(soon) { flunk("a third") } }
      end
    end
    assert_equal(2, @opened.length)
  end

  def test_one_that_comes_back_is_given_to_who_waits
    @pool.with(soon) do
      waiting = nil
      @pool.with(soon) do
        waiting = Thread.new { @pool.with(later) { :got } }
        Thread.pass until waiting.stop?
      end
      assert_equal(:got, waiting.value)
    end
  end

  def test_a_broken_one_is_closed_and_replaced
    @pool.with(soon) { |line| line.broken = true }
    @pool.with(soon) { |line| refute_same(@opened.first, line) }
    assert(@opened.first.closed)
  end

  def test_one_at_its_end_is_thrown_away_before_use
    @pool.with(soon, &:itself)
    @opened.first.hang_up
    @pool.with(soon) { |line| refute_same(@opened.first, line) }
  end

  def test_one_that_cannot_be_opened_leaves_its_place_free
    fail_first = true
    pool = Docproxy::Pool.new(1) { fail_first ? raise(IOError) : Line.new }
    assert_raises(IOError) { pool.with(soon) { flunk("opened") } }
    fail_first = false
    assert_equal(:got, pool.with(soon) { :got })
  end
end
