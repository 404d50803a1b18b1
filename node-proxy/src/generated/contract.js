// Generated from contract/ by `cargo xtask codegen`; do not edit.

/** This version of the project. */
export const version = "0.1.0";
/** The methods this service knows, in the order of Allow. */
export const methods = Object.freeze(["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"]);

/** Every problem a client can be told (contract/errors.toml); body is the whole answer. */
export const problems = Object.freeze({
  unknownMethod: Object.freeze({ slug: "unknown-method", status: 501, retryAfterS: null, body: "{\"detail\":\"The request method is not one this service knows; use GET, HEAD, PUT, PATCH, DELETE, POST or OPTIONS.\",\"status\":501,\"title\":\"unknown method\",\"type\":\"urn:docproxy:unknown-method\"}" }),
  targetTooLong: Object.freeze({ slug: "target-too-long", status: 414, retryAfterS: null, body: "{\"detail\":\"The request target or its query is too long; a target takes 8000 bytes, a query 4096.\",\"status\":414,\"title\":\"target too long\",\"type\":\"urn:docproxy:target-too-long\"}" }),
  badPath: Object.freeze({ slug: "bad-path", status: 400, retryAfterS: null, body: "{\"detail\":\"The path holds a byte, an escape or a name that is not allowed; a collection is a-z, 0-9 and '-', an id is letters, digits and '.', '_', '~', '-'.\",\"status\":400,\"title\":\"bad path\",\"type\":\"urn:docproxy:bad-path\"}" }),
  notFound: Object.freeze({ slug: "not-found", status: 404, retryAfterS: null, body: "{\"detail\":\"There is no such resource; documents are at /v1/{collection}/{id}, lists at /v1/{collection}.\",\"status\":404,\"title\":\"not found\",\"type\":\"urn:docproxy:not-found\"}" }),
  unknownCollection: Object.freeze({ slug: "unknown-collection", status: 404, retryAfterS: null, body: "{\"detail\":\"No route of this service matches the collection.\",\"status\":404,\"title\":\"unknown collection\",\"type\":\"urn:docproxy:unknown-collection\"}" }),
  methodNotAllowed: Object.freeze({ slug: "method-not-allowed", status: 405, retryAfterS: null, body: "{\"detail\":\"The resource does not take this method; Allow names those it takes.\",\"status\":405,\"title\":\"method not allowed\",\"type\":\"urn:docproxy:method-not-allowed\"}" }),
  badQuery: Object.freeze({ slug: "bad-query", status: 400, retryAfterS: null, body: "{\"detail\":\"The query is malformed, or holds a parameter that is unknown, repeated or not allowed here; lists take limit, after and where.\",\"status\":400,\"title\":\"bad query\",\"type\":\"urn:docproxy:bad-query\"}" }),
  headersTooLarge: Object.freeze({ slug: "headers-too-large", status: 431, retryAfterS: null, body: "{\"detail\":\"The header section is too large; it takes 64 names and 16384 bytes.\",\"status\":431,\"title\":\"headers too large\",\"type\":\"urn:docproxy:headers-too-large\"}" }),
  badRequest: Object.freeze({ slug: "bad-request", status: 400, retryAfterS: null, body: "{\"detail\":\"The request is not well-formed HTTP; it needs one Host, one way to tell the body's length, and header names without '_'.\",\"status\":400,\"title\":\"bad request\",\"type\":\"urn:docproxy:bad-request\"}" }),
  expectationFailed: Object.freeze({ slug: "expectation-failed", status: 417, retryAfterS: null, body: "{\"detail\":\"The expectation cannot be met; only 100-continue is known.\",\"status\":417,\"title\":\"expectation failed\",\"type\":\"urn:docproxy:expectation-failed\"}" }),
  badHeader: Object.freeze({ slug: "bad-header", status: 400, retryAfterS: null, body: "{\"detail\":\"A header field that this request depends on is malformed or sent twice.\",\"status\":400,\"title\":\"bad header\",\"type\":\"urn:docproxy:bad-header\"}" }),
  bodyTooLarge: Object.freeze({ slug: "body-too-large", status: 413, retryAfterS: null, body: "{\"detail\":\"The document is too large, as sent or in canonical form; at most 1048576 bytes are taken.\",\"status\":413,\"title\":\"body too large\",\"type\":\"urn:docproxy:body-too-large\"}" }),
  unsupportedMediaType: Object.freeze({ slug: "unsupported-media-type", status: 415, retryAfterS: null, body: "{\"detail\":\"The content type or content encoding is not taken; send application/json (PATCH: application/merge-patch+json) in UTF-8 without a content encoding.\",\"status\":415,\"title\":\"unsupported media type\",\"type\":\"urn:docproxy:unsupported-media-type\"}" }),
  badJson: Object.freeze({ slug: "bad-json", status: 400, retryAfterS: null, body: "{\"detail\":\"The body is not strict JSON in UTF-8 (RFC 8259 and RFC 7493, no byte order mark).\",\"status\":400,\"title\":\"bad json\",\"type\":\"urn:docproxy:bad-json\"}" }),
  duplicateName: Object.freeze({ slug: "duplicate-name", status: 400, retryAfterS: null, body: "{\"detail\":\"An object of the body has the same member name twice.\",\"status\":400,\"title\":\"duplicate name\",\"type\":\"urn:docproxy:duplicate-name\"}" }),
  nulInName: Object.freeze({ slug: "nul-in-name", status: 422, retryAfterS: null, body: "{\"detail\":\"A member name holds U+0000, which the stores cannot keep.\",\"status\":422,\"title\":\"nul in name\",\"type\":\"urn:docproxy:nul-in-name\"}" }),
  tooDeep: Object.freeze({ slug: "too-deep", status: 422, retryAfterS: null, body: "{\"detail\":\"The document is nested too deeply; it takes 30 levels, the root counted.\",\"status\":422,\"title\":\"too deep\",\"type\":\"urn:docproxy:too-deep\"}" }),
  numberOutOfRange: Object.freeze({ slug: "number-out-of-range", status: 422, retryAfterS: null, body: "{\"detail\":\"A number is too large for an IEEE 754 double.\",\"status\":422,\"title\":\"number out of range\",\"type\":\"urn:docproxy:number-out-of-range\"}" }),
  numberPrecision: Object.freeze({ slug: "number-precision", status: 422, retryAfterS: null, body: "{\"detail\":\"An integer cannot be kept exactly in an IEEE 754 double; send it as a string.\",\"status\":422,\"title\":\"number precision\",\"type\":\"urn:docproxy:number-precision\"}" }),
  rootNotObject: Object.freeze({ slug: "root-not-object", status: 422, retryAfterS: null, body: "{\"detail\":\"The body must be a JSON object.\",\"status\":422,\"title\":\"root not object\",\"type\":\"urn:docproxy:root-not-object\"}" }),
  preconditionRequired: Object.freeze({ slug: "precondition-required", status: 428, retryAfterS: null, body: "{\"detail\":\"This collection takes conditional writes only; send If-Match, or If-None-Match: * to create.\",\"status\":428,\"title\":\"precondition required\",\"type\":\"urn:docproxy:precondition-required\"}" }),
  documentNotFound: Object.freeze({ slug: "document-not-found", status: 404, retryAfterS: null, body: "{\"detail\":\"There is no document with this id.\",\"status\":404,\"title\":\"document not found\",\"type\":\"urn:docproxy:document-not-found\"}" }),
  preconditionFailed: Object.freeze({ slug: "precondition-failed", status: 412, retryAfterS: null, body: "{\"detail\":\"A precondition does not hold for the document as it is now; read it again and decide anew.\",\"status\":412,\"title\":\"precondition failed\",\"type\":\"urn:docproxy:precondition-failed\"}" }),
  keyConflict: Object.freeze({ slug: "key-conflict", status: 409, retryAfterS: null, body: "{\"detail\":\"The document that this Idempotency-Key created was deleted; use a new key.\",\"status\":409,\"title\":\"key conflict\",\"type\":\"urn:docproxy:key-conflict\"}" }),
  keyReused: Object.freeze({ slug: "key-reused", status: 422, retryAfterS: null, body: "{\"detail\":\"This Idempotency-Key was used with other content; use a new key.\",\"status\":422,\"title\":\"key reused\",\"type\":\"urn:docproxy:key-reused\"}" }),
  documentRefused: Object.freeze({ slug: "document-refused", status: 422, retryAfterS: null, body: "{\"detail\":\"The store refuses this document for what it is.\",\"status\":422,\"title\":\"document refused\",\"type\":\"urn:docproxy:document-refused\"}" }),
  cacheUnavailable: Object.freeze({ slug: "cache-unavailable", status: 503, retryAfterS: 1, body: "{\"detail\":\"The cache cannot be used now, so this request cannot be answered safely; nothing was written.\",\"status\":503,\"title\":\"cache unavailable\",\"type\":\"urn:docproxy:cache-unavailable\"}" }),
  storeUnavailable: Object.freeze({ slug: "store-unavailable", status: 503, retryAfterS: 2, body: "{\"detail\":\"The store does not answer now; nothing was written.\",\"status\":503,\"title\":\"store unavailable\",\"type\":\"urn:docproxy:store-unavailable\"}" }),
  outcomeUnknown: Object.freeze({ slug: "outcome-unknown", status: 503, retryAfterS: 2, body: "{\"detail\":\"The write was sent and not confirmed; it may or may not take effect. Read the document before you repeat it.\",\"status\":503,\"title\":\"outcome unknown\",\"type\":\"urn:docproxy:outcome-unknown\"}" }),
  contention: Object.freeze({ slug: "contention", status: 503, retryAfterS: 1, body: "{\"detail\":\"Other writers were faster every time; nothing was written.\",\"status\":503,\"title\":\"contention\",\"type\":\"urn:docproxy:contention\"}" }),
  backlogFull: Object.freeze({ slug: "backlog-full", status: 503, retryAfterS: 5, body: "{\"detail\":\"Too many writes wait for the store; nothing was written.\",\"status\":503,\"title\":\"backlog full\",\"type\":\"urn:docproxy:backlog-full\"}" }),
  notSynced: Object.freeze({ slug: "not-synced", status: 503, retryAfterS: 1, body: "{\"detail\":\"The waiting writes did not reach the store in time.\",\"status\":503,\"title\":\"not synced\",\"type\":\"urn:docproxy:not-synced\"}" }),
  internalError: Object.freeze({ slug: "internal-error", status: 500, retryAfterS: null, body: "{\"detail\":\"The service failed in a way it did not foresee; its log has the cause.\",\"status\":500,\"title\":\"internal error\",\"type\":\"urn:docproxy:internal-error\"}" }),
});

