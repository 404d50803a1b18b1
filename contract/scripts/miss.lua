-- Decides what a reader does that found no usable entry, or a writer that knows no base.
-- KEYS entry lease writers dirty | ARGV token, lease_ms, ttl_ms of a value, of an absence (0 = not cached)
-- {'pending', record} not in the store yet | {'hit', record} | {'bypass'} a writer is in progress, or no memory | {'lease'} read the store and fill | {'wait'}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop_unless(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then redis.call('DEL', key) end
end
-- Read first: a dirty record of a wrong type is an error that changes nothing.
local dirty = redis.call('HMGET', KEYS[4], 'n', 'k', 'e', 'b')
if not dirty[1] and redis.call('EXISTS', KEYS[4]) == 1 then return redis.error_reply('ERR the dirty record lacks a part') end
drop_unless(KEYS[1], 'string')
drop_unless(KEYS[2], 'string')
drop_unless(KEYS[3], 'zset')
if dirty[1] then
  local record = table.concat(dirty, '|')
  local ttl = dirty[2] == 'V' and ARGV[3] or ARGV[4]
  -- Without memory the entry stays absent.
  if ttl ~= '0' then redis.pcall('SET', KEYS[1], record, 'PX', ttl) end
  return { 'pending', record }
end
local record = redis.call('GET', KEYS[1])
if record then return { 'hit', record } end
if redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') > 0 then return { 'bypass' } end
-- Without a shebang a refused first write can be caught: at maxmemory the reader goes past the cache.
local taken = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
if not taken then return { 'wait' } end
if taken.err then
  if string.find(taken.err, 'OOM', 1, true) then return { 'bypass' } end
  return taken
end
return { 'lease' }
