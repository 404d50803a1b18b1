# Makes the names of keys and the lives of entries (protocol.md on Redis keys).
# frozen_string_literal: true

require "digest"
require_relative "../generated/contract"

module Docproxy
  # Pure functions; nothing here talks to Redis.
  module Keys
    # What a restarted Redis, or one filled under another routing file, must not hand back is under another generation:
    # 8 hex digits of run_id (as `INFO server` reports it) and fleet (32 hex digits).
    def self.generation(run_id, fleet) = Digest::SHA256.hexdigest(run_id + fleet)[0, 8]

    # The keys of one document: [entry, lease, writers], in the order the scripts take them.
    def self.document(collection, generation, id)
      [join(Contract::Keys::ENTRY, collection, generation, id), join(Contract::Keys::LEASE, collection, generation, id),
       join(Contract::Keys::WRITERS, collection, id)]
    end

    # A document's version that waits for the store; without an id, the beginning that all keys of the collection's share.
    def self.dirty(collection, id = "") = join(Contract::Keys::DIRTY, collection, id)

    # The keys of a collection's queue: [queue, since].
    def self.queue(collection) = [join(Contract::Keys::QUEUE, collection), join(Contract::Keys::SINCE, collection)]

    # What the store refused of a collection.
    def self.refused(collection) = join(Contract::Keys::REFUSED, collection)

    # The last n given out in a collection.
    def self.last(collection) = join(Contract::Keys::LAST, collection)

    # The fleet's key.
    def self.fleet = Contract::Keys::FLEET.first

    # The collections that ever had something waiting.
    def self.queues = Contract::Keys::QUEUES.first

    # ttl_ms give or take a tenth, decided by the id; 0 (not cached) stays 0. Integers only: ttl * (0.9 + 0.2 h / 2^32), floored.
    def self.jitter(ttl_ms, id)
      return 0 if ttl_ms.zero?

      share = Digest::SHA256.digest(id).unpack1("N")
      ((ttl_ms * 9 * (2**32)) + (ttl_ms * 2 * share)) / (10 * (2**32))
    end

    def self.join(pieces, *names)
      pieces.zip(names).join
    end
    private_class_method :join
  end
end