/** The Lua scripts (contract/scripts) with the digest that EVALSHA takes. */
export const scripts = Object.freeze({
  begin: Object.freeze({ name: "begin", sha1: "0c023a855957237787ff052fedd8477f5402cc0f", text: "#!lua flags=allow-oom\n-- Announces a writer: no entry and no lease from before it survives, and nothing is filled until it finished.\n-- KEYS entry lease writers | ARGV token, intent_ms | 1\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nredis.call('DEL', KEYS[1], KEYS[2])\nlocal live = 0\nif redis.call('TYPE', KEYS[3]).ok == 'zset' then\n  live = redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf')\nend\nif live == 0 then redis.call('DEL', KEYS[3]) end\nredis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[2]), ARGV[1])\nif live > 0 then redis.call('ZADD', KEYS[3], 0, '!') end\nredis.call('PEXPIRE', KEYS[3], string.format('%.0f', 2 * ARGV[2]))\nreturn 1\n" }),
  claim: Object.freeze({ name: "claim", sha1: "c1251f9c0366fd195cdda32ef1aef9eab4f95640", text: "#!lua flags=allow-oom\n-- Takes what is due out of a queue's sight for long enough to store it; nothing leaves the queue.\n-- KEYS queue since, beginning of the dirty records' keys | ARGV rows at most, bytes of bodies at most, visibility_ms\n-- {{id, n, kind, etag, body, id, ...}, pending, TIME in ms}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal again = string.format('%.0f', now + ARGV[3])\nlocal rows, bytes = {}, 0\nfor _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])) do\n  local dirty = redis.pcall('HMGET', KEYS[3] .. id, 'n', 'k', 'e', 'b')\n  if not dirty.err and not dirty[1] and redis.call('EXISTS', KEYS[3] .. id) == 0 then\n    redis.call('ZREM', KEYS[1], id)\n    redis.call('ZREM', KEYS[2], id)\n  else\n    -- A record with garbage stays where it is, and does not hold up the others.\n    local right = not dirty.err and dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]\n    if right then\n      if bytes > 0 and bytes + #dirty[4] > tonumber(ARGV[2]) then break end\n      bytes = bytes + #dirty[4]\n      for _, part in ipairs({ id, dirty[1], dirty[2], dirty[3], dirty[4] }) do rows[#rows + 1] = part end\n    end\n    redis.call('ZADD', KEYS[1], 'XX', again, id)\n  end\nend\nreturn { rows, redis.call('ZCARD', KEYS[1]), string.format('%.0f', now) }\n" }),
  done: Object.freeze({ name: "done", sha1: "46c47ec1971f2a340f878566e1afc1c2b5e2f48e", text: "#!lua flags=allow-oom\n-- Ends the wait of a version that the store has; a newer one goes on waiting.\n-- KEYS queue since dirty refused | ARGV id, n, delay_ms, TIME of the claim in ms | 'clean' 'newer'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal n = redis.call('HGET', KEYS[3], 'n')\nif n and n ~= ARGV[2] then\n  redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])\n  -- It came after the claim, else the claim had taken it.\n  redis.call('ZADD', KEYS[2], 'XX', ARGV[4], ARGV[1])\n  return 'newer'\nend\nredis.call('DEL', KEYS[3])\nredis.call('ZREM', KEYS[1], ARGV[1])\nredis.call('ZREM', KEYS[2], ARGV[1])\nredis.call('HDEL', KEYS[4], ARGV[1])\nreturn 'clean'\n" }),
  fill: Object.freeze({ name: "fill", sha1: "82289f51cd7c915efaa3ffe9d014d53451551b11", text: "-- Stores what the holder of the lease read, unless a write came in between; gives the lease back in any case.\n-- KEYS entry lease writers dirty | ARGV token, record, ttl_ms (0 = give the lease back only) | 'stored' 'refused'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nif redis.call('TYPE', KEYS[2]).ok ~= 'string' or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'refused' end\nlocal kind = redis.call('TYPE', KEYS[3]).ok\nlocal writers = kind == 'zset' and redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') or 0\nlocal answer = 'refused'\nif writers == 0 and redis.call('EXISTS', KEYS[4]) == 0 and ARGV[3] ~= '0' then\n  -- First write, under pcall: at maxmemory the entry stays absent.\n  local set = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n  if not set.err then\n    answer = 'stored'\n  elseif not string.find(set.err, 'OOM', 1, true) then\n    return set\n  end\nend\nredis.call('DEL', KEYS[2])\nreturn answer\n" }),
  finish: Object.freeze({ name: "finish", sha1: "1c19b355788fafbbf9ad3911f083ded5a83b3153", text: "-- Ends a writer; the last of those that never overlapped may leave its value in the cache.\n-- KEYS entry lease writers | ARGV token, record, ttl_ms (0 = leave nothing) | 'late' 'unset' 'set'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal floor = '(' .. string.format('%.0f', now)\nlocal deadline, others = false, 0\nif redis.call('TYPE', KEYS[3]).ok == 'zset' then\n  deadline = redis.call('ZSCORE', KEYS[3], ARGV[1])\n  others = redis.call('ZCOUNT', KEYS[3], floor, '+inf')\nend\nif not deadline or tonumber(deadline) <= now then\n  -- My write may have come after theirs, so none of them may set. At maxmemory forgetting all of them does the same.\n  local marked = others > 0 and redis.pcall('ZADD', KEYS[3], 0, '!')\n  if others == 0 or type(marked) == 'table' and marked.err then redis.call('DEL', KEYS[3]) end\n  redis.call('DEL', KEYS[1], KEYS[2])\n  return 'late'\nend\nif others > 1 then\n  redis.call('ZREM', KEYS[3], ARGV[1])\n  return 'unset'\nend\nlocal answer = 'unset'\nif not redis.call('ZSCORE', KEYS[3], '!') then\n  -- First write, under pcall: at maxmemory the entry stays absent.\n  local set = ARGV[3] ~= '0' and redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n  if not set or set.err then redis.call('DEL', KEYS[1]) end\n  answer = 'set'\nend\nredis.call('DEL', KEYS[3])\nreturn answer\n" }),
  join: Object.freeze({ name: "join", sha1: "ae4a06ce24c5ddfa7465d7acc2a3c85e32e77b37", text: "#!lua flags=allow-oom\n-- Joins the fleet that one routing file names, refreshes the membership, or leaves.\n-- KEYS fleet | ARGV hash, proxy id, live_ms (0 = leave) | 1 member (or left), 0 another hash lives\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal member = ARGV[1] .. ' ' .. ARGV[2]\nif ARGV[3] == '0' then\n  redis.call('ZREM', KEYS[1], member)\n  return 1\nend\nredis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))\nfor _, other in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do\n  if string.sub(other, 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end\nend\nredis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), member)\nreturn 1\n" }),
  miss: Object.freeze({ name: "miss", sha1: "1a6d08eb844c42c62691642979758d1e25b725f5", text: "-- Decides what a reader does that found no usable entry, or a writer that knows no base.\n-- KEYS entry lease writers dirty | ARGV token, lease_ms, ttl_ms of a value, of an absence (0 = not cached)\n-- {'pending', record} not in the store yet | {'hit', record} | {'bypass'} a writer is in progress, or no memory | {'lease'} read the store and fill | {'wait'}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal function drop_unless(key, kind)\n  local found = redis.call('TYPE', key).ok\n  if found ~= 'none' and found ~= kind then redis.call('DEL', key) end\nend\n-- Read first: a dirty record of a wrong type is an error that changes nothing.\nlocal dirty = redis.call('HMGET', KEYS[4], 'n', 'k', 'e', 'b')\nif not dirty[1] and redis.call('EXISTS', KEYS[4]) == 1 then return redis.error_reply('ERR the dirty record lacks a part') end\ndrop_unless(KEYS[1], 'string')\ndrop_unless(KEYS[2], 'string')\ndrop_unless(KEYS[3], 'zset')\nif dirty[1] then\n  local record = table.concat(dirty, '|')\n  local ttl = dirty[2] == 'V' and ARGV[3] or ARGV[4]\n  -- Without memory the entry stays absent.\n  if ttl ~= '0' then redis.pcall('SET', KEYS[1], record, 'PX', ttl) end\n  return { 'pending', record }\nend\nlocal record = redis.call('GET', KEYS[1])\nif record then return { 'hit', record } end\nif redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') > 0 then return { 'bypass' } end\n-- Without a shebang a refused first write can be caught: at maxmemory the reader goes past the cache.\nlocal taken = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])\nif not taken then return { 'wait' } end\nif taken.err then\n  if string.find(taken.err, 'OOM', 1, true) then return { 'bypass' } end\n  return taken\nend\nreturn { 'lease' }\n" }),
  put: Object.freeze({ name: "put", sha1: "9986b1326833f3e53db6885a257bf50239f7fd01", text: "-- Accepts a write-behind write: the dirty record, its place in the queue and the entry, all or nothing.\n-- KEYS entry lease dirty queue since last refused\n-- ARGV id, token ('' = the base needs none), base 'n|kind' ('' = unknown), guard ('' | exists | absent | =n), blind (1 = goes without a base), kind, etag, body, ttl_ms (0 = leave no entry), delay_ms, max_pending\n-- {'ok', n, kind before} | {'blind', n} | {'conflict', record ('' = the base given)} | {'needbase'} | {'full'}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal id, token, base, guard = ARGV[1], ARGV[2], ARGV[3], ARGV[4]\n\n-- Whatever may refuse comes before the first write: a queue key of a wrong type or with garbage changes nothing.\nlocal dirty = redis.call('HMGET', KEYS[3], 'n', 'k', 'e', 'b')\nlocal waiting = redis.call('ZCARD', KEYS[4])\nredis.call('ZSCORE', KEYS[5], id)\nlocal last = redis.call('GET', KEYS[6]) or '0'\nredis.call('HEXISTS', KEYS[7], id)\nif not string.match(last, '^%d+$') then return redis.error_reply('ERR the last number given out is none') end\nlocal is_dirty = redis.call('EXISTS', KEYS[3]) == 1\nif is_dirty and not (dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]) then\n  return redis.error_reply('ERR the dirty record lacks a part')\nend\nlocal is_mine = token ~= '' and redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2]) == token\nlocal function refuse(reply)\n  if is_mine then redis.call('DEL', KEYS[2]) end\n  return reply\nend\n\nlocal n, kind, record\nif is_dirty then\n  n, kind, record = dirty[1], dirty[2], table.concat(dirty, '|')\nelse\n  local entry = redis.call('TYPE', KEYS[1]).ok\n  if entry == 'string' then\n    record = redis.call('GET', KEYS[1])\n    local etag, from\n    n, kind, etag, from = string.match(record, '^(%d+)|([VTN])|([0-9a-f]*)|()')\n    local bare = etag == '' and from > #record\n    local right = n and tonumber(n) < 2 ^ 53 and string.format('%.0f', tonumber(n)) == n\n      and (kind == 'V' and n ~= '0' and #etag == 32 and from <= #record or kind == 'T' and n ~= '0' and bare or kind == 'N' and n == '0' and bare)\n    if not right then n = nil end\n  end\n  if not n and base ~= '' and (token == '' or is_mine) then\n    n, kind = string.match(base, '^(%d+)|([VTN])$')\n    record = ''\n  end\nend\nif n then\n  local holds = guard == '' or guard == 'exists' and kind == 'V' or guard == 'absent' and kind == 'N' or guard == '=' .. n\n  if not holds then return refuse({ 'conflict', record }) end\nelseif ARGV[5] ~= '1' then\n  if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end\n  return refuse({ 'needbase' })\nend\nif not is_dirty and waiting >= tonumber(ARGV[11]) then return refuse({ 'full' }) end\n\n-- n keeps pace with the clock, so that it is above any that a write without a base cannot know.\nlocal mine = string.format('%.0f', math.max(tonumber(last), tonumber(n or '0'), time[1] * 1000000 + time[2] - 1) + 1)\n-- First write, under pcall: at maxmemory nothing of this is done.\nlocal set = redis.pcall('HSET', KEYS[3], 'n', mine, 'k', ARGV[6], 'e', ARGV[7], 'b', ARGV[8])\nif type(set) == 'table' and set.err then\n  if string.find(set.err, 'OOM', 1, true) then return refuse({ 'full' }) end\n  return set\nend\nlocal due = string.format('%.0f', now + ARGV[10])\n-- The first of several writes sets the time, so a hot key cannot starve itself; a document that was refused gets a new try.\nif redis.call('HDEL', KEYS[7], id) == 1 then\n  redis.call('ZADD', KEYS[4], due, id)\nelse\n  redis.call('ZADD', KEYS[4], 'NX', due, id)\nend\nredis.call('ZADD', KEYS[5], 'NX', string.format('%.0f', now), id)\nredis.call('SET', KEYS[6], mine)\nif ARGV[9] ~= '0' then\n  redis.call('SET', KEYS[1], mine .. '|' .. ARGV[6] .. '|' .. ARGV[7] .. '|' .. ARGV[8], 'PX', ARGV[9])\nelse\n  redis.call('DEL', KEYS[1])\nend\nredis.call('DEL', KEYS[2])\nif not n then return { 'blind', mine } end\nreturn { 'ok', mine, kind }\n" }),
  refuse: Object.freeze({ name: "refuse", sha1: "ecceffccdb38f8ee4af9b383b998a146ab15bb25", text: "#!lua flags=allow-oom\n-- Notes a version that the store refuses for what it is; it stays dirty, and is tried again now and then.\n-- KEYS queue dirty refused | ARGV id, n, pause_ms | 'refused' 'again' (noted before) 'newer'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nif redis.call('HGET', KEYS[2], 'n') ~= ARGV[2] then return 'newer' end\nlocal is_new = redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2]\nredis.call('HSET', KEYS[3], ARGV[1], ARGV[2])\nredis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])\nreturn is_new and 'refused' or 'again'\n" }),
});

