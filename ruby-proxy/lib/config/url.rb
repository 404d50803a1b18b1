# Judges the URLs of a routing file.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Config
    # Variables are filled in first, then the whole has to be of its kind's form.
    module Url
      VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/
      PATTERNS = { "redis" => Contract::Urls::REDIS, "mongodb" => Contract::Urls::MONGODB, "mysql" => Contract::Urls::MYSQL }.freeze
      private_constant(*constants(false))

      # The text with its variables filled in, once; the block gets the name of the first that is not set.
      def self.filled(text, environment)
        text.gsub(VARIABLE) do
          name = Regexp.last_match(1)
          environment.fetch(name) { yield name }
        end
      end

      # Whether a text is a URL of a kind: redis, mongodb or mysql.
      def self.good?(kind, text)
        Config.whole(PATTERNS.fetch(kind)).match?(text) && ports(text).all? { |port| port <= Config::LARGEST_PORT }
      end

      # The ports of the authority; digits of a password are none.
      def self.ports(text)
        hosts = text[%r{\A\w+://([^/?]*)}, 1].split("@").last.to_s.split(",")
        hosts.filter_map { |host| host.sub(/\A\[.*\]/, "")[/:(\d+)\z/, 1]&.to_i }
      end
      private_class_method :ports
    end
  end
end
