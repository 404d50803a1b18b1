# Makes answers: status, header fields, body (contract/headers.toml).
# frozen_string_literal: true

require_relative "../json"

module Docproxy
  module Http
    # headers: name to value; body: text, or nil where the answer has none; error: slug or nil.
    class Answer < Struct.new(:status, :headers, :body, :error)
      NAMES = Contract::Names
      TYPES = Contract::Media
      CONTROL = Contract::CacheControl
      BLIND = Contract::WriteStatus::UNKNOWN_BASE
      private_constant(*constants(false))

      class << self
        # JSON that nobody may keep.
        def json(status, body, headers = {})
          new(status, { NAMES::CONTENT_TYPE => TYPES::JSON, NAMES::CACHE_CONTROL => CONTROL::OTHER }.merge(headers), body)
        end

        # A problem of the contract.
        def problem(fact, headers = {})
          own = { NAMES::CONTENT_TYPE => TYPES::PROBLEM, NAMES::CACHE_CONTROL => CONTROL::OTHER }
          own[NAMES::RETRY_AFTER] = fact.retry_after_s.to_s if fact.retry_after_s
          new(fact.status, own.merge(headers), fact.body, fact.slug)
        end

        # Success without content.
        def empty(headers) = new(204, { NAMES::CACHE_CONTROL => CONTROL::OTHER }.merge(headers), nil)

        # A document (Cache::Reading).
        def document(reading)
          new(200, { NAMES::CONTENT_TYPE => TYPES::JSON }.merge(validators(reading)), reading.row.body)
        end

        # The client has the document already.
        def not_modified(reading) = new(304, validators(reading), nil)

        # What was written (Documents::Written). tagged: whether the entity tag is also the sent text's. Where nobody knows
        # what was there before, nobody knows whether the document was created.
        def receipt(collection, written, tagged:)
          blind = written.status == BLIND
          own = { NAMES::WRITE_STATUS => written.status }
          own[NAMES::ETAG] = quoted(written.etag) if tagged
          own[NAMES::LOCATION] = "/v1/#{collection}/#{written.id}" if written.created && !blind
          status = blind ? 202 : (written.created ? 201 : 200)
          json(status, Json.write({ "collection" => collection, "etag" => written.etag, "id" => written.id }), own)
        end

        # A document was deleted; status: value of Write-Status.
        def deleted(collection, id, status)
          own = { NAMES::WRITE_STATUS => status }
          status == BLIND ? json(202, Json.write({ "collection" => collection, "etag" => nil, "id" => id }), own) : empty(own)
        end

        # A page of a list (Documents::List::Result); link: to the next page, or nil; pending: how many writes waited for the
        # store, nil where none ever does.
        def page(result, link, pending)
          own = { NAMES::LINK => link, NAMES::PENDING_WRITES => pending&.to_s }.compact
          items = result.items.map { |item| %({"doc":#{item.body},"etag":#{Json.write(item.etag)},"id":#{Json.write(item.id)}}) }
          json(200, %({"items":[#{items.join(",")}],"next":#{Json.write(result.next)}}), own)
        end

        private

        def validators(reading)
          { NAMES::ETAG => quoted(reading.row.etag), NAMES::CACHE_CONTROL => CONTROL::DOCUMENT, NAMES::CACHE_STATUS => reading.status }
        end

        def quoted(etag) = "\"#{etag}\""
      end
    end
  end
end