/** Why a routing file is refused (contract/messages.toml); names in braces are filled in. */
export const faults = Object.freeze({
  syntax: Object.freeze({ id: "syntax", wrong: "not strict JSON ({slug})", right: "RFC 8259 JSON in UTF-8 without comments, trailing commas or repeated names" }),
  unknownKey: Object.freeze({ id: "unknown-key", wrong: "unknown key", right: "known here: {known}" }),
  missing: Object.freeze({ id: "missing", wrong: "missing", right: "expected {expected}" }),
  wrongType: Object.freeze({ id: "wrong-type", wrong: "wrong type", right: "expected {expected}" }),
  empty: Object.freeze({ id: "empty", wrong: "empty", right: "expected {expected}" }),
  outOfRange: Object.freeze({ id: "out-of-range", wrong: "out of range", right: "expected {expected}" }),
  notAllowedValue: Object.freeze({ id: "not-allowed-value", wrong: "value not allowed", right: "expected {expected}" }),
  badUrl: Object.freeze({ id: "bad-url", wrong: "not a usable URL", right: "expected {expected}" }),
  unsetVariable: Object.freeze({ id: "unset-variable", wrong: "environment variable {name} is not set", right: "set it, or write the value in its place" }),
  badName: Object.freeze({ id: "bad-name", wrong: "not a name for a store", right: "expected a-z, then up to 31 of a-z, 0-9 and -" }),
  badMatch: Object.freeze({ id: "bad-match", wrong: "not a collection pattern", right: "expected {expected}" }),
  duplicateMatch: Object.freeze({ id: "duplicate-match", wrong: "same match as route {index}", right: "remove one of the two" }),
  shadowedMatch: Object.freeze({ id: "shadowed-match", wrong: "never reached, route {index} matches all of it", right: "put the narrower match first" }),
  unknownStore: Object.freeze({ id: "unknown-store", wrong: "no such store", right: "expected one of: {known}" }),
  noMeaningHere: Object.freeze({ id: "no-meaning-here", wrong: "no meaning with cache mode {mode}", right: "remove the key, or choose another mode" }),
  unsafeEviction: Object.freeze({ id: "unsafe-eviction", wrong: "Redis has maxmemory-policy {value}, which evicts what must not vanish", right: "CONFIG SET maxmemory-policy noeviction (or a volatile one), and the same in redis.conf" }),
  unsafeDurability: Object.freeze({ id: "unsafe-durability", wrong: "Redis has {name} {value}, with which an acknowledged write can be lost", right: "CONFIG SET {name} {expected}, and the same in redis.conf; or choose durability relaxed" }),
  unsafeUnknown: Object.freeze({ id: "unsafe-unknown", wrong: "Redis does not tell its settings (CONFIG GET is refused)", right: "allow CONFIG GET for this user" }),
  anotherFleet: Object.freeze({ id: "another-fleet", wrong: "proxies with another routing file are live on this Redis", right: "stop them first (they count for 10 s after that), or give all the same file" }),
});

