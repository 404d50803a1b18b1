# Reads the query of a list, and writes the link to its next page.
# frozen_string_literal: true

require_relative "../documents/list"
require_relative "../errors"
require_relative "../filter"
require_relative "../routing"

module Docproxy
  module Http
    # Everything malformed is Errors::BadQuery.
    module Query
      NAMES = %w[limit after where].freeze
      LIMIT = /\A[1-9][0-9]{0,3}\z/
      private_constant(*constants(false))

      # The page that a raw query asks for.
      def self.page(raw)
        values = parameters(raw)
        Documents::List::Page.new(limit(values["limit"]), after(values["after"]), values["where"] && Filter.parse(values["where"]))
      end

      # The value of Link: limit always there, the filter in canonical form.
      def self.link(collection, page, after)
        where = page.filter ? "&where=#{page.filter.escaped}" : ""
        "</v1/#{collection}?limit=#{page.limit}&after=#{after}#{where}>; rel=\"next\""
      end

      # The raw query without what a filter says, which may be private.
      def self.without_values(raw)
        raw.gsub(/((?:\A|&)where=)[^&]*/n, "\\1")
      end

      def self.parameters(raw)
        raise Errors::BadQuery if raw.match?(/[^\x21-\x7E]/n)
        return {} if raw.empty?

        raw.split("&", -1).each_with_object({}) do |parameter, values|
          raise Errors::BadQuery unless parameter.include?("=")

          name, value = parameter.split("=", 2).map { |part| decode(part) }
          raise Errors::BadQuery if !NAMES.include?(name) || values.key?(name)

          values[name] = value
        end
      end

      def self.decode(part)
        raise Errors::BadQuery if part.match?(/%(?!\h\h)/)

        text = part.tr("+", " ").gsub(/%(\h\h)/) { Regexp.last_match(1).hex.chr }.force_encoding(Encoding::UTF_8)
        text.valid_encoding? ? text : raise(Errors::BadQuery)
      end

      def self.limit(text)
        return Contract::Limits::LIST_DEFAULT_ITEMS unless text
        raise Errors::BadQuery unless text.match?(LIMIT) && text.to_i <= Contract::Limits::LIST_MAX_ITEMS

        text.to_i
      end

      def self.after(text)
        raise Errors::BadQuery unless text.nil? || text.match?(Routing::ID)

        text
      end

      private_class_method :parameters, :decode, :limit, :after
    end
  end
end
