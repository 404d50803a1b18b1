// Generated from contract/ by `cargo xtask codegen`; do not edit.
#![allow(dead_code)]
#![cfg_attr(rustfmt, rustfmt_skip)]
//! The contract's facts.

/// This version of the project.
pub const VERSION: &str = "0.1.0";
/// The methods this service knows, in the order of Allow.
pub const METHODS: &[&str] = &["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"];

/// Every problem a client can be told (contract/errors.toml); body is the whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    UnknownMethod,
    TargetTooLong,
    BadPath,
    NotFound,
    UnknownCollection,
    MethodNotAllowed,
    BadQuery,
    HeadersTooLarge,
    BadRequest,
    ExpectationFailed,
    BadHeader,
    BodyTooLarge,
    UnsupportedMediaType,
    BadJson,
    DuplicateName,
    NulInName,
    TooDeep,
    NumberOutOfRange,
    NumberPrecision,
    RootNotObject,
    PreconditionRequired,
    DocumentNotFound,
    PreconditionFailed,
    KeyConflict,
    KeyReused,
    DocumentRefused,
    CacheUnavailable,
    StoreUnavailable,
    OutcomeUnknown,
    Contention,
    BacklogFull,
    NotSynced,
    InternalError,
}

impl Problem {
    pub const ALL: &[Problem] = &[Problem::UnknownMethod, Problem::TargetTooLong, Problem::BadPath, Problem::NotFound, Problem::UnknownCollection, Problem::MethodNotAllowed, Problem::BadQuery, Problem::HeadersTooLarge, Problem::BadRequest, Problem::ExpectationFailed, Problem::BadHeader, Problem::BodyTooLarge, Problem::UnsupportedMediaType, Problem::BadJson, Problem::DuplicateName, Problem::NulInName, Problem::TooDeep, Problem::NumberOutOfRange, Problem::NumberPrecision, Problem::RootNotObject, Problem::PreconditionRequired, Problem::DocumentNotFound, Problem::PreconditionFailed, Problem::KeyConflict, Problem::KeyReused, Problem::DocumentRefused, Problem::CacheUnavailable, Problem::StoreUnavailable, Problem::OutcomeUnknown, Problem::Contention, Problem::BacklogFull, Problem::NotSynced, Problem::InternalError];

    /// What is told about this problem.
    pub const fn fact(self) -> &'static ProblemFact {
        &PROBLEMS[self as usize]
    }
}

/// Every problem a client can be told (contract/errors.toml); body is the whole answer.
#[derive(Debug)]
pub struct ProblemFact {
    pub slug: &'static str,
    pub status: i64,
    pub retry_after_s: Option<i64>,
    pub body: &'static str,
}

pub static PROBLEMS: &[ProblemFact] = &[
    ProblemFact { slug: "unknown-method", status: 501, retry_after_s: None, body: "{\"detail\":\"The request method is not one this service knows; use GET, HEAD, PUT, PATCH, DELETE, POST or OPTIONS.\",\"status\":501,\"title\":\"unknown method\",\"type\":\"urn:docproxy:unknown-method\"}" },
    ProblemFact { slug: "target-too-long", status: 414, retry_after_s: None, body: "{\"detail\":\"The request target or its query is too long; a target takes 8000 bytes, a query 4096.\",\"status\":414,\"title\":\"target too long\",\"type\":\"urn:docproxy:target-too-long\"}" },
    ProblemFact { slug: "bad-path", status: 400, retry_after_s: None, body: "{\"detail\":\"The path holds a byte, an escape or a name that is not allowed; a collection is a-z, 0-9 and '-', an id is letters, digits and '.', '_', '~', '-'.\",\"status\":400,\"title\":\"bad path\",\"type\":\"urn:docproxy:bad-path\"}" },
    ProblemFact { slug: "not-found", status: 404, retry_after_s: None, body: "{\"detail\":\"There is no such resource; documents are at /v1/{collection}/{id}, lists at /v1/{collection}.\",\"status\":404,\"title\":\"not found\",\"type\":\"urn:docproxy:not-found\"}" },
    ProblemFact { slug: "unknown-collection", status: 404, retry_after_s: None, body: "{\"detail\":\"No route of this service matches the collection.\",\"status\":404,\"title\":\"unknown collection\",\"type\":\"urn:docproxy:unknown-collection\"}" },
    ProblemFact { slug: "method-not-allowed", status: 405, retry_after_s: None, body: "{\"detail\":\"The resource does not take this method; Allow names those it takes.\",\"status\":405,\"title\":\"method not allowed\",\"type\":\"urn:docproxy:method-not-allowed\"}" },
    ProblemFact { slug: "bad-query", status: 400, retry_after_s: None, body: "{\"detail\":\"The query is malformed, or holds a parameter that is unknown, repeated or not allowed here; lists take limit, after and where.\",\"status\":400,\"title\":\"bad query\",\"type\":\"urn:docproxy:bad-query\"}" },
    ProblemFact { slug: "headers-too-large", status: 431, retry_after_s: None, body: "{\"detail\":\"The header section is too large; it takes 64 names and 16384 bytes.\",\"status\":431,\"title\":\"headers too large\",\"type\":\"urn:docproxy:headers-too-large\"}" },
    ProblemFact { slug: "bad-request", status: 400, retry_after_s: None, body: "{\"detail\":\"The request is not well-formed HTTP; it needs one Host, one way to tell the body's length, and header names without '_'.\",\"status\":400,\"title\":\"bad request\",\"type\":\"urn:docproxy:bad-request\"}" },
    ProblemFact { slug: "expectation-failed", status: 417, retry_after_s: None, body: "{\"detail\":\"The expectation cannot be met; only 100-continue is known.\",\"status\":417,\"title\":\"expectation failed\",\"type\":\"urn:docproxy:expectation-failed\"}" },
    ProblemFact { slug: "bad-header", status: 400, retry_after_s: None, body: "{\"detail\":\"A header field that this request depends on is malformed or sent twice.\",\"status\":400,\"title\":\"bad header\",\"type\":\"urn:docproxy:bad-header\"}" },
    ProblemFact { slug: "body-too-large", status: 413, retry_after_s: None, body: "{\"detail\":\"The document is too large, as sent or in canonical form; at most 1048576 bytes are taken.\",\"status\":413,\"title\":\"body too large\",\"type\":\"urn:docproxy:body-too-large\"}" },
    ProblemFact { slug: "unsupported-media-type", status: 415, retry_after_s: None, body: "{\"detail\":\"The content type or content encoding is not taken; send application/json (PATCH: application/merge-patch+json) in UTF-8 without a content encoding.\",\"status\":415,\"title\":\"unsupported media type\",\"type\":\"urn:docproxy:unsupported-media-type\"}" },
    ProblemFact { slug: "bad-json", status: 400, retry_after_s: None, body: "{\"detail\":\"The body is not strict JSON in UTF-8 (RFC 8259 and RFC 7493, no byte order mark).\",\"status\":400,\"title\":\"bad json\",\"type\":\"urn:docproxy:bad-json\"}" },
    ProblemFact { slug: "duplicate-name", status: 400, retry_after_s: None, body: "{\"detail\":\"An object of the body has the same member name twice.\",\"status\":400,\"title\":\"duplicate name\",\"type\":\"urn:docproxy:duplicate-name\"}" },
    ProblemFact { slug: "nul-in-name", status: 422, retry_after_s: None, body: "{\"detail\":\"A member name holds U+0000, which the stores cannot keep.\",\"status\":422,\"title\":\"nul in name\",\"type\":\"urn:docproxy:nul-in-name\"}" },
    ProblemFact { slug: "too-deep", status: 422, retry_after_s: None, body: "{\"detail\":\"The document is nested too deeply; it takes 30 levels, the root counted.\",\"status\":422,\"title\":\"too deep\",\"type\":\"urn:docproxy:too-deep\"}" },
    ProblemFact { slug: "number-out-of-range", status: 422, retry_after_s: None, body: "{\"detail\":\"A number is too large for an IEEE 754 double.\",\"status\":422,\"title\":\"number out of range\",\"type\":\"urn:docproxy:number-out-of-range\"}" },
    ProblemFact { slug: "number-precision", status: 422, retry_after_s: None, body: "{\"detail\":\"An integer cannot be kept exactly in an IEEE 754 double; send it as a string.\",\"status\":422,\"title\":\"number precision\",\"type\":\"urn:docproxy:number-precision\"}" },
    ProblemFact { slug: "root-not-object", status: 422, retry_after_s: None, body: "{\"detail\":\"The body must be a JSON object.\",\"status\":422,\"title\":\"root not object\",\"type\":\"urn:docproxy:root-not-object\"}" },
    ProblemFact { slug: "precondition-required", status: 428, retry_after_s: None, body: "{\"detail\":\"This collection takes conditional writes only; send If-Match, or If-None-Match: * to create.\",\"status\":428,\"title\":\"precondition required\",\"type\":\"urn:docproxy:precondition-required\"}" },
    ProblemFact { slug: "document-not-found", status: 404, retry_after_s: None, body: "{\"detail\":\"There is no document with this id.\",\"status\":404,\"title\":\"document not found\",\"type\":\"urn:docproxy:document-not-found\"}" },
    ProblemFact { slug: "precondition-failed", status: 412, retry_after_s: None, body: "{\"detail\":\"A precondition does not hold for the document as it is now; read it again and decide anew.\",\"status\":412,\"title\":\"precondition failed\",\"type\":\"urn:docproxy:precondition-failed\"}" },
    ProblemFact { slug: "key-conflict", status: 409, retry_after_s: None, body: "{\"detail\":\"The document that this Idempotency-Key created was deleted; use a new key.\",\"status\":409,\"title\":\"key conflict\",\"type\":\"urn:docproxy:key-conflict\"}" },
    ProblemFact { slug: "key-reused", status: 422, retry_after_s: None, body: "{\"detail\":\"This Idempotency-Key was used with other content; use a new key.\",\"status\":422,\"title\":\"key reused\",\"type\":\"urn:docproxy:key-reused\"}" },
    ProblemFact { slug: "document-refused", status: 422, retry_after_s: None, body: "{\"detail\":\"The store refuses this document for what it is.\",\"status\":422,\"title\":\"document refused\",\"type\":\"urn:docproxy:document-refused\"}" },
    ProblemFact { slug: "cache-unavailable", status: 503, retry_after_s: Some(1), body: "{\"detail\":\"The cache cannot be used now, so this request cannot be answered safely; nothing was written.\",\"status\":503,\"title\":\"cache unavailable\",\"type\":\"urn:docproxy:cache-unavailable\"}" },
    ProblemFact { slug: "store-unavailable", status: 503, retry_after_s: Some(2), body: "{\"detail\":\"The store does not answer now; nothing was written.\",\"status\":503,\"title\":\"store unavailable\",\"type\":\"urn:docproxy:store-unavailable\"}" },
    ProblemFact { slug: "outcome-unknown", status: 503, retry_after_s: Some(2), body: "{\"detail\":\"The write was sent and not confirmed; it may or may not take effect. Read the document before you repeat it.\",\"status\":503,\"title\":\"outcome unknown\",\"type\":\"urn:docproxy:outcome-unknown\"}" },
    ProblemFact { slug: "contention", status: 503, retry_after_s: Some(1), body: "{\"detail\":\"Other writers were faster every time; nothing was written.\",\"status\":503,\"title\":\"contention\",\"type\":\"urn:docproxy:contention\"}" },
    ProblemFact { slug: "backlog-full", status: 503, retry_after_s: Some(5), body: "{\"detail\":\"Too many writes wait for the store; nothing was written.\",\"status\":503,\"title\":\"backlog full\",\"type\":\"urn:docproxy:backlog-full\"}" },
    ProblemFact { slug: "not-synced", status: 503, retry_after_s: Some(1), body: "{\"detail\":\"The waiting writes did not reach the store in time.\",\"status\":503,\"title\":\"not synced\",\"type\":\"urn:docproxy:not-synced\"}" },
    ProblemFact { slug: "internal-error", status: 500, retry_after_s: None, body: "{\"detail\":\"The service failed in a way it did not foresee; its log has the cause.\",\"status\":500,\"title\":\"internal error\",\"type\":\"urn:docproxy:internal-error\"}" },
];