/** The operations (contract/operations.toml). */
export const operations = Object.freeze([
  Object.freeze({ name: "any", methods: Object.freeze([]), resource: "any", path: null, body: null }),
  Object.freeze({ name: "get", methods: Object.freeze(["GET", "HEAD"]), resource: "document", path: null, body: null }),
  Object.freeze({ name: "put", methods: Object.freeze(["PUT"]), resource: "document", path: null, body: "application/json" }),
  Object.freeze({ name: "patch", methods: Object.freeze(["PATCH"]), resource: "document", path: null, body: "application/merge-patch+json" }),
  Object.freeze({ name: "delete", methods: Object.freeze(["DELETE"]), resource: "document", path: null, body: null }),
  Object.freeze({ name: "create", methods: Object.freeze(["POST"]), resource: "collection", path: null, body: "application/json" }),
  Object.freeze({ name: "list", methods: Object.freeze(["GET", "HEAD"]), resource: "collection", path: null, body: null }),
  Object.freeze({ name: "live", methods: Object.freeze(["GET", "HEAD"]), resource: "live", path: "/_health/live", body: null }),
  Object.freeze({ name: "ready", methods: Object.freeze(["GET", "HEAD"]), resource: "ready", path: "/_health/ready", body: null }),
  Object.freeze({ name: "stats", methods: Object.freeze(["GET", "HEAD"]), resource: "stats", path: "/_stats", body: null }),
  Object.freeze({ name: "options", methods: Object.freeze(["OPTIONS"]), resource: "any", path: null, body: null }),
]);

