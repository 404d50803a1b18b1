# Answers requests: the checks of the contract in their order, then the operation.
# frozen_string_literal: true

require_relative "http/operations"
require_relative "http/request"
require_relative "http/target"

module Docproxy
  module Http
    # Knows no server: `call` takes a Request and returns an Answer.
    class Handler
      OPERATIONS = Contract::OPERATIONS.reject { |operation| operation.resource == "any" }.group_by { |operation| operation.resource.to_sym }.freeze
      OPTIONS = "OPTIONS"
      # The methods of each resource, in the order of Allow.
      ALLOW = %i[document collection live ready stats].to_h do |resource|
        [resource, Contract::METHODS & [*OPERATIONS[resource].flat_map(&:methods), OPTIONS]]
      end.merge(server: Contract::METHODS).freeze
      private_constant(*constants(false))

      # routes: array of Config::Route; caches: the mode of each; metrics: Metrics; log: Log.
      def initialize(routes, caches, operations, metrics, log)
        @routes = routes
        @matches = routes.map(&:match)
        @caches = caches
        @operations = operations
        @metrics = metrics
        @log = log
      end

      # Never fails: what nobody foresaw is internal-error, and the log has the cause.
      def call(request)
        started = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
        @metrics.count("requests")
        call = Call.new(request)
        answer = answer(call)
        record(call, answer, started) if @log.requests?
        answer
      end

      private

      # What is known of a request so far.
      Call = Struct.new(:request, :target, :operation)
      private_constant :Call

      def answer(call)
        handle(call)
      rescue Errors::Failure => failure
        Answer.problem(failure.fact, problem_headers(call, failure))
      rescue StandardError => error
        @log.failure(error)
        Answer.problem(Contract::Problems::INTERNAL_ERROR)
      end

      # Checks 1 to 5; what only one operation looks at is its own affair.
      def handle(call)
        request = call.request
        raise Errors::BadRequest if request.method.empty?

        call.target = target = Target.parse(request.method, request.target)
        place = place(target)
        raise Errors::MethodNotAllowed unless ALLOW[target.resource].include?(request.method)

        call.operation = operation(target.resource, request.method)
        page = query(call)
        request.headers.judge(request.version)
        raise Errors::BadRequest if request.trouble == :malformed && call.operation.body.nil?

        perform(call, place, page)
      end

      def place(target)
        return unless target.collection

        index = Routing.index(@matches, target.collection) or raise Errors::UnknownCollection
        Operations::Place.new(@routes[index], @caches[index], target)
      end

      def operation(resource, method)
        return Contract::OPERATIONS.last if method == OPTIONS

        OPERATIONS[resource].find { |each| each.methods.include?(method) }
      end

      # Parameters belong to lists.
      def query(call)
        return Query.page(call.target.query) if call.operation.name == "list"
        raise Errors::BadQuery unless call.target.query.empty?
      end

      def perform(call, place, page)
        name = call.operation.name
        case name
        when "options" then Answer.empty(options_headers(call.target.resource))
        when "list" then @operations.list(place, call.request, page)
        when "live", "ready", "stats" then @operations.public_send(name)
        else @operations.public_send(name, place, call.request)
        end
      end

      def options_headers(resource)
        headers = { Contract::Names::ALLOW => ALLOW[resource].join(", ") }
        headers[Contract::Names::ACCEPT_PATCH] = Contract::Media::MERGE_PATCH if resource == :document
        headers
      end

      def problem_headers(call, failure)
        case failure
        when Errors::MethodNotAllowed then { Contract::Names::ALLOW => ALLOW[call.target.resource].join(", ") }
        when Errors::UnsupportedMediaType
          call.operation.name == "patch" ? { Contract::Names::ACCEPT_PATCH => Contract::Media::MERGE_PATCH } : {}
        else {}
        end
      end

      def record(call, answer, started)
        request = call.request
        path, query = request.target.split("?", 2)
        target = query ? "#{path}?#{Query.without_values(query)}" : request.target
        @log.request(
          "method" => request.method.dup.force_encoding(Encoding::UTF_8).scrub, "target" => target.dup.force_encoding(Encoding::UTF_8).scrub, "operation" => call.operation&.name,
          "status" => answer.status, "error" => answer.error,
          "cache" => answer.headers[Contract::Names::CACHE_STATUS]&.delete_prefix("docproxy; "),
          "duration_us" => Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond) - started,
          "bytes_out" => request.head? ? 0 : answer.body.to_s.bytesize
        )
      end
    end
  end
end