/// The Lua scripts (contract/scripts) with the digest that EVALSHA takes.
#[derive(Debug)]
pub struct ScriptFact {
    pub name: &'static str,
    pub sha1: &'static str,
    pub text: &'static str,
}

pub static SCRIPTS: &[ScriptFact] = &[
    ScriptFact { name: "begin", sha1: "0c023a855957237787ff052fedd8477f5402cc0f", text: "#!lua flags=allow-oom\n-- Announces a writer: no entry and no lease from before it survives, and nothing is filled until it finished.\n-- KEYS entry lease writers | ARGV token, intent_ms | 1\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nredis.call('DEL', KEYS[1], KEYS[2])\nlocal live = 0\nif redis.call('TYPE', KEYS[3]).ok == 'zset' then\n  live = redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf')\nend\nif live == 0 then redis.call('DEL', KEYS[3]) end\nredis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[2]), ARGV[1])\nif live > 0 then redis.call('ZADD', KEYS[3], 0, '!') end\nredis.call('PEXPIRE', KEYS[3], string.format('%.0f', 2 * ARGV[2]))\nreturn 1\n" },
    ScriptFact { name: "claim", sha1: "c1251f9c0366fd195cdda32ef1aef9eab4f95640", text: "#!lua flags=allow-oom\n-- Takes what is due out of a queue's sight for long enough to store it; nothing leaves the queue.\n-- KEYS queue since, beginning of the dirty records' keys | ARGV rows at most, bytes of bodies at most, visibility_ms\n-- {{id, n, kind, etag, body, id, ...}, pending, TIME in ms}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal again = string.format('%.0f', now + ARGV[3])\nlocal rows, bytes = {}, 0\nfor _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])) do\n  local dirty = redis.pcall('HMGET', KEYS[3] .. id, 'n', 'k', 'e', 'b')\n  if not dirty.err and not dirty[1] and redis.call('EXISTS', KEYS[3] .. id) == 0 then\n    redis.call('ZREM', KEYS[1], id)\n    redis.call('ZREM', KEYS[2], id)\n  else\n    -- A record with garbage stays where it is, and does not hold up the others.\n    local right = not dirty.err and dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]\n    if right then\n      if bytes > 0 and bytes + #dirty[4] > tonumber(ARGV[2]) then break end\n      bytes = bytes + #dirty[4]\n      for _, part in ipairs({ id, dirty[1], dirty[2], dirty[3], dirty[4] }) do rows[#rows + 1] = part end\n    end\n    redis.call('ZADD', KEYS[1], 'XX', again, id)\n  end\nend\nreturn { rows, redis.call('ZCARD', KEYS[1]), string.format('%.0f', now) }\n" },
    ScriptFact { name: "done", sha1: "46c47ec1971f2a340f878566e1afc1c2b5e2f48e", text: "#!lua flags=allow-oom\n-- Ends the wait of a version that the store has; a newer one goes on waiting.\n-- KEYS queue since dirty refused | ARGV id, n, delay_ms, TIME of the claim in ms | 'clean' 'newer'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal n = redis.call('HGET', KEYS[3], 'n')\nif n and n ~= ARGV[2] then\n  redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])\n  -- It came after the claim, else the claim had taken it.\n  redis.call('ZADD', KEYS[2], 'XX', ARGV[4], ARGV[1])\n  return 'newer'\nend\nredis.call('DEL', KEYS[3])\nredis.call('ZREM', KEYS[1], ARGV[1])\nredis.call('ZREM', KEYS[2], ARGV[1])\nredis.call('HDEL', KEYS[4], ARGV[1])\nreturn 'clean'\n" },
    ScriptFact { name: "fill", sha1: "82289f51cd7c915efaa3ffe9d014d53451551b11", text: "-- Stores what the holder of the lease read, unless a write came in between; gives the lease back in any case.\n-- KEYS entry lease writers dirty | ARGV token, record, ttl_ms (0 = give the lease back only) | 'stored' 'refused'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nif redis.call('TYPE', KEYS[2]).ok ~= 'string' or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'refused' end\nlocal kind = redis.call('TYPE', KEYS[3]).ok\nlocal writers = kind == 'zset' and redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') or 0\nlocal answer = 'refused'\nif writers == 0 and redis.call('EXISTS', KEYS[4]) == 0 and ARGV[3] ~= '0' then\n  -- First write, under pcall: at maxmemory the entry stays absent.\n  local set = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n  if not set.err then\n    answer = 'stored'\n  elseif not string.find(set.err, 'OOM', 1, true) then\n    return set\n  end\nend\nredis.call('DEL', KEYS[2])\nreturn answer\n" },
    ScriptFact { name: "finish", sha1: "1c19b355788fafbbf9ad3911f083ded5a83b3153", text: "-- Ends a writer; the last of those that never overlapped may leave its value in the cache.\n-- KEYS entry lease writers | ARGV token, record, ttl_ms (0 = leave nothing) | 'late' 'unset' 'set'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal floor = '(' .. string.format('%.0f', now)\nlocal deadline, others = false, 0\nif redis.call('TYPE', KEYS[3]).ok == 'zset' then\n  deadline = redis.call('ZSCORE', KEYS[3], ARGV[1])\n  others = redis.call('ZCOUNT', KEYS[3], floor, '+inf')\nend\nif not deadline or tonumber(deadline) <= now then\n  -- My write may have come after theirs, so none of them may set. At maxmemory forgetting all of them does the same.\n  local marked = others > 0 and redis.pcall('ZADD', KEYS[3], 0, '!')\n  if others == 0 or type(marked) == 'table' and marked.err then redis.call('DEL', KEYS[3]) end\n  redis.call('DEL', KEYS[1], KEYS[2])\n  return 'late'\nend\nif others > 1 then\n  redis.call('ZREM', KEYS[3], ARGV[1])\n  return 'unset'\nend\nlocal answer = 'unset'\nif not redis.call('ZSCORE', KEYS[3], '!') then\n  -- First write, under pcall: at maxmemory the entry stays absent.\n  local set = ARGV[3] ~= '0' and redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n  if not set or set.err then redis.call('DEL', KEYS[1]) end\n  answer = 'set'\nend\nredis.call('DEL', KEYS[3])\nreturn answer\n" },
    ScriptFact { name: "join", sha1: "ae4a06ce24c5ddfa7465d7acc2a3c85e32e77b37", text: "#!lua flags=allow-oom\n-- Joins the fleet that one routing file names, refreshes the membership, or leaves.\n-- KEYS fleet | ARGV hash, proxy id, live_ms (0 = leave) | 1 member (or left), 0 another hash lives\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal member = ARGV[1] .. ' ' .. ARGV[2]\nif ARGV[3] == '0' then\n  redis.call('ZREM', KEYS[1], member)\n  return 1\nend\nredis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))\nfor _, other in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do\n  if string.sub(other, 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end\nend\nredis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), member)\nreturn 1\n" },
    ScriptFact { name: "miss", sha1: "1a6d08eb844c42c62691642979758d1e25b725f5", text: "-- Decides what a reader does that found no usable entry, or a writer that knows no base.\n-- KEYS entry lease writers dirty | ARGV token, lease_ms, ttl_ms of a value, of an absence (0 = not cached)\n-- {'pending', record} not in the store yet | {'hit', record} | {'bypass'} a writer is in progress, or no memory | {'lease'} read the store and fill | {'wait'}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal function drop_unless(key, kind)\n  local found = redis.call('TYPE', key).ok\n  if found ~= 'none' and found ~= kind then redis.call('DEL', key) end\nend\n-- Read first: a dirty record of a wrong type is an error that changes nothing.\nlocal dirty = redis.call('HMGET', KEYS[4], 'n', 'k', 'e', 'b')\nif not dirty[1] and redis.call('EXISTS', KEYS[4]) == 1 then return redis.error_reply('ERR the dirty record lacks a part') end\ndrop_unless(KEYS[1], 'string')\ndrop_unless(KEYS[2], 'string')\ndrop_unless(KEYS[3], 'zset')\nif dirty[1] then\n  local record = table.concat(dirty, '|')\n  local ttl = dirty[2] == 'V' and ARGV[3] or ARGV[4]\n  -- Without memory the entry stays absent.\n  if ttl ~= '0' then redis.pcall('SET', KEYS[1], record, 'PX', ttl) end\n  return { 'pending', record }\nend\nlocal record = redis.call('GET', KEYS[1])\nif record then return { 'hit', record } end\nif redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') > 0 then return { 'bypass' } end\n-- Without a shebang a refused first write can be caught: at maxmemory the reader goes past the cache.\nlocal taken = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])\nif not taken then return { 'wait' } end\nif taken.err then\n  if string.find(taken.err, 'OOM', 1, true) then return { 'bypass' } end\n  return taken\nend\nreturn { 'lease' }\n" },
    ScriptFact { name: "put", sha1: "9986b1326833f3e53db6885a257bf50239f7fd01", text: "-- Accepts a write-behind write: the dirty record, its place in the queue and the entry, all or nothing.\n-- KEYS entry lease dirty queue since last refused\n-- ARGV id, token ('' = the base needs none), base 'n|kind' ('' = unknown), guard ('' | exists | absent | =n), blind (1 = goes without a base), kind, etag, body, ttl_ms (0 = leave no entry), delay_ms, max_pending\n-- {'ok', n, kind before} | {'blind', n} | {'conflict', record ('' = the base given)} | {'needbase'} | {'full'}\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal id, token, base, guard = ARGV[1], ARGV[2], ARGV[3], ARGV[4]\n\n-- Whatever may refuse comes before the first write: a queue key of a wrong type or with garbage changes nothing.\nlocal dirty = redis.call('HMGET', KEYS[3], 'n', 'k', 'e', 'b')\nlocal waiting = redis.call('ZCARD', KEYS[4])\nredis.call('ZSCORE', KEYS[5], id)\nlocal last = redis.call('GET', KEYS[6]) or '0'\nredis.call('HEXISTS', KEYS[7], id)\nif not string.match(last, '^%d+$') then return redis.error_reply('ERR the last number given out is none') end\nlocal is_dirty = redis.call('EXISTS', KEYS[3]) == 1\nif is_dirty and not (dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]) then\n  return redis.error_reply('ERR the dirty record lacks a part')\nend\nlocal is_mine = token ~= '' and redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2]) == token\nlocal function refuse(reply)\n  if is_mine then redis.call('DEL', KEYS[2]) end\n  return reply\nend\n\nlocal n, kind, record\nif is_dirty then\n  n, kind, record = dirty[1], dirty[2], table.concat(dirty, '|')\nelse\n  local entry = redis.call('TYPE', KEYS[1]).ok\n  if entry == 'string' then\n    record = redis.call('GET', KEYS[1])\n    local etag, from\n    n, kind, etag, from = string.match(record, '^(%d+)|([VTN])|([0-9a-f]*)|()')\n    local bare = etag == '' and from > #record\n    local right = n and tonumber(n) < 2 ^ 53 and string.format('%.0f', tonumber(n)) == n\n      and (kind == 'V' and n ~= '0' and #etag == 32 and from <= #record or kind == 'T' and n ~= '0' and bare or kind == 'N' and n == '0' and bare)\n    if not right then n = nil end\n  end\n  if not n and base ~= '' and (token == '' or is_mine) then\n    n, kind = string.match(base, '^(%d+)|([VTN])$')\n    record = ''\n  end\nend\nif n then\n  local holds = guard == '' or guard == 'exists' and kind == 'V' or guard == 'absent' and kind == 'N' or guard == '=' .. n\n  if not holds then return refuse({ 'conflict', record }) end\nelseif ARGV[5] ~= '1' then\n  if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end\n  return refuse({ 'needbase' })\nend\nif not is_dirty and waiting >= tonumber(ARGV[11]) then return refuse({ 'full' }) end\n\n-- n keeps pace with the clock, so that it is above any that a write without a base cannot know.\nlocal mine = string.format('%.0f', math.max(tonumber(last), tonumber(n or '0'), time[1] * 1000000 + time[2] - 1) + 1)\n-- First write, under pcall: at maxmemory nothing of this is done.\nlocal set = redis.pcall('HSET', KEYS[3], 'n', mine, 'k', ARGV[6], 'e', ARGV[7], 'b', ARGV[8])\nif type(set) == 'table' and set.err then\n  if string.find(set.err, 'OOM', 1, true) then return refuse({ 'full' }) end\n  return set\nend\nlocal due = string.format('%.0f', now + ARGV[10])\n-- The first of several writes sets the time, so a hot key cannot starve itself; a document that was refused gets a new try.\nif redis.call('HDEL', KEYS[7], id) == 1 then\n  redis.call('ZADD', KEYS[4], due, id)\nelse\n  redis.call('ZADD', KEYS[4], 'NX', due, id)\nend\nredis.call('ZADD', KEYS[5], 'NX', string.format('%.0f', now), id)\nredis.call('SET', KEYS[6], mine)\nif ARGV[9] ~= '0' then\n  redis.call('SET', KEYS[1], mine .. '|' .. ARGV[6] .. '|' .. ARGV[7] .. '|' .. ARGV[8], 'PX', ARGV[9])\nelse\n  redis.call('DEL', KEYS[1])\nend\nredis.call('DEL', KEYS[2])\nif not n then return { 'blind', mine } end\nreturn { 'ok', mine, kind }\n" },
    ScriptFact { name: "refuse", sha1: "ecceffccdb38f8ee4af9b383b998a146ab15bb25", text: "#!lua flags=allow-oom\n-- Notes a version that the store refuses for what it is; it stays dirty, and is tried again now and then.\n-- KEYS queue dirty refused | ARGV id, n, pause_ms | 'refused' 'again' (noted before) 'newer'\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nif redis.call('HGET', KEYS[2], 'n') ~= ARGV[2] then return 'newer' end\nlocal is_new = redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2]\nredis.call('HSET', KEYS[3], ARGV[1], ARGV[2])\nredis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])\nreturn is_new and 'refused' or 'again'\n" },
];

