# Reads Content-Type and Content-Encoding (RFC 9110 §8.3, §8.4).
# frozen_string_literal: true

require "strscan"
require_relative "../errors"

module Docproxy
  module Http
    # Values are joined ones, or nil.
    module Media
      OWS = /[ \t]*/n
      TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/n
      TYPE = %r{#{TOKEN}/#{TOKEN}}n
      QUOTED = /"((?:[\t \x21\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t \x21-\x7E\x80-\xFF])*)"/n
      # A quoted text, or the beginning of one that does not end.
      IN_QUOTES = /"(?:[^"\\]|\\.)*(?:"|\\?\z)/mn
      private_constant(*constants(false))

      # Fails with BadHeader where Content-Type names two types.
      def self.require_one(type)
        raise Errors::BadHeader if type && type.b.gsub(IN_QUOTES, "").include?(",")
      end

      # Fails with UnsupportedMediaType unless a body of the type (lower case) is announced, in UTF-8 and not encoded.
      def self.require(wanted, type, encoding)
        raise Errors::UnsupportedMediaType unless type && type?(wanted, StringScanner.new(type.b.strip))

        members = encoding.to_s.split(",").map(&:strip)
        raise Errors::UnsupportedMediaType unless members.all? { |member| member.empty? || member.casecmp?("identity") }
      end

      # RFC 9110 §8.3.1, empty parameters allowed. Every charset has to be UTF-8.
      def self.type?(wanted, scanner)
        name = scanner.scan(TYPE)
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

      private_class_method :type?, :parameter?
    end
  end
end
