# Knows the collections whose writes still wait although their route is not write-behind any more.
# frozen_string_literal: true

require "set"
require_relative "../errors"
require_relative "../routing"

module Docproxy
  module Queue
    # Until what waits is in the store of the new route nothing of such a collection is answered.
    class Leftovers
      # routes: array of Config::Route.
      def initialize(routes)
        @routes = routes
        @waiting = Set.new
      end

      # The collections that ever had a queue. The first time what is left over is also made due, whatever delay it was given.
      def read(link)
        names = link.queues
        moved = names.select { |name| moved?(name) }
        moved.zip(link.pendings(moved)) { |name, pending| tell(name, pending) }
        @hurried ||= link.hurry(moved & @waiting.to_a)
        names
      end

      # Takes in how many documents of a collection wait; nil: nobody knows.
      def tell(collection, pending)
        if pending&.zero? then @waiting.delete(collection)
        elsif pending && moved?(collection) then @waiting.add(collection)
        end
      end

      # Fails where something is left over.
      def admit(collection)
        raise Errors::NotSynced if @waiting.include?(collection)
      end

      private

      def moved?(collection) = Routing.route(@routes, collection)&.write_behind? == false
    end
  end
end