/// The Lua scripts (contract/scripts) with the digest that EVALSHA takes.
pub mod scripts {
    pub const BEGIN: &super::ScriptFact = &super::SCRIPTS[0];
    pub const CLAIM: &super::ScriptFact = &super::SCRIPTS[1];
    pub const DONE: &super::ScriptFact = &super::SCRIPTS[2];
    pub const FILL: &super::ScriptFact = &super::SCRIPTS[3];
    pub const FINISH: &super::ScriptFact = &super::SCRIPTS[4];
    pub const JOIN: &super::ScriptFact = &super::SCRIPTS[5];
    pub const MISS: &super::ScriptFact = &super::SCRIPTS[6];
    pub const PUT: &super::ScriptFact = &super::SCRIPTS[7];
    pub const REFUSE: &super::ScriptFact = &super::SCRIPTS[8];
}

/// Why a routing file is refused (contract/messages.toml); names in braces are filled in.
#[derive(Debug)]
pub struct FaultFact {
    pub id: &'static str,
    pub wrong: &'static str,
    pub right: &'static str,
}

pub static FAULTS: &[FaultFact] = &[
    FaultFact { id: "syntax", wrong: "not strict JSON ({slug})", right: "RFC 8259 JSON in UTF-8 without comments, trailing commas or repeated names" },
    FaultFact { id: "unknown-key", wrong: "unknown key", right: "known here: {known}" },
    FaultFact { id: "missing", wrong: "missing", right: "expected {expected}" },
    FaultFact { id: "wrong-type", wrong: "wrong type", right: "expected {expected}" },
    FaultFact { id: "empty", wrong: "empty", right: "expected {expected}" },
    FaultFact { id: "out-of-range", wrong: "out of range", right: "expected {expected}" },
    FaultFact { id: "not-allowed-value", wrong: "value not allowed", right: "expected {expected}" },
    FaultFact { id: "bad-url", wrong: "not a usable URL", right: "expected {expected}" },
    FaultFact { id: "unset-variable", wrong: "environment variable {name} is not set", right: "set it, or write the value in its place" },
    FaultFact { id: "bad-name", wrong: "not a name for a store", right: "expected a-z, then up to 31 of a-z, 0-9 and -" },
    FaultFact { id: "bad-match", wrong: "not a collection pattern", right: "expected {expected}" },
    FaultFact { id: "duplicate-match", wrong: "same match as route {index}", right: "remove one of the two" },
    FaultFact { id: "shadowed-match", wrong: "never reached, route {index} matches all of it", right: "put the narrower match first" },
    FaultFact { id: "unknown-store", wrong: "no such store", right: "expected one of: {known}" },
    FaultFact { id: "no-meaning-here", wrong: "no meaning with cache mode {mode}", right: "remove the key, or choose another mode" },
    FaultFact { id: "unsafe-eviction", wrong: "Redis has maxmemory-policy {value}, which evicts what must not vanish", right: "CONFIG SET maxmemory-policy noeviction (or a volatile one), and the same in redis.conf" },
    FaultFact { id: "unsafe-durability", wrong: "Redis has {name} {value}, with which an acknowledged write can be lost", right: "CONFIG SET {name} {expected}, and the same in redis.conf; or choose durability relaxed" },
    FaultFact { id: "unsafe-unknown", wrong: "Redis does not tell its settings (CONFIG GET is refused)", right: "allow CONFIG GET for this user" },
    FaultFact { id: "another-fleet", wrong: "proxies with another routing file are live on this Redis", right: "stop them first (they count for 10 s after that), or give all the same file" },
];

