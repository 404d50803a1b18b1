//! The stored state in just the words of the state reader.

use super::Model;
use super::cache::{Held, Key, TOKEN, Writers};
use super::moment::{Life, Moment};
use super::record::{Kind, Record, ttl_ms};
use crate::generated::contract::{limits, record};
use crate::routes::{NEGATIVE_TTL_MS, STORE_TIMEOUT_MS, TTL_MS};
use crate::state::keys::SLACK_MS;
use crate::state::{self, Rows};
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
        stored.rows.extend(self.rows.iter().map(|(id, record)| (format!("store {id}"), line(record))));
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

fn line(record: &Record) -> String {
    match &record.kind {
        Kind::Value { etag, body } => format!("n={} etag={etag} {body}", record.n),
        Kind::Deleted | Kind::Absent => format!("n={} deleted gone=now etag=- ", record.n),
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
