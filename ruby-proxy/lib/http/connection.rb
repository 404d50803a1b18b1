# Makes puma's connections show requests as they came, whatever is wrong with them.
# frozen_string_literal: true

require "puma"
require "puma/client"

module Docproxy
  module Http
    # Prepended to Puma::Client, which has no hooks. Puma joins header lines, reads `If_Match` as If-Match, cuts the target, reads
    # bodies of any size, and answers what it refuses by itself; the contract wants all of that seen and answered by the app.
    # These methods have been the same from puma 5.6 to 8. What is kept for the app stands in the env under the keys below.
    module Connection
      # The header section as bytes.
      HEAD = "docproxy.head"
      # What is wrong with the body, or with all of it: see Request::TROUBLES.
      TROUBLE = "docproxy.trouble"
      # Bytes of a body beyond which it is not read; set for every connection by the server.
      LIMIT = "docproxy.limit"
      # How long, and how much, is read of a body that nobody wants before the connection is closed: closing with unread bytes
      # would reset the connection, and the answer could be lost on the way.
      LINGER_S = 2
      LINGER_BYTES = 16 * 1024 * 1024
      CHUNK = 64 * 1024

      # More of a body came than is taken.
      class TooLarge < StandardError; end

      def try_to_finish
        super
      rescue Puma::HttpParserError, Puma::HttpParserError501
        give_up(:malformed)
      end

      def reset(*)
        super
      rescue Puma::HttpParserError, Puma::HttpParserError501
        give_up(:malformed)
      end

      def process_back_to_back_requests
        super
      rescue Puma::HttpParserError, Puma::HttpParserError501
        give_up(:malformed)
      end

      def close
        linger if @env && @env[TROUBLE]
        super
      end

      private

      # The app judges Host itself.
      def validate_env; end

      # The header section is complete, and nothing of the body is read yet.
      def setup_body
        rest = @parser.body
        @env[HEAD] = plain(@buffer.byteslice(0, @buffer.bytesize - rest.bytesize))
        @env["REQUEST_PATH"] ||= "/" # Else puma would parse the target, and fail where it cannot.
        @env["HTTP_EXPECT"] = "100-continue" if @env["HTTP_EXPECT"]&.casecmp?("100-continue")
        settle_connection
        length = settle_length
        return super if @env["HTTP_TRANSFER_ENCODING"] && length.nil?

        given_length(length, rest) { super }
      rescue TooLarge
        give_up(:too_large)
      rescue ArgumentError, NoMethodError, TypeError
        give_up(:malformed)
      end

      # Puma keeps a tab before the digits.
      def settle_length
        length = @env["CONTENT_LENGTH"] or return
        @env["CONTENT_LENGTH"] = length.gsub(/\A[ \t]+|[ \t]+\z/, "")
      end

      # Puma compares the whole field, which may be a list.
      def settle_connection
        options = @env["HTTP_CONNECTION"].to_s.downcase.split(/[ \t]*,[ \t]*/)
        wish = %w[close keep-alive].find { |option| options.include?(option) }
        @env["HTTP_CONNECTION"] = wish if wish
      end

      # Puma's parser has written its own form of the names into the buffer: hyphens are underscores, underscores are commas.
      def plain(head)
        head.gsub(/\n[^:\r\n]+:/n) { |name| name.tr("_,", "-_") }
      end

      # With a length and a transfer encoding nobody knows where the next request begins. What follows a body that is complete
      # is the next request; puma 5.6 would drop it.
      def given_length(length, rest)
        return give_up(:malformed) if length && (@env["HTTP_TRANSFER_ENCODING"] || !length.match?(/\A\d+\z/))
        return yield if length.nil?
        return give_up(:too_large) if length.to_i > @env[LIMIT]
        return yield if rest.bytesize < length.to_i

        @read_header = false
        @body = StringIO.new(rest.byteslice(0, length.to_i))
        @buffer = rest.bytesize > length.to_i ? rest.byteslice(length.to_i..) : nil
        set_ready
        true
      end

      def read_body
        super
      rescue TooLarge
        give_up(:too_large)
      rescue EOFError, Puma::ConnectionError
        give_up(:short)
      rescue ArgumentError, NoMethodError, TypeError
        give_up(:malformed) # What puma 5.6 makes of an empty chunk size.
      end

      def write_chunk(part)
        raise TooLarge if @chunked_content_length + part.bytesize > @env[LIMIT]

        super
      end

      # Hands the request to the app as it is; the connection is closed after the answer.
      def give_up(trouble)
        @env[HEAD] ||= plain(@buffer.to_s)
        @env[TROUBLE] = trouble
        @env["HTTP_CONNECTION"] = "close"
        @env["HTTP_VERSION"] = @env["SERVER_PROTOCOL"] = "HTTP/1.1"
        @env["REQUEST_PATH"] ||= "/"
        @read_header = false
        @body = Puma::Client::EmptyBody
        @buffer = nil
        set_ready
        true
      end

      def linger
        @io.close_write
        deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LINGER_S
        left = LINGER_BYTES
        while left.positive? && (wait = deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC)).positive?
          break unless @io.wait_readable(wait)

          left -= @io.readpartial(CHUNK).bytesize
        end
      rescue IOError, SystemCallError
        nil # The other side is gone.
      end
    end
    Puma::Client.prepend(Connection)
  end
end
