# Reads and writes the store, and nothing else.
# frozen_string_literal: true

require_relative "../cache"

module Docproxy
  module Cache
    # See Cache for the verbs.
    class Off
      attr_reader :store

      def initialize(store)
        @store = store
      end

      def caches? = false

      def read(collection, id, _fresh)
        Reading.new(@store.get(collection, id), Contract::CacheStatus::BYPASS)
      end

      # Nothing waits for the store here.
      def pending(_collection, _wait_s) = nil

      def write(collection, id, known: nil, **, &decide)
        Cache.guarded(@store, collection, id, known, Deadline.after_ms(@store.timeout_ms), &decide)
        Contract::WriteStatus::STORED
      end
    end
  end
end
