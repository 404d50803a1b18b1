#!lua flags=allow-oom
-- Joins the fleet that one routing file names, refreshes the membership, or leaves.
-- KEYS fleet | ARGV hash, proxy id, live_ms (0 = leave) | 1 member (or left), 0 another hash lives
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local member = ARGV[1] .. ' ' .. ARGV[2]
if ARGV[3] == '0' then
  redis.call('ZREM', KEYS[1], member)
  return 1
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
for _, other in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.sub(other, 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), member)
return 1
