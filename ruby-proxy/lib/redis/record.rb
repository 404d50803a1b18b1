# Turns a document's version into a cached record, and back.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  # One version of a document, as the cache keeps it and the stores return it. n counts versions (0: none yet), kind is one of
  # Contract::Record; etag and body (canonical, UTF-8) are empty unless it is a value.
  Record = Struct.new(:n, :kind, :etag, :body) do
    # A live document.
    def self.value(n, etag, body) = new(n, Contract::Record::VALUE, etag, body)

    # A tombstone.
    def self.deleted(n) = new(n, Contract::Record::DELETED, "", "")

    # What is there before the first write.
    def self.absent = new(0, Contract::Record::ABSENT, "", "")

    # The record of a cached text (bytes), or nil where it is garbage.
    def self.parse(bytes)
      match = self::FORM.match(bytes.b) or return
      n = match[:n].to_i
      return if n > Contract::Limits::SAFE_INTEGER

      kind = match[:value] ? Contract::Record::VALUE : match[:kind]
      new(n, kind, match[:etag] || "", (match[:body] || +"").force_encoding(Encoding::UTF_8))
    end

    def live? = kind == Contract::Record::VALUE

    def absent? = kind == Contract::Record::ABSENT

    # The text that is cached.
    def to_s = [n, kind, etag, body].join(Contract::Record::SEPARATOR)
  end

  # A value has n, tag and body; a tombstone n alone; one that never existed n 0.
  Record::FORM = begin
    bar = Regexp.escape(Contract::Record::SEPARATOR)
    value, deleted, absent = [Contract::Record::VALUE, Contract::Record::DELETED, Contract::Record::ABSENT].map { |kind| Regexp.escape(kind) }
    /\A(?:(?<n>[1-9][0-9]{0,15})#{bar}(?:(?<value>#{value})#{bar}(?<etag>[0-9a-f]{32})#{bar}(?<body>.+)|(?<kind>#{deleted})#{bar}#{bar})|(?<n>0)#{bar}(?<kind>#{absent})#{bar}#{bar})\z/mn
  end
end
