# Stores the rows that waited, whichever of them are newer than what is there, in one statement.
# frozen_string_literal: true

module Docproxy
  module Store
    class Mysql
      # One batch of one collection.
      class Newer
        FACTS = Contract::Mysql
        private_constant :FACTS

        # rows: id to Row; the block gets a statement and its values, runs it before the deadline, and fails with Fault.
        def initialize(collection, rows, deadline, &run)
          @collection = collection
          @deadline = deadline
          @rows = rows.sort.to_h # Two batches that lock rows in different orders would wait for each other.
          @run = run
        end

        # The Batch. What the server refuses as a whole is tried row by row, so that one row does not hold up its neighbours.
        def store
          together(@rows)
          Batch.new(@rows.keys, [], nil)
        rescue Fault => fault
          Store.about_row?(fault, FACTS) ? one_by_one : Batch.new([], [], Store.batch_fault(fault, @deadline))
        end

        private

        def one_by_one
          batch = Batch.new([], [], nil)
          @rows.each do |id, row|
            together({ id => row })
            batch.stored << id
          rescue Fault => fault
            unless Store.about_row?(fault, FACTS)
              batch.fault = Store.batch_fault(fault, @deadline)
              break
            end
            batch.refused << id
          end
          batch
        end

        # The matched count says nothing here: an older row changes nothing, and is done with all the same.
        def together(rows)
          statement = FACTS::PUT_NEWER_HEAD + ([FACTS::PUT_NEWER_ROW] * rows.length).join(", ") + FACTS::PUT_NEWER_TAIL
          @run.call(statement, rows.flat_map { |id, row| [@collection, id, *Mysql.columns(row)] })
        end
      end
    end
  end
end