/** Every outcome of every operation; needs names what must be there to reach it. */
export const outcomes = Object.freeze([
  Object.freeze({ operation: "any", status: 400, problem: "bad-request", needs: null }),
  Object.freeze({ operation: "any", status: 400, problem: "bad-path", needs: null }),
  Object.freeze({ operation: "any", status: 400, problem: "bad-query", needs: null }),
  Object.freeze({ operation: "any", status: 404, problem: "not-found", needs: null }),
  Object.freeze({ operation: "any", status: 404, problem: "unknown-collection", needs: null }),
  Object.freeze({ operation: "any", status: 405, problem: "method-not-allowed", needs: null }),
  Object.freeze({ operation: "any", status: 414, problem: "target-too-long", needs: null }),
  Object.freeze({ operation: "any", status: 417, problem: "expectation-failed", needs: null }),
  Object.freeze({ operation: "any", status: 431, problem: "headers-too-large", needs: null }),
  Object.freeze({ operation: "any", status: 501, problem: "unknown-method", needs: null }),
  Object.freeze({ operation: "get", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "get", status: 304, problem: null, needs: null }),
  Object.freeze({ operation: "get", status: 400, problem: "bad-header", needs: null }),
  Object.freeze({ operation: "get", status: 404, problem: "document-not-found", needs: null }),
  Object.freeze({ operation: "get", status: 412, problem: "precondition-failed", needs: null }),
  Object.freeze({ operation: "get", status: 503, problem: "cache-unavailable", needs: null }),
  Object.freeze({ operation: "get", status: 503, problem: "store-unavailable", needs: null }),
  Object.freeze({ operation: "get", status: 503, problem: "not-synced", needs: null }),
  Object.freeze({ operation: "put", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "put", status: 201, problem: null, needs: null }),
  Object.freeze({ operation: "put", status: 202, problem: null, needs: null }),
  Object.freeze({ operation: "put", status: 400, problem: "bad-header", needs: null }),
  Object.freeze({ operation: "put", status: 400, problem: "bad-json", needs: null }),
  Object.freeze({ operation: "put", status: 400, problem: "duplicate-name", needs: null }),
  Object.freeze({ operation: "put", status: 412, problem: "precondition-failed", needs: null }),
  Object.freeze({ operation: "put", status: 413, problem: "body-too-large", needs: null }),
  Object.freeze({ operation: "put", status: 415, problem: "unsupported-media-type", needs: null }),
  Object.freeze({ operation: "put", status: 422, problem: "nul-in-name", needs: null }),
  Object.freeze({ operation: "put", status: 422, problem: "too-deep", needs: null }),
  Object.freeze({ operation: "put", status: 422, problem: "number-out-of-range", needs: null }),
  Object.freeze({ operation: "put", status: 422, problem: "number-precision", needs: null }),
  Object.freeze({ operation: "put", status: 422, problem: "root-not-object", needs: null }),
  Object.freeze({ operation: "put", status: 422, problem: "document-refused", needs: null }),
  Object.freeze({ operation: "put", status: 428, problem: "precondition-required", needs: null }),
  Object.freeze({ operation: "put", status: 503, problem: "cache-unavailable", needs: null }),
  Object.freeze({ operation: "put", status: 503, problem: "store-unavailable", needs: null }),
  Object.freeze({ operation: "put", status: 503, problem: "outcome-unknown", needs: null }),
  Object.freeze({ operation: "put", status: 503, problem: "contention", needs: null }),
  Object.freeze({ operation: "put", status: 503, problem: "backlog-full", needs: null }),
  Object.freeze({ operation: "put", status: 503, problem: "not-synced", needs: null }),
  Object.freeze({ operation: "patch", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "patch", status: 400, problem: "bad-header", needs: null }),
  Object.freeze({ operation: "patch", status: 400, problem: "bad-json", needs: null }),
  Object.freeze({ operation: "patch", status: 400, problem: "duplicate-name", needs: null }),
  Object.freeze({ operation: "patch", status: 404, problem: "document-not-found", needs: null }),
  Object.freeze({ operation: "patch", status: 412, problem: "precondition-failed", needs: null }),
  Object.freeze({ operation: "patch", status: 413, problem: "body-too-large", needs: null }),
  Object.freeze({ operation: "patch", status: 415, problem: "unsupported-media-type", needs: null }),
  Object.freeze({ operation: "patch", status: 422, problem: "nul-in-name", needs: null }),
  Object.freeze({ operation: "patch", status: 422, problem: "too-deep", needs: null }),
  Object.freeze({ operation: "patch", status: 422, problem: "number-out-of-range", needs: null }),
  Object.freeze({ operation: "patch", status: 422, problem: "number-precision", needs: null }),
  Object.freeze({ operation: "patch", status: 422, problem: "root-not-object", needs: null }),
  Object.freeze({ operation: "patch", status: 422, problem: "document-refused", needs: null }),
  Object.freeze({ operation: "patch", status: 428, problem: "precondition-required", needs: null }),
  Object.freeze({ operation: "patch", status: 503, problem: "cache-unavailable", needs: null }),
  Object.freeze({ operation: "patch", status: 503, problem: "store-unavailable", needs: null }),
  Object.freeze({ operation: "patch", status: 503, problem: "outcome-unknown", needs: null }),
  Object.freeze({ operation: "patch", status: 503, problem: "contention", needs: null }),
  Object.freeze({ operation: "patch", status: 503, problem: "backlog-full", needs: null }),
  Object.freeze({ operation: "patch", status: 503, problem: "not-synced", needs: null }),
  Object.freeze({ operation: "delete", status: 204, problem: null, needs: null }),
  Object.freeze({ operation: "delete", status: 202, problem: null, needs: null }),
  Object.freeze({ operation: "delete", status: 400, problem: "bad-header", needs: null }),
  Object.freeze({ operation: "delete", status: 404, problem: "document-not-found", needs: null }),
  Object.freeze({ operation: "delete", status: 412, problem: "precondition-failed", needs: null }),
  Object.freeze({ operation: "delete", status: 422, problem: "document-refused", needs: null }),
  Object.freeze({ operation: "delete", status: 428, problem: "precondition-required", needs: null }),
  Object.freeze({ operation: "delete", status: 503, problem: "cache-unavailable", needs: null }),
  Object.freeze({ operation: "delete", status: 503, problem: "store-unavailable", needs: null }),
  Object.freeze({ operation: "delete", status: 503, problem: "outcome-unknown", needs: null }),
  Object.freeze({ operation: "delete", status: 503, problem: "contention", needs: null }),
  Object.freeze({ operation: "delete", status: 503, problem: "backlog-full", needs: null }),
  Object.freeze({ operation: "delete", status: 503, problem: "not-synced", needs: null }),
  Object.freeze({ operation: "create", status: 201, problem: null, needs: null }),
  Object.freeze({ operation: "create", status: 400, problem: "bad-header", needs: null }),
  Object.freeze({ operation: "create", status: 400, problem: "bad-json", needs: null }),
  Object.freeze({ operation: "create", status: 400, problem: "duplicate-name", needs: null }),
  Object.freeze({ operation: "create", status: 409, problem: "key-conflict", needs: null }),
  Object.freeze({ operation: "create", status: 413, problem: "body-too-large", needs: null }),
  Object.freeze({ operation: "create", status: 415, problem: "unsupported-media-type", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "nul-in-name", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "too-deep", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "number-out-of-range", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "number-precision", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "root-not-object", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "document-refused", needs: null }),
  Object.freeze({ operation: "create", status: 422, problem: "key-reused", needs: null }),
  Object.freeze({ operation: "create", status: 503, problem: "cache-unavailable", needs: null }),
  Object.freeze({ operation: "create", status: 503, problem: "store-unavailable", needs: null }),
  Object.freeze({ operation: "create", status: 503, problem: "outcome-unknown", needs: null }),
  Object.freeze({ operation: "create", status: 503, problem: "contention", needs: null }),
  Object.freeze({ operation: "create", status: 503, problem: "backlog-full", needs: null }),
  Object.freeze({ operation: "create", status: 503, problem: "not-synced", needs: null }),
  Object.freeze({ operation: "list", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "list", status: 400, problem: "bad-query", needs: null }),
  Object.freeze({ operation: "list", status: 503, problem: "cache-unavailable", needs: null }),
  Object.freeze({ operation: "list", status: 503, problem: "store-unavailable", needs: null }),
  Object.freeze({ operation: "list", status: 503, problem: "not-synced", needs: null }),
  Object.freeze({ operation: "live", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "ready", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "ready", status: 503, problem: null, needs: null }),
  Object.freeze({ operation: "stats", status: 200, problem: null, needs: null }),
  Object.freeze({ operation: "options", status: 204, problem: null, needs: null }),
]);

