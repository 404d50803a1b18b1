# Gives every problem of the contract an exception of its own, so that inner rooms can fail without knowing HTTP.
# frozen_string_literal: true

require_relative "generated/contract"

module Docproxy
  # One class per slug, named after it: `document-not-found` is Errors::DocumentNotFound.
  module Errors
    # What all of them share. `fact` is the problem's Contract::Problem.
    class Failure < StandardError
      def fact = self.class::FACT

      def slug = fact.slug
    end

    Contract::Problems::ALL.each do |problem|
      name = problem.slug.split("-").map(&:capitalize).join
      const_set(name, Class.new(Failure) { const_set(:FACT, problem) })
    end
  end
end
