//! Steps about the queue of a collection: what waits is stored now, planted, forgotten.

use super::{Driver, faults};
use crate::canonical;
use crate::generated::contract::{keys, limits};
use crate::sequence::{Action, Drain, Place, RedisFault, StoreError, StoreFault};
use crate::state::queue;
use crate::subject::Subject;
use redis::cmd;
use std::time::{Duration, Instant};

/// A busy machine stores what waits in this time.
pub const AT_MOST: Duration = Duration::from_secs(15);
/// The same where each document is refused, or the store cannot write.
const REFUSED: Duration = Duration::from_secs(6);
/// Where a fault keeps the store from taking it, it will not, and by then somebody has tried.
const IN_VAIN: Duration = Duration::from_millis(500);

/// Makes everything due; a queue of a wrong type has nothing.
const HURRY: &str = "#!lua flags=allow-oom
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZADD', KEYS[1], 'XX', now, id) end
return 1";

/// How many wait that can be stored: with a well-formed record, and not refused since they were made due. A refused one
/// is due later than a claimed one, of which ARGV 2 says how long it may be out of sight.
const WAITING: &str = "
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local waiting = 0
for at = 1, #held, 2 do
  local record = redis.pcall('HMGET', ARGV[1] .. held[at], 'n', 'k', 'e', 'b')
  local broken = record.err or not (record[1] and record[2] and record[3] and record[4]) and redis.call('EXISTS', ARGV[1] .. held[at]) == 1
  local refused = redis.pcall('HGET', KEYS[2], held[at])
  local rests = not broken and refused == record[1] and tonumber(held[at + 1]) > now + ARGV[2]
  if not broken and not rests then waiting = waiting + 1 end
end
return waiting";

/// A version that waits since now, as if a proxy had taken it. ARGV id, n, kind, tag, body, delay or -1.
const DIRTY: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'n', ARGV[2], 'k', ARGV[3], 'e', ARGV[4], 'b', ARGV[5])
if ARGV[6] ~= '-1' then
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[6]), ARGV[1])
  redis.call('ZADD', KEYS[3], string.format('%.0f', now), ARGV[1])
end
return redis.call('SADD', KEYS[4], ARGV[7])";

/// Everything of a queue goes.
const FORGET: &str = "
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end
redis.call('DEL', unpack(KEYS))
return redis.call('SREM', ARGV[2], ARGV[3])";

impl Driver<'_> {
    /// Everything that waits is due, and is waited for.
    pub(super) async fn drain(&self, drain: Drain) -> anyhow::Result<()> {
        let collection = &self.scope.collection;
        if drain.mended {
            faults::mend_all(self.subject, collection).await?;
        }
        let hidden_ms = limits::VISIBILITY_FACTOR * self.scope.store_timeout_ms as i64;
        self::drain(self.subject, collection, hidden_ms, self.patience).await.map(drop)
    }

    pub(super) async fn plant_dirty(&self, id: &str, n: u64, kind: &str, body: &[u8], queued: bool) -> anyhow::Result<()> {
        let etag = if body.is_empty() { String::new() } else { canonical::etag(body) };
        let delay_ms = if queued { self.scope.delay_ms as i64 } else { -1 };
        let mut planting = cmd("EVAL");
        planting.arg(DIRTY).arg(4);
        planting.arg([Place::Dirty, Place::Queue, Place::Since].map(|place| self.key_at(place, id)).as_slice()).arg(keys::QUEUES[0]);
        planting.arg(id).arg(n).arg(kind).arg(etag).arg(body).arg(delay_ms).arg(&self.scope.collection);
        self.subject.redis.ask(&planting).await
    }

    /// Remembers how long what waits is waited for.
    pub(super) fn note_fault(&mut self, action: &Action) {
        match action {
            Action::Store(StoreFault::Up) | Action::Redis(RedisFault::Up | RedisFault::Restart | RedisFault::Crash) => self.patience = AT_MOST,
            Action::Store(_) => self.patience = IN_VAIN,
            Action::StoreError(error) => self.patience = if *error == StoreError::default() { AT_MOST } else { REFUSED },
            Action::Drain(drain) if drain.mended => self.patience = AT_MOST,
            _ => {}
        }
    }
}

/// Makes everything of a queue due, and waits until the store has it or refuses it, but not longer than this; whether it is so.
/// A claimed document is out of sight for at most `hidden_ms`.
///
/// # Errors
/// Those of Redis.
pub async fn drain(subject: &Subject, collection: &str, hidden_ms: i64, most: Duration) -> anyhow::Result<bool> {
    let [due, refused] = [Place::Queue, Place::Refused].map(|place| queue::key(place, collection, ""));
    let () = subject.redis.ask(cmd("EVAL").arg(HURRY).arg(1).arg(&due)).await?;
    let mut waiting = cmd("EVAL");
    waiting.arg(WAITING).arg(2).arg(due).arg(refused).arg(queue::key(Place::Dirty, collection, "")).arg(hidden_ms);
    let start = Instant::now();
    loop {
        if subject.redis.ask::<i64>(&waiting).await? == 0 {
            return Ok(true);
        }
        if start.elapsed() > most {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Takes a collection's queue away, whatever it holds, so that no proxy speaks of it any more.
///
/// # Errors
/// Those of Redis.
pub async fn forget(subject: &Subject, collection: &str) -> anyhow::Result<()> {
    let mut forgetting = cmd("EVAL");
    let names = queue::OF_THE_COLLECTION.map(|place| queue::key(place, collection, ""));
    forgetting.arg(FORGET).arg(names.len()).arg(names.as_slice());
    forgetting.arg(format!("{}*", queue::key(Place::Dirty, collection, ""))).arg(keys::QUEUES[0]).arg(collection);
    subject.redis.ask(&forgetting).await
}