/** The keys of the routing file in the order in which they are checked (contract/routing.schema.json). */
export const settings = Object.freeze([
  Object.freeze({ group: "root", key: "listen", kind: "string", required: false, default: "127.0.0.1:8080", minimum: null, maximum: null, allowed: Object.freeze([]), pattern: "^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$", expected: "HOST:PORT, for example 127.0.0.1:8080", modes: Object.freeze([]) }),
  Object.freeze({ group: "root", key: "redis", kind: "object", required: false, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "an object with url", modes: Object.freeze([]) }),
  Object.freeze({ group: "root", key: "stores", kind: "object", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "an object of stores by name", modes: Object.freeze([]) }),
  Object.freeze({ group: "root", key: "limits", kind: "object", required: false, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "an object", modes: Object.freeze([]) }),
  Object.freeze({ group: "root", key: "routes", kind: "array", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "an array of at least one route", modes: Object.freeze([]) }),
  Object.freeze({ group: "redis", key: "url", kind: "string", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "redis://[[user]:password@]host[:port][/database]", modes: Object.freeze([]) }),
  Object.freeze({ group: "redis", key: "timeout_ms", kind: "integer", required: false, default: "250", minimum: 1, maximum: 60000, allowed: Object.freeze([]), pattern: null, expected: "an integer from 1 to 60000", modes: Object.freeze([]) }),
  Object.freeze({ group: "store", key: "kind", kind: "string", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze(["mongodb", "mysql"]), pattern: null, expected: "one of: mongodb, mysql", modes: Object.freeze([]) }),
  Object.freeze({ group: "store", key: "url", kind: "string", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "mongodb://[user:password@]host[:port][,...]/database[?options] or mysql://user[:password]@host[:port]/database, as kind says", modes: Object.freeze([]) }),
  Object.freeze({ group: "store", key: "timeout_ms", kind: "integer", required: false, default: "2000", minimum: 1, maximum: 60000, allowed: Object.freeze([]), pattern: null, expected: "an integer from 1 to 60000", modes: Object.freeze([]) }),
  Object.freeze({ group: "limits", key: "body_bytes", kind: "integer", required: false, default: "1048576", minimum: 1, maximum: 1048576, allowed: Object.freeze([]), pattern: null, expected: "an integer from 1 to 1048576", modes: Object.freeze([]) }),
  Object.freeze({ group: "route", key: "match", kind: "string", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: "^(\\*|[a-z][a-z0-9-]{0,62}|[a-z][a-z0-9-]{0,61}\\*)$", expected: "a collection name, or the beginning of one followed by *", modes: Object.freeze([]) }),
  Object.freeze({ group: "route", key: "store", kind: "string", required: true, default: null, minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "the name of a store", modes: Object.freeze([]) }),
  Object.freeze({ group: "route", key: "cache", kind: "string", required: false, default: "write-through", minimum: null, maximum: null, allowed: Object.freeze(["off", "write-through", "write-behind"]), pattern: null, expected: "one of: off, write-through, write-behind", modes: Object.freeze([]) }),
  Object.freeze({ group: "route", key: "ttl_ms", kind: "integer", required: false, default: "300000", minimum: 1, maximum: 2147483647, allowed: Object.freeze([]), pattern: null, expected: "an integer from 1 to 2147483647", modes: Object.freeze(["write-through", "write-behind"]) }),
  Object.freeze({ group: "route", key: "negative_ttl_ms", kind: "integer", required: false, default: "2000", minimum: 0, maximum: 2147483647, allowed: Object.freeze([]), pattern: null, expected: "an integer from 0 to 2147483647", modes: Object.freeze(["write-through", "write-behind"]) }),
  Object.freeze({ group: "route", key: "on_cache_down", kind: "string", required: false, default: "refuse", minimum: null, maximum: null, allowed: Object.freeze(["refuse", "bypass"]), pattern: null, expected: "one of: refuse, bypass", modes: Object.freeze(["write-through"]) }),
  Object.freeze({ group: "route", key: "delay_ms", kind: "integer", required: false, default: "200", minimum: 1, maximum: 2147483647, allowed: Object.freeze([]), pattern: null, expected: "an integer from 1 to 2147483647", modes: Object.freeze(["write-behind"]) }),
  Object.freeze({ group: "route", key: "max_pending", kind: "integer", required: false, default: "100000", minimum: 1, maximum: 2147483647, allowed: Object.freeze([]), pattern: null, expected: "an integer from 1 to 2147483647", modes: Object.freeze(["write-behind"]) }),
  Object.freeze({ group: "route", key: "durability", kind: "string", required: false, default: "aof", minimum: null, maximum: null, allowed: Object.freeze(["aof", "relaxed"]), pattern: null, expected: "one of: aof, relaxed", modes: Object.freeze(["write-behind"]) }),
  Object.freeze({ group: "route", key: "require_match", kind: "boolean", required: false, default: "false", minimum: null, maximum: null, allowed: Object.freeze([]), pattern: null, expected: "true or false", modes: Object.freeze([]) }),
]);

