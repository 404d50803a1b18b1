-- Accepts a write-behind write: the dirty record, its place in the queue and the entry, all or nothing.
-- KEYS entry lease dirty queue since last refused
-- ARGV id, token ('' = the base needs none), base 'n|kind' ('' = unknown), guard ('' | exists | absent | =n), blind (1 = goes without a base), kind, etag, body, ttl_ms (0 = leave no entry), delay_ms, max_pending
-- {'ok', n, kind before} | {'blind', n} | {'conflict', record ('' = the base given)} | {'needbase'} | {'full'}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, base, guard = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- Whatever may refuse comes before the first write: a queue key of a wrong type or with garbage changes nothing.
local dirty = redis.call('HMGET', KEYS[3], 'n', 'k', 'e', 'b')
local waiting = redis.call('ZCARD', KEYS[4])
redis.call('ZSCORE', KEYS[5], id)
local last = redis.call('GET', KEYS[6]) or '0'
redis.call('HEXISTS', KEYS[7], id)
if not string.match(last, '^%d+$') then return redis.error_reply('ERR the last number given out is none') end
local is_dirty = redis.call('EXISTS', KEYS[3]) == 1
if is_dirty and not (dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]) then
  return redis.error_reply('ERR the dirty record lacks a part')
end
local is_mine = token ~= '' and redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2]) == token
local function refuse(reply)
  if is_mine then redis.call('DEL', KEYS[2]) end
  return reply
end

local n, kind, record
if is_dirty then
  n, kind, record = dirty[1], dirty[2], table.concat(dirty, '|')
else
  local entry = redis.call('TYPE', KEYS[1]).ok
  if entry == 'string' then
    record = redis.call('GET', KEYS[1])
    local etag, from
    n, kind, etag, from = string.match(record, '^(%d+)|([VTN])|([0-9a-f]*)|()')
    local bare = etag == '' and from > #record
    local right = n and tonumber(n) < 2 ^ 53 and string.format('%.0f', tonumber(n)) == n
      and (kind == 'V' and n ~= '0' and #etag == 32 and from <= #record or kind == 'T' and n ~= '0' and bare or kind == 'N' and n == '0' and bare)
    if not right then n = nil end
  end
  if not n and base ~= '' and (token == '' or is_mine) then
    n, kind = string.match(base, '^(%d+)|([VTN])$')
    record = ''
  end
end
if n then
  local holds = guard == '' or guard == 'exists' and kind == 'V' or guard == 'absent' and kind == 'N' or guard == '=' .. n
  if not holds then return refuse({ 'conflict', record }) end
elseif ARGV[5] ~= '1' then
  if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end
  return refuse({ 'needbase' })
end
if not is_dirty and waiting >= tonumber(ARGV[11]) then return refuse({ 'full' }) end

-- n keeps pace with the clock, so that it is above any that a write without a base cannot know.
local mine = string.format('%.0f', math.max(tonumber(last), tonumber(n or '0'), time[1] * 1000000 + time[2] - 1) + 1)
-- First write, under pcall: at maxmemory nothing of this is done.
local set = redis.pcall('HSET', KEYS[3], 'n', mine, 'k', ARGV[6], 'e', ARGV[7], 'b', ARGV[8])
if type(set) == 'table' and set.err then
  if string.find(set.err, 'OOM', 1, true) then return refuse({ 'full' }) end
  return set
end
local due = string.format('%.0f', now + ARGV[10])
-- The first of several writes sets the time, so a hot key cannot starve itself; a document that was refused gets a new try.
if redis.call('HDEL', KEYS[7], id) == 1 then
  redis.call('ZADD', KEYS[4], due, id)
else
  redis.call('ZADD', KEYS[4], 'NX', due, id)
end
redis.call('ZADD', KEYS[5], 'NX', string.format('%.0f', now), id)
redis.call('SET', KEYS[6], mine)
if ARGV[9] ~= '0' then
  redis.call('SET', KEYS[1], mine .. '|' .. ARGV[6] .. '|' .. ARGV[7] .. '|' .. ARGV[8], 'PX', ARGV[9])
else
  redis.call('DEL', KEYS[1])
end
redis.call('DEL', KEYS[2])
if not n then return { 'blind', mine } end
return { 'ok', mine, kind }