/// Why a routing file is refused (contract/messages.toml); names in braces are filled in.
pub mod faults {
    pub const SYNTAX: &super::FaultFact = &super::FAULTS[0];
    pub const UNKNOWN_KEY: &super::FaultFact = &super::FAULTS[1];
    pub const MISSING: &super::FaultFact = &super::FAULTS[2];
    pub const WRONG_TYPE: &super::FaultFact = &super::FAULTS[3];
    pub const EMPTY: &super::FaultFact = &super::FAULTS[4];
    pub const OUT_OF_RANGE: &super::FaultFact = &super::FAULTS[5];
    pub const NOT_ALLOWED_VALUE: &super::FaultFact = &super::FAULTS[6];
    pub const BAD_URL: &super::FaultFact = &super::FAULTS[7];
    pub const UNSET_VARIABLE: &super::FaultFact = &super::FAULTS[8];
    pub const BAD_NAME: &super::FaultFact = &super::FAULTS[9];
    pub const BAD_MATCH: &super::FaultFact = &super::FAULTS[10];
    pub const DUPLICATE_MATCH: &super::FaultFact = &super::FAULTS[11];
    pub const SHADOWED_MATCH: &super::FaultFact = &super::FAULTS[12];
    pub const UNKNOWN_STORE: &super::FaultFact = &super::FAULTS[13];
    pub const NO_MEANING_HERE: &super::FaultFact = &super::FAULTS[14];
    pub const UNSAFE_EVICTION: &super::FaultFact = &super::FAULTS[15];
    pub const UNSAFE_DURABILITY: &super::FaultFact = &super::FAULTS[16];
    pub const UNSAFE_UNKNOWN: &super::FaultFact = &super::FAULTS[17];
    pub const ANOTHER_FLEET: &super::FaultFact = &super::FAULTS[18];
}

/// The operations (contract/operations.toml).
#[derive(Debug)]
pub struct OperationFact {
    pub name: &'static str,
    pub methods: &'static [&'static str],
    pub resource: &'static str,
    pub path: Option<&'static str>,
    pub body: Option<&'static str>,
}

