# Generated from contract/ by `cargo xtask codegen`; do not edit.
# frozen_string_literal: true

module Docproxy
  # The contract's facts.
  module Contract
    # This version of the project.
    VERSION = "0.1.0"
    # The methods this service knows, in the order of Allow.
    METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"].freeze

    # Every problem a client can be told (contract/errors.toml); body is the whole answer.
    Problem = Struct.new(:slug, :status, :retry_after_s, :body)

    # Every problem a client can be told (contract/errors.toml); body is the whole answer.
    module Problems
      UNKNOWN_METHOD = Problem.new("unknown-method", 501, nil, "{\"detail\":\"The request method is not one this service knows; use GET, HEAD, PUT, PATCH, DELETE, POST or OPTIONS.\",\"status\":501,\"title\":\"unknown method\",\"type\":\"urn:docproxy:unknown-method\"}").freeze
      TARGET_TOO_LONG = Problem.new("target-too-long", 414, nil, "{\"detail\":\"The request target or its query is too long; a target takes 8000 bytes, a query 4096.\",\"status\":414,\"title\":\"target too long\",\"type\":\"urn:docproxy:target-too-long\"}").freeze
      BAD_PATH = Problem.new("bad-path", 400, nil, "{\"detail\":\"The path holds a byte, an escape or a name that is not allowed; a collection is a-z, 0-9 and '-', an id is letters, digits and '.', '_', '~', '-'.\",\"status\":400,\"title\":\"bad path\",\"type\":\"urn:docproxy:bad-path\"}").freeze
      NOT_FOUND = Problem.new("not-found", 404, nil, "{\"detail\":\"There is no such resource; documents are at /v1/{collection}/{id}, lists at /v1/{collection}.\",\"status\":404,\"title\":\"not found\",\"type\":\"urn:docproxy:not-found\"}").freeze
      UNKNOWN_COLLECTION = Problem.new("unknown-collection", 404, nil, "{\"detail\":\"No route of this service matches the collection.\",\"status\":404,\"title\":\"unknown collection\",\"type\":\"urn:docproxy:unknown-collection\"}").freeze
      METHOD_NOT_ALLOWED = Problem.new("method-not-allowed", 405, nil, "{\"detail\":\"The resource does not take this method; Allow names those it takes.\",\"status\":405,\"title\":\"method not allowed\",\"type\":\"urn:docproxy:method-not-allowed\"}").freeze
      BAD_QUERY = Problem.new("bad-query", 400, nil, "{\"detail\":\"The query is malformed, or holds a parameter that is unknown, repeated or not allowed here; lists take limit, after and where.\",\"status\":400,\"title\":\"bad query\",\"type\":\"urn:docproxy:bad-query\"}").freeze
      HEADERS_TOO_LARGE = Problem.new("headers-too-large", 431, nil, "{\"detail\":\"The header section is too large; it takes 64 names and 16384 bytes.\",\"status\":431,\"title\":\"headers too large\",\"type\":\"urn:docproxy:headers-too-large\"}").freeze
      BAD_REQUEST = Problem.new("bad-request", 400, nil, "{\"detail\":\"The request is not well-formed HTTP; it needs one Host, one way to tell the body's length, and header names without '_'.\",\"status\":400,\"title\":\"bad request\",\"type\":\"urn:docproxy:bad-request\"}").freeze
      EXPECTATION_FAILED = Problem.new("expectation-failed", 417, nil, "{\"detail\":\"The expectation cannot be met; only 100-continue is known.\",\"status\":417,\"title\":\"expectation failed\",\"type\":\"urn:docproxy:expectation-failed\"}").freeze
      BAD_HEADER = Problem.new("bad-header", 400, nil, "{\"detail\":\"A header field that this request depends on is malformed or sent twice.\",\"status\":400,\"title\":\"bad header\",\"type\":\"urn:docproxy:bad-header\"}").freeze
      BODY_TOO_LARGE = Problem.new("body-too-large", 413, nil, "{\"detail\":\"The document is too large, as sent or in canonical form; at most 1048576 bytes are taken.\",\"status\":413,\"title\":\"body too large\",\"type\":\"urn:docproxy:body-too-large\"}").freeze
      UNSUPPORTED_MEDIA_TYPE = Problem.new("unsupported-media-type", 415, nil, "{\"detail\":\"The content type or content encoding is not taken; send application/json (PATCH: application/merge-patch+json) in UTF-8 without a content encoding.\",\"status\":415,\"title\":\"unsupported media type\",\"type\":\"urn:docproxy:unsupported-media-type\"}").freeze
      BAD_JSON = Problem.new("bad-json", 400, nil, "{\"detail\":\"The body is not strict JSON in UTF-8 (RFC 8259 and RFC 7493, no byte order mark).\",\"status\":400,\"title\":\"bad json\",\"type\":\"urn:docproxy:bad-json\"}").freeze
      DUPLICATE_NAME = Problem.new("duplicate-name", 400, nil, "{\"detail\":\"An object of the body has the same member name twice.\",\"status\":400,\"title\":\"duplicate name\",\"type\":\"urn:docproxy:duplicate-name\"}").freeze
      NUL_IN_NAME = Problem.new("nul-in-name", 422, nil, "{\"detail\":\"A member name holds U+0000, which the stores cannot keep.\",\"status\":422,\"title\":\"nul in name\",\"type\":\"urn:docproxy:nul-in-name\"}").freeze
      TOO_DEEP = Problem.new("too-deep", 422, nil, "{\"detail\":\"The document is nested too deeply; it takes 30 levels, the root counted.\",\"status\":422,\"title\":\"too deep\",\"type\":\"urn:docproxy:too-deep\"}").freeze
      NUMBER_OUT_OF_RANGE = Problem.new("number-out-of-range", 422, nil, "{\"detail\":\"A number is too large for an IEEE 754 double.\",\"status\":422,\"title\":\"number out of range\",\"type\":\"urn:docproxy:number-out-of-range\"}").freeze
      NUMBER_PRECISION = Problem.new("number-precision", 422, nil, "{\"detail\":\"An integer cannot be kept exactly in an IEEE 754 double; send it as a string.\",\"status\":422,\"title\":\"number precision\",\"type\":\"urn:docproxy:number-precision\"}").freeze
      ROOT_NOT_OBJECT = Problem.new("root-not-object", 422, nil, "{\"detail\":\"The body must be a JSON object.\",\"status\":422,\"title\":\"root not object\",\"type\":\"urn:docproxy:root-not-object\"}").freeze
      PRECONDITION_REQUIRED = Problem.new("precondition-required", 428, nil, "{\"detail\":\"This collection takes conditional writes only; send If-Match, or If-None-Match: * to create.\",\"status\":428,\"title\":\"precondition required\",\"type\":\"urn:docproxy:precondition-required\"}").freeze
      DOCUMENT_NOT_FOUND = Problem.new("document-not-found", 404, nil, "{\"detail\":\"There is no document with this id.\",\"status\":404,\"title\":\"document not found\",\"type\":\"urn:docproxy:document-not-found\"}").freeze
      PRECONDITION_FAILED = Problem.new("precondition-failed", 412, nil, "{\"detail\":\"A precondition does not hold for the document as it is now; read it again and decide anew.\",\"status\":412,\"title\":\"precondition failed\",\"type\":\"urn:docproxy:precondition-failed\"}").freeze
      KEY_CONFLICT = Problem.new("key-conflict", 409, nil, "{\"detail\":\"The document that this Idempotency-Key created was deleted; use a new key.\",\"status\":409,\"title\":\"key conflict\",\"type\":\"urn:docproxy:key-conflict\"}").freeze
      KEY_REUSED = Problem.new("key-reused", 422, nil, "{\"detail\":\"This Idempotency-Key was used with other content; use a new key.\",\"status\":422,\"title\":\"key reused\",\"type\":\"urn:docproxy:key-reused\"}").freeze
      DOCUMENT_REFUSED = Problem.new("document-refused", 422, nil, "{\"detail\":\"The store refuses this document for what it is.\",\"status\":422,\"title\":\"document refused\",\"type\":\"urn:docproxy:document-refused\"}").freeze
      CACHE_UNAVAILABLE = Problem.new("cache-unavailable", 503, 1, "{\"detail\":\"The cache cannot be used now, so this request cannot be answered safely; nothing was written.\",\"status\":503,\"title\":\"cache unavailable\",\"type\":\"urn:docproxy:cache-unavailable\"}").freeze
      STORE_UNAVAILABLE = Problem.new("store-unavailable", 503, 2, "{\"detail\":\"The store does not answer now; nothing was written.\",\"status\":503,\"title\":\"store unavailable\",\"type\":\"urn:docproxy:store-unavailable\"}").freeze
      OUTCOME_UNKNOWN = Problem.new("outcome-unknown", 503, 2, "{\"detail\":\"The write was sent and not confirmed; it may or may not take effect. Read the document before you repeat it.\",\"status\":503,\"title\":\"outcome unknown\",\"type\":\"urn:docproxy:outcome-unknown\"}").freeze
      CONTENTION = Problem.new("contention", 503, 1, "{\"detail\":\"Other writers were faster every time; nothing was written.\",\"status\":503,\"title\":\"contention\",\"type\":\"urn:docproxy:contention\"}").freeze
      BACKLOG_FULL = Problem.new("backlog-full", 503, 5, "{\"detail\":\"Too many writes wait for the store; nothing was written.\",\"status\":503,\"title\":\"backlog full\",\"type\":\"urn:docproxy:backlog-full\"}").freeze
      NOT_SYNCED = Problem.new("not-synced", 503, 1, "{\"detail\":\"The waiting writes did not reach the store in time.\",\"status\":503,\"title\":\"not synced\",\"type\":\"urn:docproxy:not-synced\"}").freeze
      INTERNAL_ERROR = Problem.new("internal-error", 500, nil, "{\"detail\":\"The service failed in a way it did not foresee; its log has the cause.\",\"status\":500,\"title\":\"internal error\",\"type\":\"urn:docproxy:internal-error\"}").freeze
      ALL = [UNKNOWN_METHOD, TARGET_TOO_LONG, BAD_PATH, NOT_FOUND, UNKNOWN_COLLECTION, METHOD_NOT_ALLOWED, BAD_QUERY, HEADERS_TOO_LARGE, BAD_REQUEST, EXPECTATION_FAILED, BAD_HEADER, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, BAD_JSON, DUPLICATE_NAME, NUL_IN_NAME, TOO_DEEP, NUMBER_OUT_OF_RANGE, NUMBER_PRECISION, ROOT_NOT_OBJECT, PRECONDITION_REQUIRED, DOCUMENT_NOT_FOUND, PRECONDITION_FAILED, KEY_CONFLICT, KEY_REUSED, DOCUMENT_REFUSED, CACHE_UNAVAILABLE, STORE_UNAVAILABLE, OUTCOME_UNKNOWN, CONTENTION, BACKLOG_FULL, NOT_SYNCED, INTERNAL_ERROR].freeze
    end

    # The Lua scripts (contract/scripts) with the digest that EVALSHA takes.
    Script = Struct.new(:name, :sha1, :text)

    # The Lua scripts (contract/scripts) with the digest that EVALSHA takes.
    module Scripts
      BEGIN_ = Script.new("begin", "0c023a855957237787ff052fedd8477f5402cc0f", "\#!lua flags=allow-oom\n-- Announces a writer: no entry and no lease from before it survives, and nothing is filled until it finished.\n-- KEYS entry lease writers | ARGV token, intent_ms | 1\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nredis.call('DEL', KEYS[1], KEYS[2])\nlocal live = 0\nif redis.call('TYPE', KEYS[3]).ok == 'zset' then\n  live = redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf')\nend\nif live == 0 then redis.call('DEL', KEYS[3]) end\nredis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[2]), ARGV[1])\nif live > 0 then redis.call('ZADD', KEYS[3], 0, '!') end\nredis.call('PEXPIRE', KEYS[3], string.format('%.0f', 2 * ARGV[2]))\nreturn 1\n").freeze
      CLAIM = Script.new("claim", "c1251f9c0366fd195cdda32ef1aef9eab4f95640", "\#!lua flags=allow-oom\n-- Takes what is due out of a queue's sight for long enough to store it; nothing leaves the queue.\n-- KEYS queue since, beginning of the dirty records' keys | ARGV rows at most, bytes of bodies at most, visibility_ms\n-- {{id, n, kind, etag, body, id, ...}, pending, TIME in ms}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal again = string.format('%.0f', now + ARGV[3])\nlocal rows, bytes = {}, 0\nfor _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])) do\n  local dirty = redis.pcall('HMGET', KEYS[3] .. id, 'n', 'k', 'e', 'b')\n  if not dirty.err and not dirty[1] and redis.call('EXISTS', KEYS[3] .. id) == 0 then\n    redis.call('ZREM', KEYS[1], id)\n    redis.call('ZREM', KEYS[2], id)\n  else\n    -- A record with garbage stays where it is, and does not hold up the others.\n    local right = not dirty.err and dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]\n    if right then\n      if bytes > 0 and bytes + \#dirty[4] > tonumber(ARGV[2]) then break end\n      bytes = bytes + \#dirty[4]\n      for _, part in ipairs({ id, dirty[1], dirty[2], dirty[3], dirty[4] }) do rows[\#rows + 1] = part end\n    end\n    redis.call('ZADD', KEYS[1], 'XX', again, id)\n  end\nend\nreturn { rows, redis.call('ZCARD', KEYS[1]), string.format('%.0f', now) }\n").freeze
      DONE = Script.new("done", "46c47ec1971f2a340f878566e1afc1c2b5e2f48e", "\#!lua flags=allow-oom\n-- Ends the wait of a version that the store has; a newer one goes on waiting.\n-- KEYS queue since dirty refused | ARGV id, n, delay_ms, TIME of the claim in ms | 'clean' 'newer'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal n = redis.call('HGET', KEYS[3], 'n')\nif n and n ~= ARGV[2] then\n  redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])\n  -- It came after the claim, else the claim had taken it.\n  redis.call('ZADD', KEYS[2], 'XX', ARGV[4], ARGV[1])\n  return 'newer'\nend\nredis.call('DEL', KEYS[3])\nredis.call('ZREM', KEYS[1], ARGV[1])\nredis.call('ZREM', KEYS[2], ARGV[1])\nredis.call('HDEL', KEYS[4], ARGV[1])\nreturn 'clean'\n").freeze
      FILL = Script.new("fill", "82289f51cd7c915efaa3ffe9d014d53451551b11", "-- Stores what the holder of the lease read, unless a write came in between; gives the lease back in any case.\n-- KEYS entry lease writers dirty | ARGV token, record, ttl_ms (0 = give the lease back only) | 'stored' 'refused'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nif redis.call('TYPE', KEYS[2]).ok ~= 'string' or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'refused' end\nlocal kind = redis.call('TYPE', KEYS[3]).ok\nlocal writers = kind == 'zset' and redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') or 0\nlocal answer = 'refused'\nif writers == 0 and redis.call('EXISTS', KEYS[4]) == 0 and ARGV[3] ~= '0' then\n  -- First write, under pcall: at maxmemory the entry stays absent.\n  local set = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n  if not set.err then\n    answer = 'stored'\n  elseif not string.find(set.err, 'OOM', 1, true) then\n    return set\n  end\nend\nredis.call('DEL', KEYS[2])\nreturn answer\n").freeze
      FINISH = Script.new("finish", "1c19b355788fafbbf9ad3911f083ded5a83b3153", "-- Ends a writer; the last of those that never overlapped may leave its value in the cache.\n-- KEYS entry lease writers | ARGV token, record, ttl_ms (0 = leave nothing) | 'late' 'unset' 'set'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal floor = '(' .. string.format('%.0f', now)\nlocal deadline, others = false, 0\nif redis.call('TYPE', KEYS[3]).ok == 'zset' then\n  deadline = redis.call('ZSCORE', KEYS[3], ARGV[1])\n  others = redis.call('ZCOUNT', KEYS[3], floor, '+inf')\nend\nif not deadline or tonumber(deadline) <= now then\n  -- My write may have come after theirs, so none of them may set. At maxmemory forgetting all of them does the same.\n  local marked = others > 0 and redis.pcall('ZADD', KEYS[3], 0, '!')\n  if others == 0 or type(marked) == 'table' and marked.err then redis.call('DEL', KEYS[3]) end\n  redis.call('DEL', KEYS[1], KEYS[2])\n  return 'late'\nend\nif others > 1 then\n  redis.call('ZREM', KEYS[3], ARGV[1])\n  return 'unset'\nend\nlocal answer = 'unset'\nif not redis.call('ZSCORE', KEYS[3], '!') then\n  -- First write, under pcall: at maxmemory the entry stays absent.\n  local set = ARGV[3] ~= '0' and redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n  if not set or set.err then redis.call('DEL', KEYS[1]) end\n  answer = 'set'\nend\nredis.call('DEL', KEYS[3])\nreturn answer\n").freeze
      JOIN = Script.new("join", "ae4a06ce24c5ddfa7465d7acc2a3c85e32e77b37", "\#!lua flags=allow-oom\n-- Joins the fleet that one routing file names, refreshes the membership, or leaves.\n-- KEYS fleet | ARGV hash, proxy id, live_ms (0 = leave) | 1 member (or left), 0 another hash lives\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal member = ARGV[1] .. ' ' .. ARGV[2]\nif ARGV[3] == '0' then\n  redis.call('ZREM', KEYS[1], member)\n  return 1\nend\nredis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))\nfor _, other in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do\n  if string.sub(other, 1, \#ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end\nend\nredis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), member)\nreturn 1\n").freeze
      MISS = Script.new("miss", "1a6d08eb844c42c62691642979758d1e25b725f5", "-- Decides what a reader does that found no usable entry, or a writer that knows no base.\n-- KEYS entry lease writers dirty | ARGV token, lease_ms, ttl_ms of a value, of an absence (0 = not cached)\n-- {'pending', record} not in the store yet | {'hit', record} | {'bypass'} a writer is in progress, or no memory | {'lease'} read the store and fill | {'wait'}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal function drop_unless(key, kind)\n  local found = redis.call('TYPE', key).ok\n  if found ~= 'none' and found ~= kind then redis.call('DEL', key) end\nend\n-- Read first: a dirty record of a wrong type is an error that changes nothing.\nlocal dirty = redis.call('HMGET', KEYS[4], 'n', 'k', 'e', 'b')\nif not dirty[1] and redis.call('EXISTS', KEYS[4]) == 1 then return redis.error_reply('ERR the dirty record lacks a part') end\ndrop_unless(KEYS[1], 'string')\ndrop_unless(KEYS[2], 'string')\ndrop_unless(KEYS[3], 'zset')\nif dirty[1] then\n  local record = table.concat(dirty, '|')\n  local ttl = dirty[2] == 'V' and ARGV[3] or ARGV[4]\n  -- Without memory the entry stays absent.\n  if ttl ~= '0' then redis.pcall('SET', KEYS[1], record, 'PX', ttl) end\n  return { 'pending', record }\nend\nlocal record = redis.call('GET', KEYS[1])\nif record then return { 'hit', record } end\nif redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') > 0 then return { 'bypass' } end\n-- Without a shebang a refused first write can be caught: at maxmemory the reader goes past the cache.\nlocal taken = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])\nif not taken then return { 'wait' } end\nif taken.err then\n  if string.find(taken.err, 'OOM', 1, true) then return { 'bypass' } end\n  return taken\nend\nreturn { 'lease' }\n").freeze
      PUT = Script.new("put", "9986b1326833f3e53db6885a257bf50239f7fd01", "-- Accepts a write-behind write: the dirty record, its place in the queue and the entry, all or nothing.\n-- KEYS entry lease dirty queue since last refused\n-- ARGV id, token ('' = the base needs none), base 'n|kind' ('' = unknown), guard ('' | exists | absent | =n), blind (1 = goes without a base), kind, etag, body, ttl_ms (0 = leave no entry), delay_ms, max_pending\n-- {'ok', n, kind before} | {'blind', n} | {'conflict', record ('' = the base given)} | {'needbase'} | {'full'}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal id, token, base, guard = ARGV[1], ARGV[2], ARGV[3], ARGV[4]\n\n-- Whatever may refuse comes before the first write: a queue key of a wrong type or with garbage changes nothing.\nlocal dirty = redis.call('HMGET', KEYS[3], 'n', 'k', 'e', 'b')\nlocal waiting = redis.call('ZCARD', KEYS[4])\nredis.call('ZSCORE', KEYS[5], id)\nlocal last = redis.call('GET', KEYS[6]) or '0'\nredis.call('HEXISTS', KEYS[7], id)\nif not string.match(last, '^%d+$') then return redis.error_reply('ERR the last number given out is none') end\nlocal is_dirty = redis.call('EXISTS', KEYS[3]) == 1\nif is_dirty and not (dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]) then\n  return redis.error_reply('ERR the dirty record lacks a part')\nend\nlocal is_mine = token ~= '' and redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2]) == token\nlocal function refuse(reply)\n  if is_mine then redis.call('DEL', KEYS[2]) end\n  return reply\nend\n\nlocal n, kind, record\nif is_dirty then\n  n, kind, record = dirty[1], dirty[2], table.concat(dirty, '|')\nelse\n  local entry = redis.call('TYPE', KEYS[1]).ok\n  if entry == 'string' then\n    record = redis.call('GET', KEYS[1])\n    local etag, from\n    n, kind, etag, from = string.match(record, '^(%d+)|([VTN])|([0-9a-f]*)|()')\n    local bare = etag == '' and from > \#record\n    local right = n and tonumber(n) < 2 ^ 53 and string.format('%.0f', tonumber(n)) == n\n      and (kind == 'V' and n ~= '0' and \#etag == 32 and from <= \#record or kind == 'T' and n ~= '0' and bare or kind == 'N' and n == '0' and bare)\n    if not right then n = nil end\n  end\n  if not n and base ~= '' and (token == '' or is_mine) then\n    n, kind = string.match(base, '^(%d+)|([VTN])$')\n    record = ''\n  end\nend\nif n then\n  local holds = guard == '' or guard == 'exists' and kind == 'V' or guard == 'absent' and kind == 'N' or guard == '=' .. n\n  if not holds then return refuse({ 'conflict', record }) end\nelseif ARGV[5] ~= '1' then\n  if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end\n  return refuse({ 'needbase' })\nend\nif not is_dirty and waiting >= tonumber(ARGV[11]) then return refuse({ 'full' }) end\n\n-- n keeps pace with the clock, so that it is above any that a write without a base cannot know.\nlocal mine = string.format('%.0f', math.max(tonumber(last), tonumber(n or '0'), time[1] * 1000000 + time[2] - 1) + 1)\n-- First write, under pcall: at maxmemory nothing of this is done.\nlocal set = redis.pcall('HSET', KEYS[3], 'n', mine, 'k', ARGV[6], 'e', ARGV[7], 'b', ARGV[8])\nif type(set) == 'table' and set.err then\n  if string.find(set.err, 'OOM', 1, true) then return refuse({ 'full' }) end\n  return set\nend\nlocal due = string.format('%.0f', now + ARGV[10])\n-- The first of several writes sets the time, so a hot key cannot starve itself; a document that was refused gets a new try.\nif redis.call('HDEL', KEYS[7], id) == 1 then\n  redis.call('ZADD', KEYS[4], due, id)\nelse\n  redis.call('ZADD', KEYS[4], 'NX', due, id)\nend\nredis.call('ZADD', KEYS[5], 'NX', string.format('%.0f', now), id)\nredis.call('SET', KEYS[6], mine)\nif ARGV[9] ~= '0' then\n  redis.call('SET', KEYS[1], mine .. '|' .. ARGV[6] .. '|' .. ARGV[7] .. '|' .. ARGV[8], 'PX', ARGV[9])\nelse\n  redis.call('DEL', KEYS[1])\nend\nredis.call('DEL', KEYS[2])\nif not n then return { 'blind', mine } end\nreturn { 'ok', mine, kind }\n").freeze
      REFUSE = Script.new("refuse", "ecceffccdb38f8ee4af9b383b998a146ab15bb25", "\#!lua flags=allow-oom\n-- Notes a version that the store refuses for what it is; it stays dirty, and is tried again now and then.\n-- KEYS queue dirty refused | ARGV id, n, pause_ms | 'refused' 'again' (noted before) 'newer'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nif redis.call('HGET', KEYS[2], 'n') ~= ARGV[2] then return 'newer' end\nlocal is_new = redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2]\nredis.call('HSET', KEYS[3], ARGV[1], ARGV[2])\nredis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])\nreturn is_new and 'refused' or 'again'\n").freeze
      ALL = [BEGIN_, CLAIM, DONE, FILL, FINISH, JOIN, MISS, PUT, REFUSE].freeze
    end

    # Why a routing file is refused (contract/messages.toml); names in braces are filled in.
    Fault = Struct.new(:id, :wrong, :right)

    # Why a routing file is refused (contract/messages.toml); names in braces are filled in.
    module Faults
      SYNTAX = Fault.new("syntax", "not strict JSON ({slug})", "RFC 8259 JSON in UTF-8 without comments, trailing commas or repeated names").freeze
      UNKNOWN_KEY = Fault.new("unknown-key", "unknown key", "known here: {known}").freeze
      MISSING = Fault.new("missing", "missing", "expected {expected}").freeze
      WRONG_TYPE = Fault.new("wrong-type", "wrong type", "expected {expected}").freeze
      EMPTY = Fault.new("empty", "empty", "expected {expected}").freeze
      OUT_OF_RANGE = Fault.new("out-of-range", "out of range", "expected {expected}").freeze
      NOT_ALLOWED_VALUE = Fault.new("not-allowed-value", "value not allowed", "expected {expected}").freeze
      BAD_URL = Fault.new("bad-url", "not a usable URL", "expected {expected}").freeze
      UNSET_VARIABLE = Fault.new("unset-variable", "environment variable {name} is not set", "set it, or write the value in its place").freeze
      BAD_NAME = Fault.new("bad-name", "not a name for a store", "expected a-z, then up to 31 of a-z, 0-9 and -").freeze
      BAD_MATCH = Fault.new("bad-match", "not a collection pattern", "expected {expected}").freeze
      DUPLICATE_MATCH = Fault.new("duplicate-match", "same match as route {index}", "remove one of the two").freeze
      SHADOWED_MATCH = Fault.new("shadowed-match", "never reached, route {index} matches all of it", "put the narrower match first").freeze
      UNKNOWN_STORE = Fault.new("unknown-store", "no such store", "expected one of: {known}").freeze
      NO_MEANING_HERE = Fault.new("no-meaning-here", "no meaning with cache mode {mode}", "remove the key, or choose another mode").freeze
      UNSAFE_EVICTION = Fault.new("unsafe-eviction", "Redis has maxmemory-policy {value}, which evicts what must not vanish", "CONFIG SET maxmemory-policy noeviction (or a volatile one), and the same in redis.conf").freeze
      UNSAFE_DURABILITY = Fault.new("unsafe-durability", "Redis has {name} {value}, with which an acknowledged write can be lost", "CONFIG SET {name} {expected}, and the same in redis.conf; or choose durability relaxed").freeze
      UNSAFE_UNKNOWN = Fault.new("unsafe-unknown", "Redis does not tell its settings (CONFIG GET is refused)", "allow CONFIG GET for this user").freeze
      ANOTHER_FLEET = Fault.new("another-fleet", "proxies with another routing file are live on this Redis", "stop them first (they count for 10 s after that), or give all the same file").freeze
      ALL = [SYNTAX, UNKNOWN_KEY, MISSING, WRONG_TYPE, EMPTY, OUT_OF_RANGE, NOT_ALLOWED_VALUE, BAD_URL, UNSET_VARIABLE, BAD_NAME, BAD_MATCH, DUPLICATE_MATCH, SHADOWED_MATCH, UNKNOWN_STORE, NO_MEANING_HERE, UNSAFE_EVICTION, UNSAFE_DURABILITY, UNSAFE_UNKNOWN, ANOTHER_FLEET].freeze
    end

    # The operations (contract/operations.toml).
    Operation = Struct.new(:name, :methods, :resource, :path, :body)
    OPERATIONS = [
      Operation.new("any", [].freeze, "any", nil, nil).freeze,
      Operation.new("get", ["GET", "HEAD"].freeze, "document", nil, nil).freeze,
      Operation.new("put", ["PUT"].freeze, "document", nil, "application/json").freeze,
      Operation.new("patch", ["PATCH"].freeze, "document", nil, "application/merge-patch+json").freeze,
      Operation.new("delete", ["DELETE"].freeze, "document", nil, nil).freeze,
      Operation.new("create", ["POST"].freeze, "collection", nil, "application/json").freeze,
      Operation.new("list", ["GET", "HEAD"].freeze, "collection", nil, nil).freeze,
      Operation.new("live", ["GET", "HEAD"].freeze, "live", "/_health/live", nil).freeze,
      Operation.new("ready", ["GET", "HEAD"].freeze, "ready", "/_health/ready", nil).freeze,
      Operation.new("stats", ["GET", "HEAD"].freeze, "stats", "/_stats", nil).freeze,
      Operation.new("options", ["OPTIONS"].freeze, "any", nil, nil).freeze,
    ].freeze

    # Every outcome of every operation; needs names what must be there to reach it.
    Outcome = Struct.new(:operation, :status, :problem, :needs)
    OUTCOMES = [
      Outcome.new("any", 400, "bad-request", nil).freeze,
      Outcome.new("any", 400, "bad-path", nil).freeze,
      Outcome.new("any", 400, "bad-query", nil).freeze,
      Outcome.new("any", 404, "not-found", nil).freeze,
      Outcome.new("any", 404, "unknown-collection", nil).freeze,
      Outcome.new("any", 405, "method-not-allowed", nil).freeze,
      Outcome.new("any", 414, "target-too-long", nil).freeze,
      Outcome.new("any", 417, "expectation-failed", nil).freeze,
      Outcome.new("any", 431, "headers-too-large", nil).freeze,
      Outcome.new("any", 501, "unknown-method", nil).freeze,
      Outcome.new("get", 200, nil, nil).freeze,
      Outcome.new("get", 304, nil, nil).freeze,
      Outcome.new("get", 400, "bad-header", nil).freeze,
      Outcome.new("get", 404, "document-not-found", nil).freeze,
      Outcome.new("get", 412, "precondition-failed", nil).freeze,
      Outcome.new("get", 503, "cache-unavailable", nil).freeze,
      Outcome.new("get", 503, "store-unavailable", nil).freeze,
      Outcome.new("get", 503, "not-synced", nil).freeze,
      Outcome.new("put", 200, nil, nil).freeze,
      Outcome.new("put", 201, nil, nil).freeze,
      Outcome.new("put", 202, nil, nil).freeze,
      Outcome.new("put", 400, "bad-header", nil).freeze,
      Outcome.new("put", 400, "bad-json", nil).freeze,
      Outcome.new("put", 400, "duplicate-name", nil).freeze,
      Outcome.new("put", 412, "precondition-failed", nil).freeze,
      Outcome.new("put", 413, "body-too-large", nil).freeze,
      Outcome.new("put", 415, "unsupported-media-type", nil).freeze,
      Outcome.new("put", 422, "nul-in-name", nil).freeze,
      Outcome.new("put", 422, "too-deep", nil).freeze,
      Outcome.new("put", 422, "number-out-of-range", nil).freeze,
      Outcome.new("put", 422, "number-precision", nil).freeze,
      Outcome.new("put", 422, "root-not-object", nil).freeze,
      Outcome.new("put", 422, "document-refused", nil).freeze,
      Outcome.new("put", 428, "precondition-required", nil).freeze,
      Outcome.new("put", 503, "cache-unavailable", nil).freeze,
      Outcome.new("put", 503, "store-unavailable", nil).freeze,
      Outcome.new("put", 503, "outcome-unknown", nil).freeze,
      Outcome.new("put", 503, "contention", nil).freeze,
      Outcome.new("put", 503, "backlog-full", nil).freeze,
      Outcome.new("put", 503, "not-synced", nil).freeze,
      Outcome.new("patch", 200, nil, nil).freeze,
      Outcome.new("patch", 400, "bad-header", nil).freeze,
      Outcome.new("patch", 400, "bad-json", nil).freeze,
      Outcome.new("patch", 400, "duplicate-name", nil).freeze,
      Outcome.new("patch", 404, "document-not-found", nil).freeze,
      Outcome.new("patch", 412, "precondition-failed", nil).freeze,
      Outcome.new("patch", 413, "body-too-large", nil).freeze,
      Outcome.new("patch", 415, "unsupported-media-type", nil).freeze,
      Outcome.new("patch", 422, "nul-in-name", nil).freeze,
      Outcome.new("patch", 422, "too-deep", nil).freeze,
      Outcome.new("patch", 422, "number-out-of-range", nil).freeze,
      Outcome.new("patch", 422, "number-precision", nil).freeze,
      Outcome.new("patch", 422, "root-not-object", nil).freeze,
      Outcome.new("patch", 422, "document-refused", nil).freeze,
      Outcome.new("patch", 428, "precondition-required", nil).freeze,
      Outcome.new("patch", 503, "cache-unavailable", nil).freeze,
      Outcome.new("patch", 503, "store-unavailable", nil).freeze,
      Outcome.new("patch", 503, "outcome-unknown", nil).freeze,
      Outcome.new("patch", 503, "contention", nil).freeze,
      Outcome.new("patch", 503, "backlog-full", nil).freeze,
      Outcome.new("patch", 503, "not-synced", nil).freeze,
      Outcome.new("delete", 204, nil, nil).freeze,
      Outcome.new("delete", 202, nil, nil).freeze,
      Outcome.new("delete", 400, "bad-header", nil).freeze,
      Outcome.new("delete", 404, "document-not-found", nil).freeze,
      Outcome.new("delete", 412, "precondition-failed", nil).freeze,
      Outcome.new("delete", 422, "document-refused", nil).freeze,
      Outcome.new("delete", 428, "precondition-required", nil).freeze,
      Outcome.new("delete", 503, "cache-unavailable", nil).freeze,
      Outcome.new("delete", 503, "store-unavailable", nil).freeze,
      Outcome.new("delete", 503, "outcome-unknown", nil).freeze,
      Outcome.new("delete", 503, "contention", nil).freeze,
      Outcome.new("delete", 503, "backlog-full", nil).freeze,
      Outcome.new("delete", 503, "not-synced", nil).freeze,
      Outcome.new("create", 201, nil, nil).freeze,
      Outcome.new("create", 400, "bad-header", nil).freeze,
      Outcome.new("create", 400, "bad-json", nil).freeze,
      Outcome.new("create", 400, "duplicate-name", nil).freeze,
      Outcome.new("create", 409, "key-conflict", nil).freeze,
      Outcome.new("create", 413, "body-too-large", nil).freeze,
      Outcome.new("create", 415, "unsupported-media-type", nil).freeze,
      Outcome.new("create", 422, "nul-in-name", nil).freeze,
      Outcome.new("create", 422, "too-deep", nil).freeze,
      Outcome.new("create", 422, "number-out-of-range", nil).freeze,
      Outcome.new("create", 422, "number-precision", nil).freeze,
      Outcome.new("create", 422, "root-not-object", nil).freeze,
      Outcome.new("create", 422, "document-refused", nil).freeze,
      Outcome.new("create", 422, "key-reused", nil).freeze,
      Outcome.new("create", 503, "cache-unavailable", nil).freeze,
      Outcome.new("create", 503, "store-unavailable", nil).freeze,
      Outcome.new("create", 503, "outcome-unknown", nil).freeze,
      Outcome.new("create", 503, "contention", nil).freeze,
      Outcome.new("create", 503, "backlog-full", nil).freeze,
      Outcome.new("create", 503, "not-synced", nil).freeze,
      Outcome.new("list", 200, nil, nil).freeze,
      Outcome.new("list", 400, "bad-query", nil).freeze,
      Outcome.new("list", 503, "cache-unavailable", nil).freeze,
      Outcome.new("list", 503, "store-unavailable", nil).freeze,
      Outcome.new("list", 503, "not-synced", nil).freeze,
      Outcome.new("live", 200, nil, nil).freeze,
      Outcome.new("ready", 200, nil, nil).freeze,
      Outcome.new("ready", 503, nil, nil).freeze,
      Outcome.new("stats", 200, nil, nil).freeze,
      Outcome.new("options", 204, nil, nil).freeze,
    ].freeze

    # The keys of the routing file in the order in which they are checked (contract/routing.schema.json).
    Setting = Struct.new(:group, :key, :kind, :required, :default, :minimum, :maximum, :allowed, :pattern, :expected, :modes)
    SETTINGS = [
      Setting.new("root", "listen", "string", false, "127.0.0.1:8080", nil, nil, [].freeze, "^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$", "HOST:PORT, for example 127.0.0.1:8080", [].freeze).freeze,
      Setting.new("root", "redis", "object", false, nil, nil, nil, [].freeze, nil, "an object with url", [].freeze).freeze,
      Setting.new("root", "stores", "object", true, nil, nil, nil, [].freeze, nil, "an object of stores by name", [].freeze).freeze,
      Setting.new("root", "limits", "object", false, nil, nil, nil, [].freeze, nil, "an object", [].freeze).freeze,
      Setting.new("root", "routes", "array", true, nil, nil, nil, [].freeze, nil, "an array of at least one route", [].freeze).freeze,
      Setting.new("redis", "url", "string", true, nil, nil, nil, [].freeze, nil, "redis://[[user]:password@]host[:port][/database]", [].freeze).freeze,
      Setting.new("redis", "timeout_ms", "integer", false, "250", 1, 60000, [].freeze, nil, "an integer from 1 to 60000", [].freeze).freeze,
      Setting.new("store", "kind", "string", true, nil, nil, nil, ["mongodb", "mysql"].freeze, nil, "one of: mongodb, mysql", [].freeze).freeze,
      Setting.new("store", "url", "string", true, nil, nil, nil, [].freeze, nil, "mongodb://[user:password@]host[:port][,...]/database[?options] or mysql://user[:password]@host[:port]/database, as kind says", [].freeze).freeze,
      Setting.new("store", "timeout_ms", "integer", false, "2000", 1, 60000, [].freeze, nil, "an integer from 1 to 60000", [].freeze).freeze,
      Setting.new("limits", "body_bytes", "integer", false, "1048576", 1, 1048576, [].freeze, nil, "an integer from 1 to 1048576", [].freeze).freeze,
      Setting.new("route", "match", "string", true, nil, nil, nil, [].freeze, "^(\\*|[a-z][a-z0-9-]{0,62}|[a-z][a-z0-9-]{0,61}\\*)$", "a collection name, or the beginning of one followed by *", [].freeze).freeze,
      Setting.new("route", "store", "string", true, nil, nil, nil, [].freeze, nil, "the name of a store", [].freeze).freeze,
      Setting.new("route", "cache", "string", false, "write-through", nil, nil, ["off", "write-through", "write-behind"].freeze, nil, "one of: off, write-through, write-behind", [].freeze).freeze,
      Setting.new("route", "ttl_ms", "integer", false, "300000", 1, 2147483647, [].freeze, nil, "an integer from 1 to 2147483647", ["write-through", "write-behind"].freeze).freeze,
      Setting.new("route", "negative_ttl_ms", "integer", false, "2000", 0, 2147483647, [].freeze, nil, "an integer from 0 to 2147483647", ["write-through", "write-behind"].freeze).freeze,
      Setting.new("route", "on_cache_down", "string", false, "refuse", nil, nil, ["refuse", "bypass"].freeze, nil, "one of: refuse, bypass", ["write-through"].freeze).freeze,
      Setting.new("route", "delay_ms", "integer", false, "200", 1, 2147483647, [].freeze, nil, "an integer from 1 to 2147483647", ["write-behind"].freeze).freeze,
      Setting.new("route", "max_pending", "integer", false, "100000", 1, 2147483647, [].freeze, nil, "an integer from 1 to 2147483647", ["write-behind"].freeze).freeze,
      Setting.new("route", "durability", "string", false, "aof", nil, nil, ["aof", "relaxed"].freeze, nil, "one of: aof, relaxed", ["write-behind"].freeze).freeze,
      Setting.new("route", "require_match", "boolean", false, "false", nil, nil, [].freeze, nil, "true or false", [].freeze).freeze,
    ].freeze

    # What Redis must be set to where a route has durability aof (contract/keys.toml).
    Durability = Struct.new(:name, :value)
    DURABILITY = [
      Durability.new("appendonly", "yes").freeze,
      Durability.new("appendfsync", "always").freeze,
      Durability.new("no-appendfsync-on-rewrite", "no").freeze,
    ].freeze

    # Numbers that more than one place must agree on (contract/limits.toml).
    module Limits
      BODY_BYTES = 1048576
      DEPTH_LEVELS = 30
      TARGET_BYTES = 8000
      QUERY_BYTES = 4096
      HEADER_NAMES = 64
      HEADER_BYTES = 16384
      HEADER_OVERHEAD_BYTES = 4
      COLLECTION_BYTES = 63
      ID_BYTES = 128
      IDEMPOTENCY_KEY_BYTES = 128
      LIST_DEFAULT_ITEMS = 50
      LIST_MAX_ITEMS = 1000
      WHERE_ESCAPED_BYTES = 3800
      WHERE_OPERATORS = 32
      WHERE_OPERANDS = 100
      WHERE_PUSHDOWN_NAMES = 29
      LIST_BATCH_ROWS = 200
      LIST_EXAMINED_ROWS = 10000
      LIST_EXAMINED_BYTES = 16777216
      LIST_TIME_FACTOR = 5
      WRITE_TRIES = 5
      LEASE_FACTOR = 1
      INTENT_FACTOR = 2
      WAIT_INTERVAL_MS = 20
      HEARTBEAT_INTERVAL_MS = 2000
      FLEET_LIVE_MS = 10000
      KEEP_ALIVE_MS = 30000
      IDLE_PING_MS = 30000
      STOP_GRACE_MS = 10000
      TOMBSTONE_S = 86400
      SWEEP_INTERVAL_S = 3600
      READY_TIMEOUT_MS = 1000
      SAFE_INTEGER = 9007199254740991
      VISIBILITY_FACTOR = 2
      CLAIM_ROWS = 100
      CLAIM_BYTES = 4194304
      CLAIM_INTERVAL_MS = 50
      QUEUES_INTERVAL_MS = 1000
      QUEUES_PER_S = 200
      REFUSED_PAUSE_MS = 30000
      PENDING_TOO_OLD_MS = 60000
      DRAIN_BACKOFF_FIRST_MS = 100
      DRAIN_BACKOFF_MOST_MS = 5000
      PREFER_WAIT_S = 60
    end

    # Header names (contract/headers.toml).
    module Names
      ACCEPT_PATCH = "Accept-Patch"
      ALLOW = "Allow"
      CACHE_CONTROL = "Cache-Control"
      CACHE_STATUS = "Cache-Status"
      CONNECTION = "Connection"
      CONTENT_ENCODING = "Content-Encoding"
      CONTENT_LENGTH = "Content-Length"
      CONTENT_RANGE = "Content-Range"
      CONTENT_TYPE = "Content-Type"
      ETAG = "ETag"
      EXPECT = "Expect"
      HOST = "Host"
      IDEMPOTENCY_KEY = "Idempotency-Key"
      IF_MATCH = "If-Match"
      IF_NONE_MATCH = "If-None-Match"
      LINK = "Link"
      LOCATION = "Location"
      PENDING_WRITES = "Pending-Writes"
      PREFER = "Prefer"
      RETRY_AFTER = "Retry-After"
      TRANSFER_ENCODING = "Transfer-Encoding"
      WRITE_STATUS = "Write-Status"
    end

    # Media types.
    module Media
      JSON = "application/json"
      MERGE_PATCH = "application/merge-patch+json"
      PROBLEM = "application/problem+json"
    end

    # Values of Cache-Control.
    module CacheControl
      DOCUMENT = "no-cache"
      OTHER = "no-store"
    end

    # Values of Cache-Status (RFC 9211).
    module CacheStatus
      HIT = "docproxy; hit"
      PENDING = "docproxy; hit; detail=pending"
      STORED = "docproxy; fwd=uri-miss; stored"
      MISS = "docproxy; fwd=uri-miss"
      COLLAPSED = "docproxy; fwd=uri-miss; collapsed"
      BYPASS = "docproxy; fwd=bypass"
      CACHE_DOWN = "docproxy; fwd=bypass; detail=cache-down"
      REQUEST = "docproxy; fwd=request"
    end

    # Values of Write-Status.
    module WriteStatus
      STORED = "stored"
      QUEUED = "queued"
      UNKNOWN_BASE = "unknown-base"
    end

    # Redis keys: the pieces around the collection, the generation and the id (contract/keys.toml).
    module Keys
      FLEET = ["dp:fleet"].freeze
      ENTRY = ["dp:{", "}:c", ":", ""].freeze
      LEASE = ["dp:{", "}:l", ":", ""].freeze
      WRITERS = ["dp:{", "}:w:", ""].freeze
      QUEUES = ["dp:queues"].freeze
      DIRTY = ["dp:{", "}:d:", ""].freeze
      QUEUE = ["dp:{", "}:q"].freeze
      SINCE = ["dp:{", "}:a"].freeze
      REFUSED = ["dp:{", "}:r"].freeze
      LAST = ["dp:{", "}:s"].freeze
    end

    # What a URL of the routing file looks like once its variables are filled in, by kind (contract/routing.schema.json).
    module Urls
      REDIS = "^redis://([A-Za-z0-9._~!$&'()*+,;=%-]*:[A-Za-z0-9._~!$&'()*+,;=%-]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[0-9]{0,3})?$"
      MONGODB = "^mongodb://([A-Za-z0-9._~!$&'()*+,;=%-]+:[A-Za-z0-9._~!$&'()*+,;=%-]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(,([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?)*/[A-Za-z0-9_-]{1,63}(\\?[A-Za-z0-9._~!$&'()*+,;=%:@/?-]*)?$"
      MYSQL = "^mysql://[A-Za-z0-9._~!$&'()*+,;=%-]+(:[A-Za-z0-9._~!$&'()*+,;=%-]*)?@([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?/[A-Za-z0-9_-]{1,63}$"
    end

    # What is expected of the routing file's own objects (contract/routing.schema.json).
    module Objects
      ROOT = "an object"
      STORE = "an object with kind and url"
      ROUTE = "an object with match and store"
    end

    # The parts of a cached record.
    module Record
      SEPARATOR = "|"
      VALUE = "V"
      DELETED = "T"
      ABSENT = "N"
    end

    # SQL statements and error numbers (contract/store.toml).
    module Mysql
      SESSION = ["SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, time_zone = '+00:00'", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"].freeze
      CREATE_TABLE = "CREATE TABLE IF NOT EXISTS documents (coll VARBINARY(63) NOT NULL, id VARBINARY(128) NOT NULL, n BIGINT UNSIGNED NOT NULL, del TINYINT NOT NULL, etag CHAR(32) CHARACTER SET ascii NOT NULL, body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, gone DATETIME(3) NULL, PRIMARY KEY (coll, id), KEY (gone)) ENGINE=InnoDB"
      CREATE_EVENT = "CREATE EVENT IF NOT EXISTS docproxy_sweep ON SCHEDULE EVERY 3600 SECOND DO DELETE FROM documents WHERE gone < UTC_TIMESTAMP(3) - INTERVAL 86400 SECOND"
      GET = "SELECT n, del, etag, body FROM documents WHERE coll = ? AND id = ?"
      INSERT = "INSERT INTO documents (coll, id, n, del, etag, body, gone) VALUES (?, ?, ?, ?, ?, ?, ?)"
      UPDATE = "UPDATE documents SET n = ?, del = ?, etag = ?, body = ?, gone = ? WHERE coll = ? AND id = ? AND n = ?"
      PUT_NEWER_HEAD = "INSERT INTO documents (coll, id, n, del, etag, body, gone) VALUES "
      PUT_NEWER_ROW = "(?, ?, ?, ?, ?, ?, ?)"
      PUT_NEWER_TAIL = " ON DUPLICATE KEY UPDATE del = IF(VALUES(n) > n, VALUES(del), del), etag = IF(VALUES(n) > n, VALUES(etag), etag), body = IF(VALUES(n) > n, VALUES(body), body), gone = IF(VALUES(n) > n, VALUES(gone), gone), n = IF(VALUES(n) > n, VALUES(n), n)"
      LIST = "/*M!100100 SET STATEMENT max_statement_time = {list_timeout_s} FOR */ SELECT /*+ MAX_EXECUTION_TIME({list_timeout_ms}) */ id, etag, body FROM documents WHERE coll = ? AND id > ? AND del = 0{coarse} ORDER BY id LIMIT ?"
      CONTAINS = "INSTR(CAST(body AS BINARY), CAST(? AS BINARY)) > 0"
      PING = "SELECT 1"
      DUPLICATE_CODE = 1062
      STATE_CODES = [3, 5, 1021, 1028, 1030, 1037, 1038, 1040, 1041, 1044, 1045, 1049, 1114, 1129, 1130, 1135, 1142, 1143, 1146, 1192, 1203, 1205, 1206, 1213, 1226, 1227, 1290, 1317, 1792, 1836, 1969, 3024].freeze
      UNKNOWN_CODES = [1053, 1077, 1078, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1180, 1181, 1927].freeze
    end

    # MongoDB names and error numbers (contract/store.toml).
    module Mongodb
      FIELDS = ["_id", "n", "del", "e", "b", "doc", "gone"].freeze
      SWEEP_INDEX = "gone_1"
      DUPLICATE_CODE = 11000
      STATE_CODES = [13, 18, 24, 46, 50, 112, 146, 202, 262, 10107, 13388, 13435, 13436, 14031].freeze
      UNKNOWN_CODES = [6, 7, 64, 79, 89, 91, 189, 9001, 11600, 11601, 11602].freeze
    end

    # Exit codes (contract/messages.toml).
    module Exit
      STOPPED = 0
      USAGE = 64
      UNREADABLE = 66
      UNBINDABLE = 69
      INTERNAL = 70
      REFUSED = 78
    end

    # Lines on the terminal; names in braces are filled in.
    module Line
      REFUSED = "docproxy: {file}: {pointer}: {wrong}; {right}"
      USAGE = "docproxy: {what}; see docproxy --help"
      UNREADABLE = "docproxy: {file}: cannot be read; give the path of a routing file"
      UNBINDABLE = "docproxy: {listen}: cannot be bound; choose a free port and an address of this machine"
      INTERNAL = "docproxy: stopped by an internal error; the log has the cause"
      CHECKED = "docproxy: {file}: good"
      UNREACHABLE = "docproxy: {listen}: no answer"
    end

    # What is wrong with the arguments.
    module Usage
      UNKNOWN = "unknown argument {argument}"
      NO_VALUE = "{argument} needs a value"
      BAD_VALUE = "{argument} has a value that is not allowed"
      NO_CONFIG = "--config FILE is needed"
    end

    # The text of --help.
    module Help
      TEXT = "docproxy: JSON documents over REST, Redis in front, MongoDB or MySQL behind\n\nUsage: docproxy --config FILE [--listen HOST:PORT] [--workers N] [--log requests|events|none]\n       docproxy --config FILE --check\n       docproxy --health HOST:PORT\n\n  --config FILE        the routing file (JSON)\n  --listen HOST:PORT   where to listen; wins over the file's listen; port 0 takes a free one\n  --workers N          workers sharing the port, 1 to 256 (default 1)\n  --log LEVEL          requests (default), events or none, as JSON lines on stdout\n  --check              validate the routing file, say so and stop\n  --health HOST:PORT   ask a running proxy whether it is ready; exit 0 or 1\n  --version            print the version\n  --help               print this text\n\nExamples:\n  docproxy --config routing.json --listen 127.0.0.1:8080\n  docproxy --config routing.json --check\n  docproxy --health 127.0.0.1:8080\n\nExit codes: 0 stopped by a signal, 64 usage, 66 file cannot be read, 69 address cannot be bound, 70 internal, 78 configuration refused\n"
    end

    # Names of log events (contract/log.toml).
    module Event
      LISTENING = "listening"
      DEPENDENCY = "dependency"
      NOTE = "note"
      REFUSED = "refused"
      DRAINING = "draining"
      STOPPED = "stopped"
      FAILURE = "failure"
      REQUEST = "request"
    end

    # Names and states of dependencies in the log.
    module Dependency
      REDIS = "redis"
      STORE = "store:{name}"
      UP = "up"
      DOWN = "down"
    end

    # Why a proxy is not ready.
    module Reason
      CACHE_UNAVAILABLE = "cache-unavailable"
      CACHE_UNSAFE = "cache-unsafe"
      STORE_UNAVAILABLE = "store-unavailable:{name}"
      REFUSED_DOCUMENTS = "refused-documents"
      PENDING_TOO_OLD = "pending-too-old"
      STOPPING = "stopping"
    end

    # Names of the counters.
    module Stats
      COUNTERS = ["cache_hits", "cache_misses", "drain_retries", "drained", "fills", "fills_refused", "requests"].freeze
    end
  end
end
