# Reads the command line.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Config
    # What the command line says; nil or false where it says nothing. Ruby's OptionParser takes abbreviations and short forms,
    # which the contract does not have.
    Arguments = Struct.new(:config, :listen, :workers, :log, :check, :health, :version, :help) do
      # The arguments, or a Refusal at the first fault.
      def self.read(words)
        arguments = new(nil, nil, nil, nil, false, nil, false, false)
        rest = words.dup
        arguments.take(rest.shift, rest) until rest.empty?
        arguments.complete
        arguments.freeze
      end

      # Takes one argument; its value may be the next of the rest.
      def take(word, rest)
        name, given = word.split("=", 2)
        if self.class::FLAGS.key?(name)
          refuse(Contract::Usage::BAD_VALUE, name) if given
          self[self.class::FLAGS[name]] = true
        elsif self.class::VALUES.key?(name)
          value = given || (rest.first&.start_with?("--") ? nil : rest.shift)
          refuse(Contract::Usage::NO_VALUE, name) if value.nil? || value.empty?
          refuse(Contract::Usage::BAD_VALUE, name) unless self.class::VALUES[name].call(value)
          self[name.delete_prefix("--")] = name == "--workers" ? value.to_i : value
        else
          refuse(Contract::Usage::UNKNOWN, word)
        end
      end

      # A file is needed unless something else is asked for.
      def complete
        refuse(Contract::Usage::NO_CONFIG, "") unless config || help || version || health
      end

      private

      def refuse(text, argument)
        what = Config.fill(text, argument: argument)
        raise Refusal.new(Config.fill(Contract::Line::USAGE, what: what), Contract::Exit::USAGE)
      end
    end

    Arguments::FLAGS = { "--check" => :check, "--version" => :version, "--help" => :help }.freeze
    Arguments::VALUES = {
      "--config" => ->(_value) { true },
      "--listen" => ->(value) { Address.listen?(value) },
      "--health" => ->(value) { Address.listen?(value) },
      "--workers" => ->(value) { value.match?(/\A[1-9][0-9]{0,2}\z/) && value.to_i <= 256 },
      "--log" => ->(value) { %w[requests events none].include?(value) }
    }.freeze
  end
end