pub static OPERATIONS: &[OperationFact] = &[
    OperationFact { name: "any", methods: &[], resource: "any", path: None, body: None },
    OperationFact { name: "get", methods: &["GET", "HEAD"], resource: "document", path: None, body: None },
    OperationFact { name: "put", methods: &["PUT"], resource: "document", path: None, body: Some("application/json") },
    OperationFact { name: "patch", methods: &["PATCH"], resource: "document", path: None, body: Some("application/merge-patch+json") },
    OperationFact { name: "delete", methods: &["DELETE"], resource: "document", path: None, body: None },
    OperationFact { name: "create", methods: &["POST"], resource: "collection", path: None, body: Some("application/json") },
    OperationFact { name: "list", methods: &["GET", "HEAD"], resource: "collection", path: None, body: None },
    OperationFact { name: "live", methods: &["GET", "HEAD"], resource: "live", path: Some("/_health/live"), body: None },
    OperationFact { name: "ready", methods: &["GET", "HEAD"], resource: "ready", path: Some("/_health/ready"), body: None },
    OperationFact { name: "stats", methods: &["GET", "HEAD"], resource: "stats", path: Some("/_stats"), body: None },
    OperationFact { name: "options", methods: &["OPTIONS"], resource: "any", path: None, body: None },
];

/// Every outcome of every operation; needs names what must be there to reach it.
#[derive(Debug)]
pub struct OutcomeFact {
    pub operation: &'static str,
    pub status: i64,
    pub problem: Option<Problem>,
    pub needs: Option<&'static str>,
}

pub static OUTCOMES: &[OutcomeFact] = &[
    OutcomeFact { operation: "any", status: 400, problem: Some(Problem::BadRequest), needs: None },
    OutcomeFact { operation: "any", status: 400, problem: Some(Problem::BadPath), needs: None },
    OutcomeFact { operation: "any", status: 400, problem: Some(Problem::BadQuery), needs: None },
    OutcomeFact { operation: "any", status: 404, problem: Some(Problem::NotFound), needs: None },
    OutcomeFact { operation: "any", status: 404, problem: Some(Problem::UnknownCollection), needs: None },
    OutcomeFact { operation: "any", status: 405, problem: Some(Problem::MethodNotAllowed), needs: None },
    OutcomeFact { operation: "any", status: 414, problem: Some(Problem::TargetTooLong), needs: None },
    OutcomeFact { operation: "any", status: 417, problem: Some(Problem::ExpectationFailed), needs: None },
    OutcomeFact { operation: "any", status: 431, problem: Some(Problem::HeadersTooLarge), needs: None },
    OutcomeFact { operation: "any", status: 501, problem: Some(Problem::UnknownMethod), needs: None },
    OutcomeFact { operation: "get", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "get", status: 304, problem: None, needs: None },
    OutcomeFact { operation: "get", status: 400, problem: Some(Problem::BadHeader), needs: None },
    OutcomeFact { operation: "get", status: 404, problem: Some(Problem::DocumentNotFound), needs: None },
    OutcomeFact { operation: "get", status: 412, problem: Some(Problem::PreconditionFailed), needs: None },
    OutcomeFact { operation: "get", status: 503, problem: Some(Problem::CacheUnavailable), needs: None },
    OutcomeFact { operation: "get", status: 503, problem: Some(Problem::StoreUnavailable), needs: None },
    OutcomeFact { operation: "get", status: 503, problem: Some(Problem::NotSynced), needs: None },
    OutcomeFact { operation: "put", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "put", status: 201, problem: None, needs: None },
    OutcomeFact { operation: "put", status: 202, problem: None, needs: None },
    OutcomeFact { operation: "put", status: 400, problem: Some(Problem::BadHeader), needs: None },
    OutcomeFact { operation: "put", status: 400, problem: Some(Problem::BadJson), needs: None },
    OutcomeFact { operation: "put", status: 400, problem: Some(Problem::DuplicateName), needs: None },
    OutcomeFact { operation: "put", status: 412, problem: Some(Problem::PreconditionFailed), needs: None },
    OutcomeFact { operation: "put", status: 413, problem: Some(Problem::BodyTooLarge), needs: None },
    OutcomeFact { operation: "put", status: 415, problem: Some(Problem::UnsupportedMediaType), needs: None },
    OutcomeFact { operation: "put", status: 422, problem: Some(Problem::NulInName), needs: None },
    OutcomeFact { operation: "put", status: 422, problem: Some(Problem::TooDeep), needs: None },
    OutcomeFact { operation: "put", status: 422, problem: Some(Problem::NumberOutOfRange), needs: None },
    OutcomeFact { operation: "put", status: 422, problem: Some(Problem::NumberPrecision), needs: None },
    OutcomeFact { operation: "put", status: 422, problem: Some(Problem::RootNotObject), needs: None },
    OutcomeFact { operation: "put", status: 422, problem: Some(Problem::DocumentRefused), needs: None },
    OutcomeFact { operation: "put", status: 428, problem: Some(Problem::PreconditionRequired), needs: None },
    OutcomeFact { operation: "put", status: 503, problem: Some(Problem::CacheUnavailable), needs: None },
    OutcomeFact { operation: "put", status: 503, problem: Some(Problem::StoreUnavailable), needs: None },
    OutcomeFact { operation: "put", status: 503, problem: Some(Problem::OutcomeUnknown), needs: None },
    OutcomeFact { operation: "put", status: 503, problem: Some(Problem::Contention), needs: None },
    OutcomeFact { operation: "put", status: 503, problem: Some(Problem::BacklogFull), needs: None },
    OutcomeFact { operation: "put", status: 503, problem: Some(Problem::NotSynced), needs: None },
    OutcomeFact { operation: "patch", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "patch", status: 400, problem: Some(Problem::BadHeader), needs: None },
    OutcomeFact { operation: "patch", status: 400, problem: Some(Problem::BadJson), needs: None },
    OutcomeFact { operation: "patch", status: 400, problem: Some(Problem::DuplicateName), needs: None },
    OutcomeFact { operation: "patch", status: 404, problem: Some(Problem::DocumentNotFound), needs: None },
    OutcomeFact { operation: "patch", status: 412, problem: Some(Problem::PreconditionFailed), needs: None },
    OutcomeFact { operation: "patch", status: 413, problem: Some(Problem::BodyTooLarge), needs: None },
    OutcomeFact { operation: "patch", status: 415, problem: Some(Problem::UnsupportedMediaType), needs: None },
    OutcomeFact { operation: "patch", status: 422, problem: Some(Problem::NulInName), needs: None },
    OutcomeFact { operation: "patch", status: 422, problem: Some(Problem::TooDeep), needs: None },
    OutcomeFact { operation: "patch", status: 422, problem: Some(Problem::NumberOutOfRange), needs: None },
    OutcomeFact { operation: "patch", status: 422, problem: Some(Problem::NumberPrecision), needs: None },
    OutcomeFact { operation: "patch", status: 422, problem: Some(Problem::RootNotObject), needs: None },
    OutcomeFact { operation: "patch", status: 422, problem: Some(Problem::DocumentRefused), needs: None },
    OutcomeFact { operation: "patch", status: 428, problem: Some(Problem::PreconditionRequired), needs: None },
    OutcomeFact { operation: "patch", status: 503, problem: Some(Problem::CacheUnavailable), needs: None },
    OutcomeFact { operation: "patch", status: 503, problem: Some(Problem::StoreUnavailable), needs: None },
    OutcomeFact { operation: "patch", status: 503, problem: Some(Problem::OutcomeUnknown), needs: None },
    OutcomeFact { operation: "patch", status: 503, problem: Some(Problem::Contention), needs: None },
    OutcomeFact { operation: "patch", status: 503, problem: Some(Problem::BacklogFull), needs: None },
    OutcomeFact { operation: "patch", status: 503, problem: Some(Problem::NotSynced), needs: None },
    OutcomeFact { operation: "delete", status: 204, problem: None, needs: None },
    OutcomeFact { operation: "delete", status: 202, problem: None, needs: None },
    OutcomeFact { operation: "delete", status: 400, problem: Some(Problem::BadHeader), needs: None },
    OutcomeFact { operation: "delete", status: 404, problem: Some(Problem::DocumentNotFound), needs: None },
    OutcomeFact { operation: "delete", status: 412, problem: Some(Problem::PreconditionFailed), needs: None },
    OutcomeFact { operation: "delete", status: 422, problem: Some(Problem::DocumentRefused), needs: None },
    OutcomeFact { operation: "delete", status: 428, problem: Some(Problem::PreconditionRequired), needs: None },
    OutcomeFact { operation: "delete", status: 503, problem: Some(Problem::CacheUnavailable), needs: None },
    OutcomeFact { operation: "delete", status: 503, problem: Some(Problem::StoreUnavailable), needs: None },
    OutcomeFact { operation: "delete", status: 503, problem: Some(Problem::OutcomeUnknown), needs: None },
    OutcomeFact { operation: "delete", status: 503, problem: Some(Problem::Contention), needs: None },
    OutcomeFact { operation: "delete", status: 503, problem: Some(Problem::BacklogFull), needs: None },
    OutcomeFact { operation: "delete", status: 503, problem: Some(Problem::NotSynced), needs: None },
    OutcomeFact { operation: "create", status: 201, problem: None, needs: None },
    OutcomeFact { operation: "create", status: 400, problem: Some(Problem::BadHeader), needs: None },
    OutcomeFact { operation: "create", status: 400, problem: Some(Problem::BadJson), needs: None },
    OutcomeFact { operation: "create", status: 400, problem: Some(Problem::DuplicateName), needs: None },
    OutcomeFact { operation: "create", status: 409, problem: Some(Problem::KeyConflict), needs: None },
    OutcomeFact { operation: "create", status: 413, problem: Some(Problem::BodyTooLarge), needs: None },
    OutcomeFact { operation: "create", status: 415, problem: Some(Problem::UnsupportedMediaType), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::NulInName), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::TooDeep), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::NumberOutOfRange), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::NumberPrecision), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::RootNotObject), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::DocumentRefused), needs: None },
    OutcomeFact { operation: "create", status: 422, problem: Some(Problem::KeyReused), needs: None },
    OutcomeFact { operation: "create", status: 503, problem: Some(Problem::CacheUnavailable), needs: None },
    OutcomeFact { operation: "create", status: 503, problem: Some(Problem::StoreUnavailable), needs: None },
    OutcomeFact { operation: "create", status: 503, problem: Some(Problem::OutcomeUnknown), needs: None },
    OutcomeFact { operation: "create", status: 503, problem: Some(Problem::Contention), needs: None },
    OutcomeFact { operation: "create", status: 503, problem: Some(Problem::BacklogFull), needs: None },
    OutcomeFact { operation: "create", status: 503, problem: Some(Problem::NotSynced), needs: None },
    OutcomeFact { operation: "list", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "list", status: 400, problem: Some(Problem::BadQuery), needs: None },
    OutcomeFact { operation: "list", status: 503, problem: Some(Problem::CacheUnavailable), needs: None },
    OutcomeFact { operation: "list", status: 503, problem: Some(Problem::StoreUnavailable), needs: None },
    OutcomeFact { operation: "list", status: 503, problem: Some(Problem::NotSynced), needs: None },
    OutcomeFact { operation: "live", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "ready", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "ready", status: 503, problem: None, needs: None },
    OutcomeFact { operation: "stats", status: 200, problem: None, needs: None },
    OutcomeFact { operation: "options", status: 204, problem: None, needs: None },
];

