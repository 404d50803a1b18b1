-- Ends a writer; the last of those that never overlapped may leave its value in the cache.
-- KEYS entry lease writers | ARGV token, record, ttl_ms (0 = leave nothing) | 'late' 'unset' 'set'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local floor = '(' .. string.format('%.0f', now)
local deadline, others = false, 0
if redis.call('TYPE', KEYS[3]).ok == 'zset' then
  deadline = redis.call('ZSCORE', KEYS[3], ARGV[1])
  others = redis.call('ZCOUNT', KEYS[3], floor, '+inf')
end
if not deadline or tonumber(deadline) <= now then
  -- My write may have come after theirs, so none of them may set. At maxmemory forgetting all of them does the same.
  local marked = others > 0 and redis.pcall('ZADD', KEYS[3], 0, '!')
  if others == 0 or type(marked) == 'table' and marked.err then redis.call('DEL', KEYS[3]) end
  redis.call('DEL', KEYS[1], KEYS[2])
  return 'late'
end
if others > 1 then
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 'unset'
end
local answer = 'unset'
if not redis.call('ZSCORE', KEYS[3], '!') then
  -- First write, under pcall: at maxmemory the entry stays absent.
  local set = ARGV[3] ~= '0' and redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  if not set or set.err then redis.call('DEL', KEYS[1]) end
  answer = 'set'
end
redis.call('DEL', KEYS[3])
return answer
