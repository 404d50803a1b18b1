# Counts, in a file that all workers of a proxy share.
# frozen_string_literal: true

require "tempfile"
require_relative "generated/contract"

module Docproxy
  # Every worker has a row of counters of its own in the file, and is the only one to write it.
  class Metrics
    NAMES = Contract::Stats::COUNTERS
    CELL = 8
    ROW = NAMES.length * CELL
    private_constant(*constants(false))

    # A nameless file for so many workers.
    def self.file(workers)
      Tempfile.create("docproxy-counters", binmode: true).tap do |file|
        File.unlink(file.path)
        file.truncate(workers * ROW)
      end
    end

    # worker: the number of this worker's row, from 0.
    def initialize(file, worker)
      @file = file
      @start = worker * ROW
      @mutex = Mutex.new
      # A worker that replaces one that died goes on where that one was.
      @values = file.pread(ROW, @start).unpack("Q*")
    end

    # Adds to a counter of Contract::Stats::COUNTERS.
    def count(name, times = 1)
      index = NAMES.index(name)
      @mutex.synchronize do
        @values[index] += times
        @file.pwrite([@values[index]].pack("Q"), @start + (index * CELL))
      end
    end

    # Name to sum over all workers.
    def totals
      rows = @file.pread(@file.size, 0).unpack("Q*").each_slice(NAMES.length)
      NAMES.zip(rows.to_a.transpose.map(&:sum)).to_h
    end
  end
end