/// The keys of the routing file in the order in which they are checked (contract/routing.schema.json).
#[derive(Debug)]
pub struct SettingFact {
    pub group: &'static str,
    pub key: &'static str,
    pub kind: &'static str,
    pub required: bool,
    pub default: Option<&'static str>,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    pub allowed: &'static [&'static str],
    pub pattern: Option<&'static str>,
    pub expected: &'static str,
    pub modes: &'static [&'static str],
}

pub static SETTINGS: &[SettingFact] = &[
    SettingFact { group: "root", key: "listen", kind: "string", required: false, default: Some("127.0.0.1:8080"), minimum: None, maximum: None, allowed: &[], pattern: Some("^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"), expected: "HOST:PORT, for example 127.0.0.1:8080", modes: &[] },
    SettingFact { group: "root", key: "redis", kind: "object", required: false, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "an object with url", modes: &[] },
    SettingFact { group: "root", key: "stores", kind: "object", required: true, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "an object of stores by name", modes: &[] },
    SettingFact { group: "root", key: "limits", kind: "object", required: false, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "an object", modes: &[] },
    SettingFact { group: "root", key: "routes", kind: "array", required: true, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "an array of at least one route", modes: &[] },
    SettingFact { group: "redis", key: "url", kind: "string", required: true, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "redis://[[user]:password@]host[:port][/database]", modes: &[] },
    SettingFact { group: "redis", key: "timeout_ms", kind: "integer", required: false, default: Some("250"), minimum: Some(1), maximum: Some(60000), allowed: &[], pattern: None, expected: "an integer from 1 to 60000", modes: &[] },
    SettingFact { group: "store", key: "kind", kind: "string", required: true, default: None, minimum: None, maximum: None, allowed: &["mongodb", "mysql"], pattern: None, expected: "one of: mongodb, mysql", modes: &[] },
    SettingFact { group: "store", key: "url", kind: "string", required: true, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "mongodb://[user:password@]host[:port][,...]/database[?options] or mysql://user[:password]@host[:port]/database, as kind says", modes: &[] },
    SettingFact { group: "store", key: "timeout_ms", kind: "integer", required: false, default: Some("2000"), minimum: Some(1), maximum: Some(60000), allowed: &[], pattern: None, expected: "an integer from 1 to 60000", modes: &[] },
    SettingFact { group: "limits", key: "body_bytes", kind: "integer", required: false, default: Some("1048576"), minimum: Some(1), maximum: Some(1048576), allowed: &[], pattern: None, expected: "an integer from 1 to 1048576", modes: &[] },
    SettingFact { group: "route", key: "match", kind: "string", required: true, default: None, minimum: None, maximum: None, allowed: &[], pattern: Some("^(\\*|[a-z][a-z0-9-]{0,62}|[a-z][a-z0-9-]{0,61}\\*)$"), expected: "a collection name, or the beginning of one followed by *", modes: &[] },
    SettingFact { group: "route", key: "store", kind: "string", required: true, default: None, minimum: None, maximum: None, allowed: &[], pattern: None, expected: "the name of a store", modes: &[] },
    SettingFact { group: "route", key: "cache", kind: "string", required: false, default: Some("write-through"), minimum: None, maximum: None, allowed: &["off", "write-through", "write-behind"], pattern: None, expected: "one of: off, write-through, write-behind", modes: &[] },
    SettingFact { group: "route", key: "ttl_ms", kind: "integer", required: false, default: Some("300000"), minimum: Some(1), maximum: Some(2147483647), allowed: &[], pattern: None, expected: "an integer from 1 to 2147483647", modes: &["write-through", "write-behind"] },
    SettingFact { group: "route", key: "negative_ttl_ms", kind: "integer", required: false, default: Some("2000"), minimum: Some(0), maximum: Some(2147483647), allowed: &[], pattern: None, expected: "an integer from 0 to 2147483647", modes: &["write-through", "write-behind"] },
    SettingFact { group: "route", key: "on_cache_down", kind: "string", required: false, default: Some("refuse"), minimum: None, maximum: None, allowed: &["refuse", "bypass"], pattern: None, expected: "one of: refuse, bypass", modes: &["write-through"] },
    SettingFact { group: "route", key: "delay_ms", kind: "integer", required: false, default: Some("200"), minimum: Some(1), maximum: Some(2147483647), allowed: &[], pattern: None, expected: "an integer from 1 to 2147483647", modes: &["write-behind"] },
    SettingFact { group: "route", key: "max_pending", kind: "integer", required: false, default: Some("100000"), minimum: Some(1), maximum: Some(2147483647), allowed: &[], pattern: None, expected: "an integer from 1 to 2147483647", modes: &["write-behind"] },
    SettingFact { group: "route", key: "durability", kind: "string", required: false, default: Some("aof"), minimum: None, maximum: None, allowed: &["aof", "relaxed"], pattern: None, expected: "one of: aof, relaxed", modes: &["write-behind"] },
    SettingFact { group: "route", key: "require_match", kind: "boolean", required: false, default: Some("false"), minimum: None, maximum: None, allowed: &[], pattern: None, expected: "true or false", modes: &[] },
];

