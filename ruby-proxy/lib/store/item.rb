# One row of a list.
# frozen_string_literal: true

module Docproxy
  module Store
    # id, etag and body (canonical, UTF-8) of a live document.
    Item = Struct.new(:id, :etag, :body)
  end
end
