-- Stores what the holder of the lease read, unless a write came in between; gives the lease back in any case.
-- KEYS entry lease writers dirty | ARGV token, record, ttl_ms (0 = give the lease back only) | 'stored' 'refused'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('TYPE', KEYS[2]).ok ~= 'string' or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'refused' end
local kind = redis.call('TYPE', KEYS[3]).ok
local writers = kind == 'zset' and redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf') or 0
local answer = 'refused'
if writers == 0 and redis.call('EXISTS', KEYS[4]) == 0 and ARGV[3] ~= '0' then
  -- First write, under pcall: at maxmemory the entry stays absent.
  local set = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  if not set.err then
    answer = 'stored'
  elseif not string.find(set.err, 'OOM', 1, true) then
    return set
  end
end
redis.call('DEL', KEYS[2])
return answer
