//! The stored state in just the words of the state reader.

use super::Model;
use super::cache::{Held, Key, TOKEN, Writers};
use super::moment::{Life, Moment};
use super::queue::{Due, Queue};
use super::record::{Kind, Record, ttl_ms};
use crate::generated::contract::{limits, record};
use crate::routes::{NEGATIVE_TTL_MS, STORE_TIMEOUT_MS, TTL_MS};
use crate::state::clock::{self, FIRST};
use crate::state::keys::SLACK_MS;
use crate::state::{self, Rows, queue};
use std::collections::BTreeSet;

/// What the state reader adds to a key whose life is not in the interval.
pub const OTHER_TTL: &str = " other ttl";

/// What must be stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    pub rows: Rows,
    /// Names of rows that may be there or not, or that may be of either life.
    pub unsure: BTreeSet<String>,
}

impl Stored {
    /// What was found other than it must be, a line for each row, as `state::difference` writes it.
    pub fn difference(&self, found: &Rows) -> Vec<String> {
        let sure = found.iter().filter(|(name, _)| !self.unsure.contains(*name));
        state::difference(&self.rows, &sure.map(|(name, row)| (name.clone(), row.clone())).collect())
    }
}

impl Model {
    /// The stored state when it is read in this moment; none while adrift.
    pub fn rows(&self, at: Moment) -> Option<Stored> {
        if self.adrift.is_some() {
            return None;
        }
        let mut stored = Stored::default();
        let behind = self.is_behind();
        stored.rows.extend(self.rows.iter().map(|(id, record)| (format!("store {id}"), line(record, behind))));
        stored.rows.extend(self.queue_rows());
        for ((id, place), key) in self.cache.keys() {
            let name = format!("cache {id} {place}");
            match key.life.over(at) {
                Some(true) => {}
                Some(false) => match self.row(id, place, key, at) {
                    Some(row) => drop(stored.rows.insert(name, row)),
                    None => drop(stored.unsure.insert(name)),
                },
                None => drop(stored.unsure.insert(name)),
            }
        }
        Some(stored)
    }

    /// A key of the cache; none where its words depend on the very millisecond.
    pub(super) fn row(&self, id: &str, place: &str, key: &Key, at: Moment) -> Option<String> {
        match (&key.held, place) {
            (Held::Bytes(bytes), "entry") => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                let (most, least) = self.interval(&text, id, at);
                let text = if self.is_behind() { told(&text) } else { text };
                Some(text + life(&key.life, at, most, least)?)
            }
            (Held::Bytes(bytes), "lease") => {
                let text = String::from_utf8_lossy(bytes);
                let token = if text.starts_with("suite") || text == "!" { &text } else { TOKEN };
                Some(token.to_owned() + life(&key.life, at, self.lease_ms(), (0, 0))?)
            }
            (Held::Writers(writers), "writers") => Some(members(writers, at)? + life(&key.life, at, self.writers_ms(), (0, 0))?),
            (Held::Bytes(_), _) => Some("a string".to_owned()),
            (Held::Writers(_), _) => Some("a zset".to_owned()),
            (Held::Other(kind), _) => Some(format!("a {kind}")),
        }
    }

    pub(super) fn is_behind(&self) -> bool {
        self.router.find(&self.collection).is_some_and(|route| route.behind)
    }

    /// The queue in the words of the state reader.
    fn queue_rows(&self) -> Rows {
        let Queue { dirty, due, since, refused, last, wrong, .. } = &self.queue;
        let mut rows = Rows::new();
        let mut put = |id: &str, word: &str, text: String| drop(rows.insert(format!("queue {id} {word}"), text));
        let set = |advances: &usize| queue::ago(self.advances.len() - advances);
        dirty.iter().for_each(|(id, record)| put(id, "dirty", told(&String::from_utf8_lossy(&record.bytes()))));
        for (id, due) in due {
            let text = match due {
                Due::Set(advances) => set(advances),
                Due::Now => queue::DUE.to_owned(),
                Due::Again => queue::AGAIN.to_owned(),
            };
            put(id, "due", text);
        }
        since.iter().for_each(|(id, advances)| put(id, "since", set(advances)));
        refused.iter().for_each(|(id, n)| put(id, "refused", number(*n)));
        rows.extend(last.map(|n| ("queue last".to_owned(), number(n))));
        for ((id, word), text) in wrong {
            let name = if id.is_empty() { format!("queue {word}") } else { format!("queue {id} {word}") };
            rows.insert(name, text.clone());
        }
        rows
    }

    /// The longest that a proxy's lease lives.
    pub(super) fn lease_ms(&self) -> i64 {
        limits::LEASE_FACTOR * self.router.find(&self.collection).map_or(STORE_TIMEOUT_MS, |route| route.store_timeout_ms) as i64
    }

    /// The longest that a key of writers lives: twice the intent.
    pub(super) fn writers_ms(&self) -> i64 {
        2 * limits::INTENT_FACTOR * self.lease_ms()
    }

    /// What the state reader takes for the life of an entry: at most, and at least (itself between two values).
    pub(super) fn interval(&self, text: &str, id: &str, at: Moment) -> (i64, (i64, i64)) {
        let route_ms = match text.split(record::SEPARATOR).nth(1) {
            Some(record::VALUE) => TTL_MS,
            Some(record::DELETED | record::ABSENT) => NEGATIVE_TTL_MS,
            _ => 0,
        };
        let full = ttl_ms(route_ms, id) as i64;
        let age = |real: std::time::Duration| real.as_millis() as i64 + self.advanced_ms as i64 + SLACK_MS as i64;
        (full, ((full - age(at.latest)).max(0), (full - age(at.earliest)).max(0)))
    }
}

/// A number of the clock, which no real one is, by its place; any other one as it is.
fn number(n: u64) -> String {
    if (FIRST..=limits::SAFE_INTEGER as u64).contains(&n) { clock::label(n - FIRST) } else { n.to_string() }
}

/// A record whose version may be of the clock.
fn told(text: &str) -> String {
    match clock::version("cache x entry", text).and_then(|(_, digits)| Some((digits.len(), digits.parse().ok()?))) {
        Some((length, n)) if n >= FIRST => number(n) + &text[length..],
        _ => text.to_owned(),
    }
}

fn line(record: &Record, behind: bool) -> String {
    let n = if behind { number(record.n) } else { record.n.to_string() };
    match &record.kind {
        Kind::Value { etag, body } => format!("n={n} etag={etag} {body}"),
        Kind::Deleted | Kind::Absent => format!("n={n} deleted gone=now etag=- "),
    }
}

/// Nothing for a life in the interval, else what it is like; none where that cannot be told.
fn life(life: &Life, at: Moment, most: i64, (least, surely_enough): (i64, i64)) -> Option<&'static str> {
    let (shortest, longest) = life.left(at);
    if longest <= most && shortest.max(0) >= surely_enough {
        return Some("");
    }
    (shortest > most || longest < least).then_some(OTHER_TTL)
}

/// Members in the order of their names; none where one may or may not be over.
fn members(writers: &Writers, at: Moment) -> Option<String> {
    let state = |deadline: &Life| deadline.over(at).map(|over| if over { "over" } else { "live" });
    let mut members: Vec<String> = writers.deadlines.iter().map(|(token, deadline)| Some(format!("{token} {}", state(deadline)?))).collect::<Option<_>>()?;
    members.extend(writers.overlapped.then(|| "!".to_owned()));
    members.sort();
    Some(members.join(", "))
}
