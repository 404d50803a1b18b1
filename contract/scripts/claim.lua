#!lua flags=allow-oom
-- Takes what is due out of a queue's sight for long enough to store it; nothing leaves the queue.
-- KEYS queue since, beginning of the dirty records' keys | ARGV rows at most, bytes of bodies at most, visibility_ms
-- {{id, n, kind, etag, body, id, ...}, pending, TIME in ms}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local again = string.format('%.0f', now + ARGV[3])
local rows, bytes = {}, 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])) do
  local dirty = redis.pcall('HMGET', KEYS[3] .. id, 'n', 'k', 'e', 'b')
  if not dirty.err and not dirty[1] and redis.call('EXISTS', KEYS[3] .. id) == 0 then
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  else
    -- A record with garbage stays where it is, and does not hold up the others.
    local right = not dirty.err and dirty[1] and string.match(dirty[1], '^%d+$') and dirty[2] and dirty[3] and dirty[4]
    if right then
      if bytes > 0 and bytes + #dirty[4] > tonumber(ARGV[2]) then break end
      bytes = bytes + #dirty[4]
      for _, part in ipairs({ id, dirty[1], dirty[2], dirty[3], dirty[4] }) do rows[#rows + 1] = part end
    end
    redis.call('ZADD', KEYS[1], 'XX', again, id)
  end
end
return { rows, redis.call('ZCARD', KEYS[1]), string.format('%.0f', now) }
