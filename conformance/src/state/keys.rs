//! The cache keys of a collection in Redis, with what is random in them replaced by its form.

use super::{Rows, Scope, queue};
use crate::canonical;
use crate::generated::contract::{keys, record};
use crate::routes::{NEGATIVE_TTL_MS, TTL_MS};
use crate::subject::Subject;

/// The keys that are given, or those of a pattern, in one round trip: key, type, TTL and content of what is there, and Redis' own time.
pub(super) const DUMP: &str = "
local out = {}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(ARGV[1] and redis.call('KEYS', ARGV[1]) or KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' then
    local held = {}
    if kind == 'string' then held = {redis.call('GET', key)}
    elseif kind == 'zset' then held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    elseif kind == 'hash' then held = redis.call('HGETALL', key) end
    out[#out + 1] = {key, kind, redis.call('PTTL', key), held, now}
  end
end
return out";

/// Slack for the time between a command and its reading.
pub const SLACK_MS: u64 = 3_000;

/// Key, type, TTL in ms, content, Redis' time in ms.
pub type Dumped = (Vec<u8>, String, i64, Vec<Vec<u8>>, i64);

/// Reads the keys of the scope's collection.
pub async fn read(subject: &Subject, scope: &Scope) -> anyhow::Result<Rows> {
    let pattern = format!("{}{}}}*", keys::ENTRY[0], scope.collection);
    let dump: Vec<Dumped> = subject.redis.ask(redis::cmd("EVAL").arg(DUMP).arg(0).arg(pattern)).await?;
    Ok(rows(scope, &dump))
}

/// Keys in the words of the state's rows.
pub fn rows(scope: &Scope, dump: &[Dumped]) -> Rows {
    dump.iter().flat_map(|dumped| queue::rows(scope, dumped).unwrap_or_else(|| vec![row(scope, dumped)])).collect()
}

fn row(scope: &Scope, dumped: &Dumped) -> (String, String) {
    let (key, kind, ttl, held, now) = dumped;
    let key = String::from_utf8_lossy(key).into_owned();
    let tail = key.strip_prefix(keys::ENTRY[0]).and_then(|rest| rest.strip_prefix(&scope.collection)).unwrap_or(&key);
    let places = [("entry", keys::ENTRY[1], scope.generation.as_str()), ("lease", keys::LEASE[1], &scope.generation), ("writers", keys::WRITERS[1], "")];
    for (place, lead, generation) in places {
        let lead = if place == "writers" { lead.to_owned() } else { format!("{lead}{generation}:") };
        if let Some(id) = tail.strip_prefix(&lead) {
            let content = match (place, kind.as_str()) {
                ("entry", "string") => entry(scope, id, &held[0], *ttl),
                ("lease", "string") => format!("{}{}", token(&held[0]), within(*ttl, scope.store_timeout_ms, 0)),
                ("writers", "zset") => format!("{}{}", writers(held, *now), within(*ttl, 4 * scope.store_timeout_ms, 0)),
                _ => format!("a {kind}{}", if *ttl < 0 { " without ttl" } else { "" }),
            };
            return (format!("cache {id} {place}"), content);
        }
    }
    (format!("cache stray {}", tail.replace(&scope.generation, "<generation>")), format!("a {kind}"))
}

/// A record, and whether it lives as long as its route says.
fn entry(scope: &Scope, id: &str, bytes: &[u8], ttl: i64) -> String {
    let text = String::from_utf8_lossy(bytes);
    let kind = text.split(record::SEPARATOR).nth(1).unwrap_or_default();
    let base = match kind {
        record::VALUE => TTL_MS,
        record::DELETED | record::ABSENT => NEGATIVE_TTL_MS,
        _ => 0,
    };
    let full = canonical::jittered(base, id);
    let age = u64::try_from(scope.began.elapsed().as_millis()).unwrap_or(u64::MAX) + scope.advanced_ms + SLACK_MS;
    format!("{text}{}", within(ttl, full, full.saturating_sub(age)))
}

/// Nothing when the TTL is in the interval; else what it is like.
fn within(ttl: i64, most: u64, least: u64) -> String {
    match u64::try_from(ttl) {
        Err(_) => " without ttl".to_owned(),
        Ok(ttl) if ttl <= most && ttl >= least => String::new(),
        Ok(_) => " other ttl".to_owned(),
    }
}

/// Tokens of the suite stay; those of proxies are random.
fn token(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.starts_with("suite") || text == "!" { text.into_owned() } else { "<token>".to_owned() }
}

/// Members in the order of their names, live or over.
fn writers(held: &[Vec<u8>], now: i64) -> String {
    let mut members: Vec<String> = held
        .chunks(2)
        .map(|pair| {
            let score: f64 = String::from_utf8_lossy(&pair[1]).parse().unwrap_or(f64::NAN);
            let token = token(&pair[0]);
            let state = if token == "!" && score == 0.0 {
                ""
            } else if score > now as f64 {
                " live"
            } else {
                " over"
            };
            format!("{token}{state}")
        })
        .collect();
    members.sort();
    members.join(", ")
}
