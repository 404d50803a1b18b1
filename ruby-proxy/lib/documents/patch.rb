# Changes members of a document.
# frozen_string_literal: true

require_relative "preconditions"

module Docproxy
  module Documents
    module Patch
      # Written. required: whether a precondition must be there; limit: bytes of a document.
      def self.call(cache, collection, id, patch, preconditions, required, limit)
        merged = nil
        status = cache.write(collection, id, guard: :decide) do |current|
          Patch.admit(current, preconditions, required)
          merged = Document.of(Patch.merge(Json.read(current.body), patch), limit) { true }
          merged.after(current)
        end
        Written.new(id, merged.etag, false, status)
      end

      # What a change or a removal demands: a document, then a precondition where the route requires one, then that it holds.
      def self.admit(current, preconditions, required)
        raise Errors::DocumentNotFound unless current.live?
        raise Errors::PreconditionRequired if required && !preconditions.any?

        preconditions.check(current)
      end

      # RFC 7396: null removes, an object merges, anything else replaces.
      def self.merge(target, patch)
        return patch unless patch.is_a?(Hash)

        patch.each_with_object(target.is_a?(Hash) ? target.dup : {}) do |(name, value), merged|
          value.nil? ? merged.delete(name) : merged[name] = merge(merged[name], value)
        end
      end
    end
  end
end