/// What Redis must be set to where a route has durability aof (contract/keys.toml).
#[derive(Debug)]
pub struct DurabilityFact {
    pub name: &'static str,
    pub value: &'static str,
}

pub static DURABILITY: &[DurabilityFact] = &[
    DurabilityFact { name: "appendonly", value: "yes" },
    DurabilityFact { name: "appendfsync", value: "always" },
    DurabilityFact { name: "no-appendfsync-on-rewrite", value: "no" },
];

/// Numbers that more than one place must agree on (contract/limits.toml).
pub mod limits {
    pub const BODY_BYTES: i64 = 1048576;
    pub const DEPTH_LEVELS: i64 = 30;
    pub const TARGET_BYTES: i64 = 8000;
    pub const QUERY_BYTES: i64 = 4096;
    pub const HEADER_NAMES: i64 = 64;
    pub const HEADER_BYTES: i64 = 16384;
    pub const HEADER_OVERHEAD_BYTES: i64 = 4;
    pub const COLLECTION_BYTES: i64 = 63;
    pub const ID_BYTES: i64 = 128;
    pub const IDEMPOTENCY_KEY_BYTES: i64 = 128;
    pub const LIST_DEFAULT_ITEMS: i64 = 50;
    pub const LIST_MAX_ITEMS: i64 = 1000;
    pub const WHERE_ESCAPED_BYTES: i64 = 3800;
    pub const WHERE_OPERATORS: i64 = 32;
    pub const WHERE_OPERANDS: i64 = 100;
    pub const WHERE_PUSHDOWN_NAMES: i64 = 29;
    pub const LIST_BATCH_ROWS: i64 = 200;
    pub const LIST_EXAMINED_ROWS: i64 = 10000;
    pub const LIST_EXAMINED_BYTES: i64 = 16777216;
    pub const LIST_TIME_FACTOR: i64 = 5;
    pub const WRITE_TRIES: i64 = 5;
    pub const LEASE_FACTOR: i64 = 1;
    pub const INTENT_FACTOR: i64 = 2;
    pub const WAIT_INTERVAL_MS: i64 = 20;
    pub const HEARTBEAT_INTERVAL_MS: i64 = 2000;
    pub const FLEET_LIVE_MS: i64 = 10000;
    pub const KEEP_ALIVE_MS: i64 = 30000;
    pub const IDLE_PING_MS: i64 = 30000;
    pub const STOP_GRACE_MS: i64 = 10000;
    pub const TOMBSTONE_S: i64 = 86400;
    pub const SWEEP_INTERVAL_S: i64 = 3600;
    pub const READY_TIMEOUT_MS: i64 = 1000;
    pub const SAFE_INTEGER: i64 = 9007199254740991;
    pub const VISIBILITY_FACTOR: i64 = 2;
    pub const CLAIM_ROWS: i64 = 100;
    pub const CLAIM_BYTES: i64 = 4194304;
    pub const CLAIM_INTERVAL_MS: i64 = 50;
    pub const QUEUES_INTERVAL_MS: i64 = 1000;
    pub const QUEUES_PER_S: i64 = 200;
    pub const REFUSED_PAUSE_MS: i64 = 30000;
    pub const PENDING_TOO_OLD_MS: i64 = 60000;
    pub const DRAIN_BACKOFF_FIRST_MS: i64 = 100;
    pub const DRAIN_BACKOFF_MOST_MS: i64 = 5000;
    pub const PREFER_WAIT_S: i64 = 60;
}

/// Header names (contract/headers.toml).
pub mod names {
    pub const ACCEPT_PATCH: &str = "Accept-Patch";
    pub const ALLOW: &str = "Allow";
    pub const CACHE_CONTROL: &str = "Cache-Control";
    pub const CACHE_STATUS: &str = "Cache-Status";
    pub const CONNECTION: &str = "Connection";
    pub const CONTENT_ENCODING: &str = "Content-Encoding";
    pub const CONTENT_LENGTH: &str = "Content-Length";
    pub const CONTENT_RANGE: &str = "Content-Range";
    pub const CONTENT_TYPE: &str = "Content-Type";
    pub const ETAG: &str = "ETag";
    pub const EXPECT: &str = "Expect";
    pub const HOST: &str = "Host";
    pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
    pub const IF_MATCH: &str = "If-Match";
    pub const IF_NONE_MATCH: &str = "If-None-Match";
    pub const LINK: &str = "Link";
    pub const LOCATION: &str = "Location";
    pub const PENDING_WRITES: &str = "Pending-Writes";
    pub const PREFER: &str = "Prefer";
    pub const RETRY_AFTER: &str = "Retry-After";
    pub const TRANSFER_ENCODING: &str = "Transfer-Encoding";
    pub const WRITE_STATUS: &str = "Write-Status";
}

/// Media types.
pub mod media {
    pub const JSON: &str = "application/json";
    pub const MERGE_PATCH: &str = "application/merge-patch+json";
    pub const PROBLEM: &str = "application/problem+json";
}

/// Values of Cache-Control.
pub mod cache_control {
    pub const DOCUMENT: &str = "no-cache";
    pub const OTHER: &str = "no-store";
}

/// Values of Cache-Status (RFC 9211).
pub mod cache_status {
    pub const HIT: &str = "docproxy; hit";
    pub const PENDING: &str = "docproxy; hit; detail=pending";
    pub const STORED: &str = "docproxy; fwd=uri-miss; stored";
    pub const MISS: &str = "docproxy; fwd=uri-miss";
    pub const COLLAPSED: &str = "docproxy; fwd=uri-miss; collapsed";
    pub const BYPASS: &str = "docproxy; fwd=bypass";
    pub const CACHE_DOWN: &str = "docproxy; fwd=bypass; detail=cache-down";
    pub const REQUEST: &str = "docproxy; fwd=request";
}

/// Values of Write-Status.
pub mod write_status {
    pub const STORED: &str = "stored";
    pub const QUEUED: &str = "queued";
    pub const UNKNOWN_BASE: &str = "unknown-base";
}

/// Redis keys: the pieces around the collection, the generation and the id (contract/keys.toml).
pub mod keys {
    pub const FLEET: &[&str] = &["dp:fleet"];
    pub const ENTRY: &[&str] = &["dp:{", "}:c", ":", ""];
    pub const LEASE: &[&str] = &["dp:{", "}:l", ":", ""];
    pub const WRITERS: &[&str] = &["dp:{", "}:w:", ""];
    pub const QUEUES: &[&str] = &["dp:queues"];
    pub const DIRTY: &[&str] = &["dp:{", "}:d:", ""];
    pub const QUEUE: &[&str] = &["dp:{", "}:q"];
    pub const SINCE: &[&str] = &["dp:{", "}:a"];
    pub const REFUSED: &[&str] = &["dp:{", "}:r"];
    pub const LAST: &[&str] = &["dp:{", "}:s"];
}

/// What a URL of the routing file looks like once its variables are filled in, by kind (contract/routing.schema.json).
pub mod urls {
    pub const REDIS: &str = "^redis://([A-Za-z0-9._~!$&'()*+,;=%-]*:[A-Za-z0-9._~!$&'()*+,;=%-]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[0-9]{0,3})?$";
    pub const MONGODB: &str = "^mongodb://([A-Za-z0-9._~!$&'()*+,;=%-]+:[A-Za-z0-9._~!$&'()*+,;=%-]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(,([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?)*/[A-Za-z0-9_-]{1,63}(\\?[A-Za-z0-9._~!$&'()*+,;=%:@/?-]*)?$";
    pub const MYSQL: &str = "^mysql://[A-Za-z0-9._~!$&'()*+,;=%-]+(:[A-Za-z0-9._~!$&'()*+,;=%-]*)?@([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?/[A-Za-z0-9_-]{1,63}$";
}

