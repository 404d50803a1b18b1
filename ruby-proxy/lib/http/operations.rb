# Turns each operation's input into a call, and its result into an answer.
# frozen_string_literal: true

require_relative "../documents"
require_relative "answer"
require_relative "body"
require_relative "prefer"
require_relative "query"

module Docproxy
  module Http
    # A method per operation of the contract, named after it. place: Place; request: Request.
    class Operations
      # Where a document request goes: its route (Config::Route), mode of the cache, and target (Target).
      Place = Struct.new(:route, :cache, :target)

      # fleet: Fleet and leftovers: Queue::Leftovers, or nil without Redis; limit: bytes of a document; status: Status.
      def initialize(fleet, leftovers, limit, status)
        @fleet = fleet
        @leftovers = leftovers
        @limit = limit
        @status = status
      end

      def get(place, request)
        preconditions = request.headers.preconditions
        admit(place)
        result = Documents::Get.call(place.cache, place.target.collection, place.target.id, preconditions, request.headers.no_cache?)
        case result.outcome
        when nil then Answer.document(result.reading)
        when :not_modified then Answer.not_modified(result.reading)
        else Answer.problem(result.outcome.fact, Contract::Names::CACHE_STATUS => result.reading.status)
        end
      end

      def put(place, request)
        preconditions = request.headers.preconditions
        document = Documents::Document.read(body(request, Contract::Media::JSON), @limit)
        raise Errors::PreconditionRequired if place.route.require_match && !preconditions.any?

        admit(place)
        written = Documents::Put.call(place.cache, place.target.collection, place.target.id, document, preconditions)
        Answer.receipt(place.target.collection, written, tagged: document.canonical)
      end

      def patch(place, request)
        preconditions = request.headers.preconditions
        patch = Documents::Document.object(body(request, Contract::Media::MERGE_PATCH), @limit)
        admit(place)
        target = place.target
        written = Documents::Patch.call(place.cache, target.collection, target.id, patch, preconditions, place.route.require_match, @limit)
        Answer.receipt(target.collection, written, tagged: true)
      end

      def delete(place, request)
        preconditions = request.headers.preconditions
        admit(place)
        target = place.target
        status = Documents::Delete.call(place.cache, target.collection, target.id, preconditions, place.route.require_match)
        Answer.deleted(target.collection, target.id, status)
      end

      def create(place, request)
        key = request.headers.idempotency_key
        document = Documents::Document.read(body(request, Contract::Media::JSON), @limit)
        admit(place)
        collection = place.target.collection
        written = Documents::Create.call(place.cache, collection, document, key)
        Answer.receipt(collection, written, tagged: true)
      end

      def list(place, request, page)
        admit(place)
        collection = place.target.collection
        pending = place.cache.pending(collection, Prefer.wait_s(request.headers[Contract::Names::PREFER]))
        result = Documents::List.call(place.cache.store, collection, page)
        Answer.page(result, result.next && Query.link(collection, page, result.next), pending)
      end

      def live = Answer.json(200, @status.live)

      def ready
        body, ready = @status.ready
        headers = ready ? {} : { Contract::Names::RETRY_AFTER => "1" }
        Answer.json(ready ? 200 : 503, body, headers)
      end

      def stats = Answer.json(200, @status.stats)

      private

      # The gates that need no look at the document.
      def admit(place)
        @fleet&.admit(place.route.caches?)
        @leftovers&.admit(place.target.collection)
      end

      def body(request, type)
        Body.judge_fields(request)
        Body.take(request, type, @limit)
      end
    end
  end
end