/** What Redis must be set to where a route has durability aof (contract/keys.toml). */
export const durability = Object.freeze([
  Object.freeze({ name: "appendonly", value: "yes" }),
  Object.freeze({ name: "appendfsync", value: "always" }),
  Object.freeze({ name: "no-appendfsync-on-rewrite", value: "no" }),
]);

/** Numbers that more than one place must agree on (contract/limits.toml). */
export const limits = Object.freeze({
  bodyBytes: 1048576,
  depthLevels: 30,
  targetBytes: 8000,
  queryBytes: 4096,
  headerNames: 64,
  headerBytes: 16384,
  headerOverheadBytes: 4,
  collectionBytes: 63,
  idBytes: 128,
  idempotencyKeyBytes: 128,
  listDefaultItems: 50,
  listMaxItems: 1000,
  whereEscapedBytes: 3800,
  whereOperators: 32,
  whereOperands: 100,
  wherePushdownNames: 29,
  listBatchRows: 200,
  listExaminedRows: 10000,
  listExaminedBytes: 16777216,
  listTimeFactor: 5,
  writeTries: 5,
  leaseFactor: 1,
  intentFactor: 2,
  waitIntervalMs: 20,
  heartbeatIntervalMs: 2000,
  fleetLiveMs: 10000,
  keepAliveMs: 30000,
  idlePingMs: 30000,
  stopGraceMs: 10000,
  tombstoneS: 86400,
  sweepIntervalS: 3600,
  readyTimeoutMs: 1000,
  safeInteger: 9007199254740991,
  visibilityFactor: 2,
  claimRows: 100,
  claimBytes: 4194304,
  claimIntervalMs: 50,
  queuesIntervalMs: 1000,
  queuesPerS: 200,
  refusedPauseMs: 30000,
  pendingTooOldMs: 60000,
  drainBackoffFirstMs: 100,
  drainBackoffMostMs: 5000,
  preferWaitS: 60,
});

/** Header names (contract/headers.toml). */
export const names = Object.freeze({
  acceptPatch: "Accept-Patch",
  allow: "Allow",
  cacheControl: "Cache-Control",
  cacheStatus: "Cache-Status",
  connection: "Connection",
  contentEncoding: "Content-Encoding",
  contentLength: "Content-Length",
  contentRange: "Content-Range",
  contentType: "Content-Type",
  etag: "ETag",
  expect: "Expect",
  host: "Host",
  idempotencyKey: "Idempotency-Key",
  ifMatch: "If-Match",
  ifNoneMatch: "If-None-Match",
  link: "Link",
  location: "Location",
  pendingWrites: "Pending-Writes",
  prefer: "Prefer",
  retryAfter: "Retry-After",
  transferEncoding: "Transfer-Encoding",
  writeStatus: "Write-Status",
});

/** Media types. */
export const media = Object.freeze({
  json: "application/json",
  mergePatch: "application/merge-patch+json",
  problem: "application/problem+json",
});

/** Values of Cache-Control. */
export const cacheControl = Object.freeze({
  document: "no-cache",
  other: "no-store",
});

/** Values of Cache-Status (RFC 9211). */
export const cacheStatus = Object.freeze({
  hit: "docproxy; hit",
  pending: "docproxy; hit; detail=pending",
  stored: "docproxy; fwd=uri-miss; stored",
  miss: "docproxy; fwd=uri-miss",
  collapsed: "docproxy; fwd=uri-miss; collapsed",
  bypass: "docproxy; fwd=bypass",
  cacheDown: "docproxy; fwd=bypass; detail=cache-down",
  request: "docproxy; fwd=request",
});

/** Values of Write-Status. */
export const writeStatus = Object.freeze({
  stored: "stored",
  queued: "queued",
  unknownBase: "unknown-base",
});

/** Redis keys: the pieces around the collection, the generation and the id (contract/keys.toml). */
export const keys = Object.freeze({
  fleet: Object.freeze(["dp:fleet"]),
  entry: Object.freeze(["dp:{", "}:c", ":", ""]),
  lease: Object.freeze(["dp:{", "}:l", ":", ""]),
  writers: Object.freeze(["dp:{", "}:w:", ""]),
  queues: Object.freeze(["dp:queues"]),
  dirty: Object.freeze(["dp:{", "}:d:", ""]),
  queue: Object.freeze(["dp:{", "}:q"]),
  since: Object.freeze(["dp:{", "}:a"]),
  refused: Object.freeze(["dp:{", "}:r"]),
  last: Object.freeze(["dp:{", "}:s"]),
});

/** What a URL of the routing file looks like once its variables are filled in, by kind (contract/routing.schema.json). */
export const urls = Object.freeze({
  redis: "^redis://([A-Za-z0-9._~!$&'()*+,;=%-]*:[A-Za-z0-9._~!$&'()*+,;=%-]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[0-9]{0,3})?$",
  mongodb: "^mongodb://([A-Za-z0-9._~!$&'()*+,;=%-]+:[A-Za-z0-9._~!$&'()*+,;=%-]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(,([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?)*/[A-Za-z0-9_-]{1,63}(\\?[A-Za-z0-9._~!$&'()*+,;=%:@/?-]*)?$",
  mysql: "^mysql://[A-Za-z0-9._~!$&'()*+,;=%-]+(:[A-Za-z0-9._~!$&'()*+,;=%-]*)?@([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?/[A-Za-z0-9_-]{1,63}$",
});

