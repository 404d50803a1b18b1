#!lua flags=allow-oom
-- Notes a version that the store refuses for what it is; it stays dirty, and is tried again now and then.
-- KEYS queue dirty refused | ARGV id, n, pause_ms | 'refused' 'again' (noted before) 'newer'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HGET', KEYS[2], 'n') ~= ARGV[2] then return 'newer' end
local is_new = redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2]
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])
return is_new and 'refused' or 'again'
