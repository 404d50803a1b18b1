//! The keys of a collection's queue in Redis, in words that are the same on every target.

use super::Scope;
use super::keys::Dumped;
use crate::generated::contract::{keys, limits, record};
use crate::sequence::{Mode, Place};
use std::collections::BTreeMap;

/// Between a command and its reading no clock went further than this, in ms, beyond what the suite's own says.
const SLACK_MS: u64 = 3_000;
/// Redis counts in whole milliseconds.
const ROUNDING_MS: i64 = 5;

/// What `redis` calls a row that has a TTL and must not.
pub const WITH_TTL: &str = " with ttl";
/// A document that is due, or that a proxy has just taken to store it.
pub const DUE: &str = "due";
/// A document that was refused and is tried again later.
pub const AGAIN: &str = "tried again later";
/// A time that nothing explains.
const STRANGE: &str = "at a strange time";

/// The word for a key of a whole collection, in names of rows.
pub fn word(place: Place) -> &'static str {
    match place {
        Place::Queue => "due",
        Place::Since => "since",
        Place::Refused => "refused",
        Place::Last => "last",
        _ => "dirty",
    }
}

/// How a time is told that was set so many `advance` steps ago.
pub fn ago(advances: usize) -> String {
    match advances {
        0 => "set now".to_owned(),
        1 => "set an advance ago".to_owned(),
        _ => format!("set {advances} advances ago"),
    }
}

/// The name of a key of the queue; of a whole collection but for the dirty record of an id.
pub fn key(place: Place, collection: &str, id: &str) -> String {
    match place {
        Place::Queue => format!("{}{collection}{}", keys::QUEUE[0], keys::QUEUE[1]),
        Place::Since => format!("{}{collection}{}", keys::SINCE[0], keys::SINCE[1]),
        Place::Refused => format!("{}{collection}{}", keys::REFUSED[0], keys::REFUSED[1]),
        Place::Last => format!("{}{collection}{}", keys::LAST[0], keys::LAST[1]),
        _ => format!("{}{collection}{}{id}", keys::DIRTY[0], keys::DIRTY[1]),
    }
}

/// The keys of the queue that are there once for a collection.
pub const OF_THE_COLLECTION: [Place; 4] = [Place::Queue, Place::Since, Place::Refused, Place::Last];

/// Whether a key belongs to the queue of a collection.
pub fn is_of(collection: &str, key_name: &str) -> bool {
    OF_THE_COLLECTION.iter().any(|place| key(*place, collection, "") == key_name) || key_name.starts_with(&key(Place::Dirty, collection, ""))
}

/// The rows of a key, if it is of the queue of a collection that has one.
pub fn rows(scope: &Scope, dumped: &Dumped) -> Option<Vec<(String, String)>> {
    if scope.variant.mode != Mode::WriteBehind {
        return None;
    }
    let (name, kind, ttl, held, now) = dumped;
    let name = String::from_utf8_lossy(name);
    let suffix = if *ttl >= 0 { WITH_TTL } else { "" };
    if let Some(id) = name.strip_prefix(&key(Place::Dirty, &scope.collection, "")) {
        let content = if kind == "hash" { dirty(held) } else { format!("a {kind}") };
        return Some(vec![(format!("queue {id} dirty"), content + suffix)]);
    }
    let place = OF_THE_COLLECTION.into_iter().find(|place| key(*place, &scope.collection, "") == name)?;
    let word = word(place);
    let of_members = |content: &dyn Fn(&str) -> String| {
        let pairs = held.chunks(2).map(|pair| (String::from_utf8_lossy(&pair[0]), String::from_utf8_lossy(&pair[1])));
        pairs.map(|(id, value)| (format!("queue {id} {word}"), content(&value) + suffix)).collect()
    };
    Some(match (place, kind.as_str()) {
        (Place::Queue, "zset") => of_members(&|score| due(scope, score, *now)),
        (Place::Since, "zset") => of_members(&|score| since(scope, score, *now)),
        (Place::Refused, "hash") => of_members(&str::to_owned),
        (Place::Last, "string") => vec![(format!("queue {word}"), String::from_utf8_lossy(&held[0]).into_owned() + suffix)],
        _ => vec![(format!("queue {word}"), format!("a {kind}{suffix}"))],
    })
}

/// A dirty record, as an entry of the cache would have it.
fn dirty(held: &[Vec<u8>]) -> String {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let fields: BTreeMap<String, String> = held.chunks(2).map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    let parts: Vec<&str> = ["n", "k", "e", "b"].iter().filter_map(|name| fields.get(*name)).map(String::as_str).collect();
    if fields.len() == 4 && parts.len() == 4 { parts.join(record::SEPARATOR) } else { format!("a hash of {fields:?}") }
}

fn due(scope: &Scope, score: &str, now: i64) -> String {
    let Ok(left) = score.parse::<f64>().map(|score| score as i64 - now) else { return STRANGE.to_owned() };
    let claimed_ms = limits::VISIBILITY_FACTOR * scope.store_timeout_ms as i64;
    let delay_ms = scope.delay_ms as i64;
    match left {
        ..=0 => DUE.to_owned(),
        _ if left <= claimed_ms && claimed_ms < delay_ms => DUE.to_owned(),
        _ if left <= limits::REFUSED_PAUSE_MS && limits::REFUSED_PAUSE_MS < delay_ms => AGAIN.to_owned(),
        _ => set(scope, delay_ms - left),
    }
}

fn since(scope: &Scope, score: &str, now: i64) -> String {
    score.parse::<f64>().map_or_else(|_| STRANGE.to_owned(), |score| set(scope, now - score as i64))
}

/// When a time was set, by its age: the last `advance` steps that together are no longer than that came after it.
fn set(scope: &Scope, age_ms: i64) -> String {
    let mut passed_ms = 0;
    let mut advances = 0;
    for by_ms in scope.advances.iter().rev() {
        if passed_ms + *by_ms as i64 > age_ms + ROUNDING_MS {
            break;
        }
        passed_ms += *by_ms as i64;
        advances += 1;
    }
    let real_ms = i64::try_from(scope.began.elapsed().as_millis()).unwrap_or(i64::MAX) + SLACK_MS as i64;
    let explained = age_ms + ROUNDING_MS >= passed_ms && age_ms - passed_ms <= real_ms;
    if explained { ago(advances) } else { STRANGE.to_owned() }
}
