# The room of the operations on documents; each has a file of its own, and knows neither HTTP nor a driver.
# frozen_string_literal: true

require_relative "documents/create"
require_relative "documents/delete"
require_relative "documents/get"
require_relative "documents/list"
require_relative "documents/patch"
require_relative "documents/put"

module Docproxy
  # Operations fail with the classes of Errors; `cache` is a mode of Cache.
  module Documents
  end
end
