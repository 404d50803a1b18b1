# Stores the rows that waited, whichever of them are newer than what is there, several at once.
# frozen_string_literal: true

module Docproxy
  module Store
    class Mongo
      # One batch of one collection: each row is a command of its own.
      class Newer
        FACTS = Contract::Mongodb
        private_constant :FACTS

        # rows: id to Row; the block gets id and Row, stores it before the deadline, and fails with Fault.
        def initialize(rows, deadline, &run)
          @waiting = Thread::Queue.new(rows.to_a).close
          @deadline = deadline
          @run = run
          @mutex = Mutex.new
          @batch = Batch.new([], [], nil)
        end

        # The Batch, once all threads are done.
        def store
          Array.new([Store::AT_ONCE, @waiting.length].min) { Thread.new { work } }.each(&:join)
          @batch
        end

        private

        # The first fault ends the work of all threads.
        def work
          while !@batch.fault && (id, row = @waiting.pop)
            attempt(id, row)
          end
        end

        # Two writers that both found no row meet in the duplicate key: the row that is there then is a newer one, or this one.
        def attempt(id, row)
          @run.call(id, row)
          note(:stored, id)
        rescue Fault => fault
          if fault.code == FACTS::DUPLICATE_CODE then note(:stored, id)
          elsif Store.about_row?(fault, FACTS) then note(:refused, id)
          else @mutex.synchronize { @batch.fault ||= Store.batch_fault(fault, @deadline) }
          end
        rescue Errors::Failure
          note(:refused, id) # It is no JSON, so there is nothing that could be queried.
        end

        def note(list, id) = @mutex.synchronize { @batch[list] << id }
      end
    end
  end
end
