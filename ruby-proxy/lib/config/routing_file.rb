# Checks a routing file: the first fault counts, in the order of contract/routing.schema.json.
# frozen_string_literal: true

require "digest"
require_relative "../errors"
require_relative "../json"
require_relative "../routing"
require_relative "address"

module Docproxy
  module Config
    # One reading of one file.
    class RoutingFile
      GROUPS = Contract::SETTINGS.group_by(&:group).freeze
      TYPES = {
        "string" => ->(value) { value.is_a?(String) },
        "integer" => ->(value) { value.is_a?(Integer) || (value.is_a?(Float) && value == value.floor) },
        "boolean" => ->(value) { [true, false].include?(value) },
        "object" => ->(value) { value.is_a?(Hash) },
        "array" => ->(value) { value.is_a?(Array) }
      }.freeze
      # What the generated table does not say: the values of `stores` and `routes`, and the root.
      OBJECT = "an object"
      STORE = "an object with kind and url"
      ROUTE = "an object with match and store"
      STORE_NAME = /\A[a-z][a-z0-9-]{0,31}\z/
      private_constant(*constants(false))

      # path: as given on the command line; environment: where URLs get their variables from.
      def initialize(path, environment)
        @path = path
        @environment = environment
      end

      # The frozen File, or a Refusal.
      def read(bytes)
        root = parse(bytes)
        an_object("", root, OBJECT)
        values = group("root", root, "") { |key, value, here| part(key, value, here) }
        routes = values["routes"]
        need_redis(values["redis"], routes)
        limit = values["limits"] || Integer(setting("limits", "body_bytes").default)
        Config::File.new(values["listen"], values["redis"], values["stores"], limit, routes, fleet(root)).freeze
      end

      private

      def refuse(pointer, fault, **names) = raise(Config.refused(@path, pointer, fault, **names))

      def setting(group, key) = GROUPS.fetch(group).find { |each| each.key == key }

      def parse(bytes)
        Json.read(bytes)
      rescue Errors::Failure => failure
        refuse("", Contract::Faults::SYNTAX, slug: failure.slug)
      end

      def an_object(pointer, value, expected)
        refuse(pointer, Contract::Faults::WRONG_TYPE, expected: expected) unless value.is_a?(Hash)
      end

      # The values of an object by key, with defaults; the block says what a value that is right so far becomes.
      def group(name, members, pointer)
        settings = GROUPS.fetch(name)
        refuse_unknown(settings.map(&:key), members, pointer)
        settings.each_with_object({}) do |setting, values|
          here = "#{pointer}/#{setting.key}"
          if members.key?(setting.key)
            refuse_meaningless(setting, values["cache"], here)
            checked(setting, members[setting.key], here)
            values[setting.key] = yield(setting.key, members[setting.key], here, values)
          else
            refuse(here, Contract::Faults::MISSING, expected: setting.expected) if setting.required
            values[setting.key] = default(setting)
          end
        end
      end

      def refuse_unknown(known, members, pointer)
        unknown = Json::Write.sorted(members.keys).find { |key| !known.include?(key) } or return
        refuse("#{pointer}/#{escape(unknown)}", Contract::Faults::UNKNOWN_KEY, known: known.join(", "))
      end

      def refuse_meaningless(setting, mode, pointer)
        return if setting.modes.empty? || setting.modes.include?(mode)

        refuse(pointer, Contract::Faults::NO_MEANING_HERE, mode: mode)
      end

      # Type, then bounds, then allowed values.
      def checked(setting, value, pointer)
        fault = if !TYPES.fetch(setting.kind).call(value) then Contract::Faults::WRONG_TYPE
                elsif setting.minimum && !value.between?(setting.minimum, setting.maximum) then Contract::Faults::OUT_OF_RANGE
                elsif setting.allowed.any? && !setting.allowed.include?(value) then Contract::Faults::NOT_ALLOWED_VALUE
                end
        refuse(pointer, fault, expected: setting.expected) if fault
      end

      def default(setting)
        setting.default && (setting.kind == "string" ? setting.default : Json.read(setting.default))
      end

      def part(key, value, here)
        case key
        when "listen" then listen(value, here)
        when "redis" then Redis.new(*group("redis", value, here) { |name, each, at| name == "url" ? url("redis", "redis", each, at) : each }.values)
        when "stores" then @stores = stores(value, here)
        when "limits" then group("limits", value, here) { |_name, each| each }["body_bytes"]
        else routes(value, here)
        end
      end

      def listen(value, here)
        Address.listen?(value) ? value : refuse(here, Contract::Faults::NOT_ALLOWED_VALUE, expected: setting("root", "listen").expected)
      end

      def url(group, kind, text, here)
        filled = Address.filled(text, @environment) { |name| refuse(here, Contract::Faults::UNSET_VARIABLE, name: name) }
        Address.url?(kind, filled) ? filled : refuse(here, Contract::Faults::BAD_URL, expected: setting(group, "url").expected)
      end

      def stores(members, pointer)
        Json::Write.sorted(members.keys).to_h do |name|
          here = "#{pointer}/#{escape(name)}"
          refuse(here, Contract::Faults::BAD_NAME) unless name.match?(STORE_NAME)
          an_object(here, members[name], STORE)
          values = group("store", members[name], here) do |key, value, at, before|
            key == "url" ? url("store", before["kind"], value, at) : value
          end
          [name, Store.new(name, *values.values).freeze]
        end.freeze
      end

      def routes(items, pointer)
        refuse(pointer, Contract::Faults::EMPTY, expected: setting("root", "routes").expected) if items.empty?
        items.each_with_object([]).with_index do |(item, routes), index|
          here = "#{pointer}/#{index}"
          an_object(here, item, ROUTE)
          values = group("route", item, here) { |key, value, at| route_part(key, value, at, routes.map(&:match)) }
          routes << Route.new(*values.values_at(*Route.members.map(&:to_s))).freeze
        end.freeze
      end

      def route_part(key, value, here, earlier)
        case key
        when "match" then match(value, here, earlier)
        when "store"
          known = @stores.empty? ? "none" : @stores.keys.join(", ")
          refuse(here, Contract::Faults::UNKNOWN_STORE, known: known) unless @stores.key?(value)
        end
        value
      end

      def match(value, here, earlier)
        setting = setting("route", "match")
        refuse(here, Contract::Faults::BAD_MATCH, expected: setting.expected) unless Address.whole?(setting.pattern, value)
        same = earlier.index(value)
        refuse(here, Contract::Faults::DUPLICATE_MATCH, index: same.to_s) if same
        wider = earlier.index { |each| each.end_with?("*") && value.start_with?(each.chomp("*")) }
        refuse(here, Contract::Faults::SHADOWED_MATCH, index: wider.to_s) if wider
      end

      def need_redis(redis, routes)
        return if redis || routes.none?(&:caches?)

        refuse("/redis/url", Contract::Faults::MISSING, expected: setting("redis", "url").expected)
      end

      # As written: defaults and variables are not filled in.
      def fleet(root) = Json.etag(Json.write(root.reject { |key, _value| key == "listen" }))

      # RFC 6901.
      def escape(name) = name.gsub("~", "~0").gsub("/", "~1")
    end
  end
end
