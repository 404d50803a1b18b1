# Reads the values of single header fields.
# frozen_string_literal: true

require "strscan"
require_relative "../documents/preconditions"
require_relative "../errors"

module Docproxy
  module Http
    # Values are joined ones, or nil. Faults are Errors::BadHeader unless said.
    module Fields
      OWS = /[ \t]*/n
      TAG = %r{(W/)?"([\x21\x23-\x7E]*)"}n
      KEY = /\A(?:"([\x21\x23-\x7E]{1,#{Contract::Limits::IDEMPOTENCY_KEY_BYTES}})"|([\x21\x23-\x7E]{1,#{Contract::Limits::IDEMPOTENCY_KEY_BYTES}}))\z/n
      TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/n
      QUOTED = /"((?:[\t \x21\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t \x21-\x7E\x80-\xFF])*)"/n
      # A quoted text, or the beginning of one that does not end.
      IN_QUOTES = /"(?:[^"\\]|\\.)*(?:"|\\?\z)/mn
      private_constant(*constants(false))

      # What If-Match and If-None-Match demand.
      def self.preconditions(match, none_match)
        Documents::Preconditions.new(tags(match), tags(none_match))
      end

      # The key without quotes, or nil where there is no field.
      def self.idempotency_key(value)
        return unless value

        match = KEY.match(value.b) or raise Errors::BadHeader
        (match[1] || match[2]).force_encoding(Encoding::UTF_8)
      end

      # Fails where Content-Type names two types.
      def self.one_type(type)
        raise Errors::BadHeader if type && type.b.gsub(IN_QUOTES, "").include?(",")
      end

      # Fails with UnsupportedMediaType unless a body of the media type (lower case) is announced, in UTF-8 and not encoded.
      def self.require_type(wanted, type, encoding)
        raise Errors::UnsupportedMediaType unless type && type?(wanted, StringScanner.new(type.b.strip))

        members = encoding.to_s.split(",").map(&:strip)
        raise Errors::UnsupportedMediaType unless members.all? { |member| member.empty? || member.casecmp?("identity") }
      end

      # RFC 9110 §13.1: a star, or tags with commas between; empty members are skipped.
      def self.tags(value)
        return unless value
        return :any if value == "*"

        scanner = StringScanner.new(value.b)
        tags = []
        until scanner.skip(OWS) && scanner.eos?
          next if scanner.skip(/,/n)

          scanner.scan(TAG) or raise Errors::BadHeader
          tags << Documents::Tag.new(scanner[2], !scanner[1].nil?)
          raise Errors::BadHeader unless scanner.skip(OWS) && (scanner.eos? || scanner.skip(/,/n))
        end
        tags.empty? ? raise(Errors::BadHeader) : tags
      end

      # RFC 9110 §8.3.1, empty parameters allowed. Every charset has to be UTF-8.
      def self.type?(wanted, scanner)
        name = scanner.scan(%r{#{TOKEN}/#{TOKEN}}n)
        return false unless name&.downcase == wanted

        until scanner.skip(OWS) && scanner.eos?
          return false unless scanner.skip(/;/n)
          next if scanner.skip(OWS) && (scanner.eos? || scanner.check(/;/n))
          return false unless parameter?(scanner)
        end
        true
      end

      def self.parameter?(scanner)
        name = scanner.scan(TOKEN)
        return false unless name && scanner.skip(/=/n)

        value = scanner.scan(TOKEN) || (scanner.scan(QUOTED) && scanner[1].gsub(/\\(.)/mn, "\\1"))
        return false unless value

        !name.casecmp?("charset") || value.casecmp?("utf-8")
      end

      private_class_method :tags, :type?, :parameter?
    end
  end
end
