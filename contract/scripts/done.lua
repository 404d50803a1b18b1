#!lua flags=allow-oom
-- Ends the wait of a version that the store has; a newer one goes on waiting.
-- KEYS queue since dirty refused | ARGV id, n, delay_ms, TIME of the claim in ms | 'clean' 'newer'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local n = redis.call('HGET', KEYS[3], 'n')
if n and n ~= ARGV[2] then
  redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])
  -- It came after the claim, else the claim had taken it.
  redis.call('ZADD', KEYS[2], 'XX', ARGV[4], ARGV[1])
  return 'newer'
end
redis.call('DEL', KEYS[3])
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
return 'clean'
