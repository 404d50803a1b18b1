# Lists a collection page by page, filtered exactly.
# frozen_string_literal: true

require_relative "../errors"
require_relative "../filter"
require_relative "../pool/deadline"

module Docproxy
  module Documents
    # One page in the making. Batch sizes must not show in it: candidates count one after another, in the order of their ids.
    class List
      LIMITS = Contract::Limits
      private_constant :LIMITS

      # What a client asks for. after: id or nil; filter: Filter::Parsed or nil.
      Page = Struct.new(:limit, :after, :filter)
      # items: array of Store::Item; next: id to go on after, or nil.
      Result = Struct.new(:items, :next)

      # The whole page within the list's own time, else StoreUnavailable.
      def self.call(store, collection, page)
        coarse = page.filter && Filter.coarse(page.filter.tree)
        return Result.new([], nil) if coarse == false

        new(store, collection, page, coarse).result
      end

      def initialize(store, collection, page, coarse)
        @store = store
        @collection = collection
        @page = page
        @coarse = coarse
        @deadline = Deadline.after_ms(store.timeout_ms * LIMITS::LIST_TIME_FACTOR)
        @items = []
        @examined = @bytes = 0
      end

      def result
        after = @page.after
        loop do
          size = batch_size
          rows = @store.list(@collection, after, size, @coarse, @deadline)
          rows.each do |row|
            stop = examine(row)
            return Result.new(@items, stop) if stop
          end
          return Result.new(@items, nil) if rows.length < size

          after = rows.last.id
          raise Errors::StoreUnavailable if @deadline.passed?
        end
      end

      private

      # As many rows as may be used; after the first batch no more than the bytes left over hold, by the size of those before.
      def batch_size
        rows = @page.filter && @examined.positive? ? LIMITS::LIST_BATCH_ROWS : @page.limit + 1 - @items.length
        rows = [rows, (LIMITS::LIST_EXAMINED_BYTES - @bytes) * @examined / @bytes].min if @examined.positive?
        rows.clamp(1, LIMITS::LIST_BATCH_ROWS)
      end

      # The id after which the next page begins, where this one ends with the row.
      def examine(row)
        if @page.filter.nil? || Filter.matches?(@page.filter.tree, Json.read(row.body))
          return @items.last.id if @items.length == @page.limit

          @items << row
        end
        @examined += 1
        @bytes += row.body.bytesize
        row.id if @examined >= LIMITS::LIST_EXAMINED_ROWS || @bytes >= LIMITS::LIST_EXAMINED_BYTES
      end
    end
  end
end
