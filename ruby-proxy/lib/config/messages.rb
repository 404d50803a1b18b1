# Makes the lines that the person who starts the program reads.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Config
    # Why the program ends before it serves: a line of contract/messages.toml and an exit code.
    class Refusal < StandardError
      attr_reader :code

      def initialize(line, code)
        super(line)
        @code = code
      end
    end

    # The refusal of a routing file. pointer: RFC 6901; fault: of Contract::Faults; names: what stands in its texts' braces.
    def self.refused(path, pointer, fault, **names)
      wrong, right = [fault.wrong, fault.right].map { |text| fill(text, **names) }
      Refusal.new(fill(Contract::Line::REFUSED, file: path, pointer: pointer, wrong: wrong, right: right), Contract::Exit::REFUSED)
    end

    # A text of the contract with the names in braces filled in, each once.
    def self.fill(text, **names)
      text.gsub(/\{(\w+)\}/) { |whole| names.fetch(Regexp.last_match(1).to_sym, whole) }
    end
  end
end