/// What is expected of the routing file's own objects (contract/routing.schema.json).
pub mod objects {
    pub const ROOT: &str = "an object";
    pub const STORE: &str = "an object with kind and url";
    pub const ROUTE: &str = "an object with match and store";
}

/// The parts of a cached record.
pub mod record {
    pub const SEPARATOR: &str = "|";
    pub const VALUE: &str = "V";
    pub const DELETED: &str = "T";
    pub const ABSENT: &str = "N";
}

/// SQL statements and error numbers (contract/store.toml).
pub mod mysql {
    pub const SESSION: &[&str] = &["SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, time_zone = '+00:00'", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"];
    pub const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS documents (coll VARBINARY(63) NOT NULL, id VARBINARY(128) NOT NULL, n BIGINT UNSIGNED NOT NULL, del TINYINT NOT NULL, etag CHAR(32) CHARACTER SET ascii NOT NULL, body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, gone DATETIME(3) NULL, PRIMARY KEY (coll, id), KEY (gone)) ENGINE=InnoDB";
    pub const CREATE_EVENT: &str = "CREATE EVENT IF NOT EXISTS docproxy_sweep ON SCHEDULE EVERY 3600 SECOND DO DELETE FROM documents WHERE gone < UTC_TIMESTAMP(3) - INTERVAL 86400 SECOND";
    pub const GET: &str = "SELECT n, del, etag, body FROM documents WHERE coll = ? AND id = ?";
    pub const INSERT: &str = "INSERT INTO documents (coll, id, n, del, etag, body, gone) VALUES (?, ?, ?, ?, ?, ?, ?)";
    pub const UPDATE: &str = "UPDATE documents SET n = ?, del = ?, etag = ?, body = ?, gone = ? WHERE coll = ? AND id = ? AND n = ?";
    pub const PUT_NEWER_HEAD: &str = "INSERT INTO documents (coll, id, n, del, etag, body, gone) VALUES ";
    pub const PUT_NEWER_ROW: &str = "(?, ?, ?, ?, ?, ?, ?)";
    pub const PUT_NEWER_TAIL: &str = " ON DUPLICATE KEY UPDATE del = IF(VALUES(n) > n, VALUES(del), del), etag = IF(VALUES(n) > n, VALUES(etag), etag), body = IF(VALUES(n) > n, VALUES(body), body), gone = IF(VALUES(n) > n, VALUES(gone), gone), n = IF(VALUES(n) > n, VALUES(n), n)";
    pub const LIST: &str = "/*M!100100 SET STATEMENT max_statement_time = {list_timeout_s} FOR */ SELECT /*+ MAX_EXECUTION_TIME({list_timeout_ms}) */ id, etag, body FROM documents WHERE coll = ? AND id > ? AND del = 0{coarse} ORDER BY id LIMIT ?";
    pub const CONTAINS: &str = "INSTR(CAST(body AS BINARY), CAST(? AS BINARY)) > 0";
    pub const PING: &str = "SELECT 1";
    pub const DUPLICATE_CODE: i64 = 1062;
    pub const STATE_CODES: &[i64] = &[3, 5, 1021, 1028, 1030, 1037, 1038, 1040, 1041, 1044, 1045, 1049, 1114, 1129, 1130, 1135, 1142, 1143, 1146, 1192, 1203, 1205, 1206, 1213, 1226, 1227, 1290, 1317, 1792, 1836, 1969, 3024];
    pub const UNKNOWN_CODES: &[i64] = &[1053, 1077, 1078, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1180, 1181, 1927];
}

/// MongoDB names and error numbers (contract/store.toml).
pub mod mongodb {
    pub const FIELDS: &[&str] = &["_id", "n", "del", "e", "b", "doc", "gone"];
    pub const SWEEP_INDEX: &str = "gone_1";
    pub const DUPLICATE_CODE: i64 = 11000;
    pub const STATE_CODES: &[i64] = &[13, 18, 24, 46, 50, 112, 146, 202, 262, 10107, 13388, 13435, 13436, 14031];
    pub const UNKNOWN_CODES: &[i64] = &[6, 7, 64, 79, 89, 91, 189, 9001, 11600, 11601, 11602];
}

/// Exit codes (contract/messages.toml).
pub mod exit {
    pub const STOPPED: i64 = 0;
    pub const USAGE: i64 = 64;
    pub const UNREADABLE: i64 = 66;
    pub const UNBINDABLE: i64 = 69;
    pub const INTERNAL: i64 = 70;
    pub const REFUSED: i64 = 78;
}

/// Lines on the terminal; names in braces are filled in.
pub mod line {
    pub const REFUSED: &str = "docproxy: {file}: {pointer}: {wrong}; {right}";
    pub const USAGE: &str = "docproxy: {what}; see docproxy --help";
    pub const UNREADABLE: &str = "docproxy: {file}: cannot be read; give the path of a routing file";
    pub const UNBINDABLE: &str = "docproxy: {listen}: cannot be bound; choose a free port and an address of this machine";
    pub const INTERNAL: &str = "docproxy: stopped by an internal error; the log has the cause";
    pub const CHECKED: &str = "docproxy: {file}: good";
    pub const UNREACHABLE: &str = "docproxy: {listen}: no answer";
}

/// What is wrong with the arguments.
pub mod usage {
    pub const UNKNOWN: &str = "unknown argument {argument}";
    pub const NO_VALUE: &str = "{argument} needs a value";
    pub const BAD_VALUE: &str = "{argument} has a value that is not allowed";
    pub const NO_CONFIG: &str = "--config FILE is needed";
}

/// The text of --help.
pub mod help {
    pub const TEXT: &str = "docproxy: JSON documents over REST, Redis in front, MongoDB or MySQL behind\n\nUsage: docproxy --config FILE [--listen HOST:PORT] [--workers N] [--log requests|events|none]\n       docproxy --config FILE --check\n       docproxy --health HOST:PORT\n\n  --config FILE        the routing file (JSON)\n  --listen HOST:PORT   where to listen; wins over the file's listen; port 0 takes a free one\n  --workers N          workers sharing the port, 1 to 256 (default 1)\n  --log LEVEL          requests (default), events or none, as JSON lines on stdout\n  --check              validate the routing file, say so and stop\n  --health HOST:PORT   ask a running proxy whether it is ready; exit 0 or 1\n  --version            print the version\n  --help               print this text\n\nExamples:\n  docproxy --config routing.json --listen 127.0.0.1:8080\n  docproxy --config routing.json --check\n  docproxy --health 127.0.0.1:8080\n\nExit codes: 0 stopped by a signal, 64 usage, 66 file cannot be read, 69 address cannot be bound, 70 internal, 78 configuration refused\n";
}

/// Names of log events (contract/log.toml).
pub mod event {
    pub const LISTENING: &str = "listening";
    pub const DEPENDENCY: &str = "dependency";
    pub const NOTE: &str = "note";
    pub const REFUSED: &str = "refused";
    pub const DRAINING: &str = "draining";
    pub const STOPPED: &str = "stopped";
    pub const FAILURE: &str = "failure";
    pub const REQUEST: &str = "request";
}

/// Names and states of dependencies in the log.
pub mod dependency {
    pub const REDIS: &str = "redis";
    pub const STORE: &str = "store:{name}";
    pub const UP: &str = "up";
    pub const DOWN: &str = "down";
}

/// Why a proxy is not ready.
pub mod reason {
    pub const CACHE_UNAVAILABLE: &str = "cache-unavailable";
    pub const CACHE_UNSAFE: &str = "cache-unsafe";
    pub const STORE_UNAVAILABLE: &str = "store-unavailable:{name}";
    pub const REFUSED_DOCUMENTS: &str = "refused-documents";
    pub const PENDING_TOO_OLD: &str = "pending-too-old";
    pub const STOPPING: &str = "stopping";
}

/// Names of the counters.
pub mod stats {
    pub const COUNTERS: &[&str] = &["cache_hits", "cache_misses", "drain_retries", "drained", "fills", "fills_refused", "requests"];
}
