# Finds the route of a collection.
# frozen_string_literal: true

require_relative "generated/contract"

module Docproxy
  # Names, and which route a name takes (contract.md on names and the routing file).
  module Routing
    COLLECTION = /\A[a-z][a-z0-9-]{0,#{Contract::Limits::COLLECTION_BYTES - 1}}\z/
    ID = /\A[A-Za-z0-9][A-Za-z0-9._~-]{0,#{Contract::Limits::ID_BYTES - 1}}\z/

    # The index of the first match that takes the collection, or nil. A match is a name, or the beginning of names and `*`.
    def self.index(matches, collection)
      matches.index { |match| takes?(match, collection) }
    end

    # The route (Config::Route) that takes the collection, or nil.
    def self.route(routes, collection)
      routes.find { |route| takes?(route.match, collection) }
    end

    def self.takes?(match, collection)
      match.end_with?("*") ? collection.start_with?(match.chomp("*")) : match == collection
    end
    private_class_method :takes?
  end
end