/** What is expected of the routing file's own objects (contract/routing.schema.json). */
export const objects = Object.freeze({
  root: "an object",
  store: "an object with kind and url",
  route: "an object with match and store",
});

/** The parts of a cached record. */
export const record = Object.freeze({
  separator: "|",
  value: "V",
  deleted: "T",
  absent: "N",
});

/** SQL statements and error numbers (contract/store.toml). */
export const mysql = Object.freeze({
  session: Object.freeze(["SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, time_zone = '+00:00'", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"]),
  createTable: "CREATE TABLE IF NOT EXISTS documents (coll VARBINARY(63) NOT NULL, id VARBINARY(128) NOT NULL, n BIGINT UNSIGNED NOT NULL, del TINYINT NOT NULL, etag CHAR(32) CHARACTER SET ascii NOT NULL, body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, gone DATETIME(3) NULL, PRIMARY KEY (coll, id), KEY (gone)) ENGINE=InnoDB",
  createEvent: "CREATE EVENT IF NOT EXISTS docproxy_sweep ON SCHEDULE EVERY 3600 SECOND DO DELETE FROM documents WHERE gone < UTC_TIMESTAMP(3) - INTERVAL 86400 SECOND",
  get: "SELECT n, del, etag, body FROM documents WHERE coll = ? AND id = ?",
  insert: "INSERT INTO documents (coll, id, n, del, etag, body, gone) VALUES (?, ?, ?, ?, ?, ?, ?)",
  update: "UPDATE documents SET n = ?, del = ?, etag = ?, body = ?, gone = ? WHERE coll = ? AND id = ? AND n = ?",
  putNewerHead: "INSERT INTO documents (coll, id, n, del, etag, body, gone) VALUES ",
  putNewerRow: "(?, ?, ?, ?, ?, ?, ?)",
  putNewerTail: " ON DUPLICATE KEY UPDATE del = IF(VALUES(n) > n, VALUES(del), del), etag = IF(VALUES(n) > n, VALUES(etag), etag), body = IF(VALUES(n) > n, VALUES(body), body), gone = IF(VALUES(n) > n, VALUES(gone), gone), n = IF(VALUES(n) > n, VALUES(n), n)",
  list: "/*M!100100 SET STATEMENT max_statement_time = {list_timeout_s} FOR */ SELECT /*+ MAX_EXECUTION_TIME({list_timeout_ms}) */ id, etag, body FROM documents WHERE coll = ? AND id > ? AND del = 0{coarse} ORDER BY id LIMIT ?",
  contains: "INSTR(CAST(body AS BINARY), CAST(? AS BINARY)) > 0",
  ping: "SELECT 1",
  duplicateCode: 1062,
  stateCodes: Object.freeze([3, 5, 1021, 1028, 1030, 1037, 1038, 1040, 1041, 1044, 1045, 1049, 1114, 1129, 1130, 1135, 1142, 1143, 1146, 1192, 1203, 1205, 1206, 1213, 1226, 1227, 1290, 1317, 1792, 1836, 1969, 3024]),
  unknownCodes: Object.freeze([1053, 1077, 1078, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1180, 1181, 1927]),
});

/** MongoDB names and error numbers (contract/store.toml). */
export const mongodb = Object.freeze({
  fields: Object.freeze(["_id", "n", "del", "e", "b", "doc", "gone"]),
  sweepIndex: "gone_1",
  duplicateCode: 11000,
  stateCodes: Object.freeze([13, 18, 24, 46, 50, 112, 146, 202, 262, 10107, 13388, 13435, 13436, 14031]),
  unknownCodes: Object.freeze([6, 7, 64, 79, 89, 91, 189, 9001, 11600, 11601, 11602]),
});

/** Exit codes (contract/messages.toml). */
export const exit = Object.freeze({
  stopped: 0,
  usage: 64,
  unreadable: 66,
  unbindable: 69,
  internal: 70,
  refused: 78,
});

/** Lines on the terminal; names in braces are filled in. */
export const line = Object.freeze({
  refused: "docproxy: {file}: {pointer}: {wrong}; {right}",
  usage: "docproxy: {what}; see docproxy --help",
  unreadable: "docproxy: {file}: cannot be read; give the path of a routing file",
  unbindable: "docproxy: {listen}: cannot be bound; choose a free port and an address of this machine",
  internal: "docproxy: stopped by an internal error; the log has the cause",
  checked: "docproxy: {file}: good",
  unreachable: "docproxy: {listen}: no answer",
});

/** What is wrong with the arguments. */
export const usage = Object.freeze({
  unknown: "unknown argument {argument}",
  noValue: "{argument} needs a value",
  badValue: "{argument} has a value that is not allowed",
  noConfig: "--config FILE is needed",
});

/** The text of --help. */
export const help = Object.freeze({
  text: "docproxy: JSON documents over REST, Redis in front, MongoDB or MySQL behind\n\nUsage: docproxy --config FILE [--listen HOST:PORT] [--workers N] [--log requests|events|none]\n       docproxy --config FILE --check\n       docproxy --health HOST:PORT\n\n  --config FILE        the routing file (JSON)\n  --listen HOST:PORT   where to listen; wins over the file's listen; port 0 takes a free one\n  --workers N          workers sharing the port, 1 to 256 (default 1)\n  --log LEVEL          requests (default), events or none, as JSON lines on stdout\n  --check              validate the routing file, say so and stop\n  --health HOST:PORT   ask a running proxy whether it is ready; exit 0 or 1\n  --version            print the version\n  --help               print this text\n\nExamples:\n  docproxy --config routing.json --listen 127.0.0.1:8080\n  docproxy --config routing.json --check\n  docproxy --health 127.0.0.1:8080\n\nExit codes: 0 stopped by a signal, 64 usage, 66 file cannot be read, 69 address cannot be bound, 70 internal, 78 configuration refused\n",
});

/** Names of log events (contract/log.toml). */
export const event = Object.freeze({
  listening: "listening",
  dependency: "dependency",
  note: "note",
  refused: "refused",
  draining: "draining",
  stopped: "stopped",
  failure: "failure",
  request: "request",
});

/** Names and states of dependencies in the log. */
export const dependency = Object.freeze({
  redis: "redis",
  store: "store:{name}",
  up: "up",
  down: "down",
});

/** Why a proxy is not ready. */
export const reason = Object.freeze({
  cacheUnavailable: "cache-unavailable",
  cacheUnsafe: "cache-unsafe",
  storeUnavailable: "store-unavailable:{name}",
  refusedDocuments: "refused-documents",
  pendingTooOld: "pending-too-old",
  stopping: "stopping",
});

/** Names of the counters. */
export const stats = Object.freeze({
  counters: Object.freeze(["cache_hits", "cache_misses", "drain_retries", "drained", "fills", "fills_refused", "requests"]),
});
