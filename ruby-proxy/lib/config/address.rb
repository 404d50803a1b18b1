# Judges addresses: where to listen, and the URLs of dependencies.
# frozen_string_literal: true

require_relative "../generated/contract"

module Docproxy
  module Config
    # Texts have to match a pattern of the contract as a whole, and no port is beyond what there is.
    module Address
      VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/
      PATTERNS = { "redis" => Contract::Urls::REDIS, "mongodb" => Contract::Urls::MONGODB, "mysql" => Contract::Urls::MYSQL }.freeze
      LISTEN = Contract::SETTINGS.find { |setting| setting.key == "listen" }.pattern
      LARGEST_PORT = 65_535
      private_constant(*constants(false))

      # Whether a text is HOST:PORT.
      def self.listen?(text) = whole?(LISTEN, text) && text[/\d+\z/].to_i <= LARGEST_PORT

      # Whether a pattern of the contract matches a whole text; `$` of Ruby would be content with a line.
      def self.whole?(pattern, text)
        text.match?(/\A(?:#{pattern.delete_prefix("^").delete_suffix("$")})\z/)
      end

      # The text with its variables filled in, once; the block gets the name of the first that is not set.
      def self.filled(text, environment)
        text.gsub(VARIABLE) do
          name = Regexp.last_match(1)
          environment.fetch(name) { yield name }
        end
      end

      # Whether a text is a URL of a kind: redis, mongodb or mysql.
      def self.url?(kind, text)
        whole?(PATTERNS.fetch(kind), text) && ports(text).all? { |port| port <= LARGEST_PORT }
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
