#!lua flags=allow-oom
-- Announces a writer: no entry and no lease from before it survives, and nothing is filled until it finished.
-- KEYS entry lease writers | ARGV token, intent_ms | 1
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', KEYS[1], KEYS[2])
local live = 0
if redis.call('TYPE', KEYS[3]).ok == 'zset' then
  live = redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf')
end
if live == 0 then redis.call('DEL', KEYS[3]) end
redis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[2]), ARGV[1])
if live > 0 then redis.call('ZADD', KEYS[3], 0, '!') end
redis.call('PEXPIRE', KEYS[3], string.format('%.0f', 2 * ARGV[2]))
return 1
