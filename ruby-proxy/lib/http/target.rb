# Says which resource a request target names.
# frozen_string_literal: true

require_relative "../errors"
require_relative "../routing"

module Docproxy
  module Http
    # resource: :document, :collection, :live, :ready, :stats or :server; query: raw, "" where there is none.
    Target = Struct.new(:resource, :collection, :id, :query) do
      # The target of a request, or the failure of checks 1 and 2 of the contract. Both are bytes as received.
      def self.parse(method, raw)
        raise Errors::UnknownMethod unless Contract::METHODS.include?(method)

        path, query = split(raw.b)
        raise Errors::BadPath if path.match?(/[^\x21-\x7E]/n)
        return server(method, query) if path == "*"

        path = path.sub(self::AUTHORITY, "")
        path = "/" if path.empty?
        raise Errors::BadPath unless path.start_with?("/")

        resource(path.delete_prefix("/").split("/", -1).map { |segment| decode(segment) }, query)
      end

      def self.split(raw)
        path, query = raw.split("?", 2)
        query ||= ""
        limits = Contract::Limits
        raise Errors::TargetTooLong if raw.bytesize > limits::TARGET_BYTES || query.bytesize > limits::QUERY_BYTES

        [path || "", query]
      end

      def self.server(method, query)
        raise Errors::BadPath unless method == "OPTIONS"

        new(:server, nil, nil, query)
      end

      def self.decode(segment)
        raise Errors::BadPath if segment.match?(/%(?!\h\h)/)

        segment.gsub(/%(\h\h)/) { Regexp.last_match(1).hex.chr }
      end

      # Shape first, names second.
      def self.resource(segments, query)
        fixed = self::FIXED[segments]
        return new(fixed, nil, nil, query) if fixed

        version, collection, id = segments
        raise Errors::NotFound unless version == "v1" && segments.length.between?(2, 3) && segments.none?(&:empty?)
        raise Errors::BadPath unless collection.match?(Routing::COLLECTION) && (id.nil? || id.match?(Routing::ID))

        new(id ? :document : :collection, utf8(collection), id && utf8(id), query)
      end

      def self.utf8(text) = text.force_encoding(Encoding::UTF_8)

      private_class_method :split, :server, :decode, :resource, :utf8
    end

    # The absolute form; no other scheme is one of ours.
    Target::AUTHORITY = %r{\Ahttps?://[^/]*}i
    Target::FIXED = Contract::OPERATIONS.select(&:path).to_h { |each| [each.path.delete_prefix("/").split("/"), each.resource.to_sym] }.freeze
  end
end
