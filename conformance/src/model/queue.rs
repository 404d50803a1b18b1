//! What waits for the store, and what the scripts `put`, `claim`, `done` and `refuse` of contract/scripts do to it.

use super::cache::{Cache, Held, Key, Unsure};
use super::moment::{Life, Moment};
use super::record::{Kind, Record};
use crate::sequence::Place;
use crate::state::clock::FIRST;
use std::collections::BTreeMap;

/// The queue of one collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    pub dirty: BTreeMap<String, Record>,
    pub due: BTreeMap<String, Due>,
    /// How many `advance` steps were done when each document began to wait.
    pub since: BTreeMap<String, usize>,
    /// The version that the store refused.
    pub refused: BTreeMap<String, u64>,
    pub last: Option<u64>,
    /// Keys that hold what does not belong there, with what they hold in the words of the state's rows.
    pub wrong: BTreeMap<(String, &'static str), String>,
    /// Versions that were taken from the clock.
    pub counted: u64,
}

/// When a document is to be stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Due {
    /// A delay after so many `advance` steps.
    Set(usize),
    /// Now, or as soon as the store answers.
    Now,
    /// After the store refused it.
    Again,
}

/// What must hold of a base for a write to be accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Guard {
    Nothing,
    Exists,
    Absent,
    Version(u64),
}

impl Guard {
    fn holds(self, base: &Record) -> bool {
        match self {
            Guard::Nothing => true,
            Guard::Exists => matches!(base.kind, Kind::Value { .. }),
            Guard::Absent => base.kind == Kind::Absent,
            Guard::Version(n) => base.n == n,
        }
    }
}

/// What `put` is asked.
#[derive(Clone, Debug)]
pub struct Put<'a> {
    pub id: &'a str,
    /// What the caller has read, if it may count.
    pub base: Option<&'a Record>,
    pub guard: Guard,
    /// Whether it goes without a base.
    pub blind: bool,
    pub kind: Kind,
    pub ttl_ms: u64,
    pub max_pending: usize,
    /// Whether Redis has no memory left.
    pub no_memory: bool,
    pub advances: usize,
}

/// What `put` replies.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// On this base.
    Ok(Record),
    Blind,
    Conflict(Record),
    NeedBase,
    Full,
    /// A key of the queue holds what does not belong there.
    Error,
}

impl Queue {
    /// Whether a key holds what does not belong there; of a collection's own keys whatever the id.
    pub fn is_wrong(&self, id: &str, place: Place) -> bool {
        let id = if place == Place::Dirty { id } else { "" };
        self.wrong.contains_key(&(id.to_owned(), crate::state::queue::word(place)))
    }

    /// Whether `put` cannot read what it needs.
    fn is_unreadable(&self, id: &str) -> bool {
        [Place::Dirty, Place::Queue, Place::Since, Place::Refused, Place::Last].into_iter().any(|place| self.is_wrong(id, place))
    }

    /// The script `put`.
    pub fn put(&mut self, asked: &Put, cache: &mut Cache, cached: Option<Record>, now: Moment) -> Result<Reply, Unsure> {
        if self.is_unreadable(asked.id) {
            return Ok(Reply::Error);
        }
        let dirty = self.dirty.get(asked.id).cloned();
        let is_dirty = dirty.is_some();
        let base = dirty.or(cached).or(asked.base.cloned());
        match &base {
            Some(base) if !asked.guard.holds(base) => return Ok(Reply::Conflict(base.clone())),
            None if !asked.blind => {
                cache.remove(asked.id, Place::Entry);
                return Ok(Reply::NeedBase);
            }
            _ => {}
        }
        if !is_dirty && self.due.len() >= asked.max_pending || asked.no_memory {
            return Ok(Reply::Full);
        }
        self.counted += 1;
        let record = Record { n: FIRST + self.counted, kind: asked.kind.clone() };
        self.accept(asked.id, &record, asked.advances);
        cache.remove(asked.id, Place::Entry);
        cache.remove(asked.id, Place::Lease);
        if asked.ttl_ms > 0 {
            cache.put(asked.id, Place::Entry, Key { held: Held::Bytes(record.bytes()), life: Life::new(now, asked.ttl_ms as i64) });
        }
        Ok(base.map_or(Reply::Blind, Reply::Ok))
    }

    fn accept(&mut self, id: &str, record: &Record, advances: usize) {
        self.dirty.insert(id.to_owned(), record.clone());
        if self.refused.remove(id).is_some() {
            self.due.insert(id.to_owned(), Due::Set(advances));
        }
        self.due.entry(id.to_owned()).or_insert(Due::Set(advances));
        self.since.entry(id.to_owned()).or_insert(advances);
        self.last = Some(record.n);
    }

    /// A document has another id from now on.
    pub fn rename(&mut self, from: &str, to: &str) {
        fn moved<T>(map: &mut BTreeMap<String, T>, from: &str, to: &str) {
            if let Some(value) = map.remove(from) {
                map.insert(to.to_owned(), value);
            }
        }
        moved(&mut self.dirty, from, to);
        moved(&mut self.due, from, to);
        moved(&mut self.since, from, to);
    }

    /// Everything that waits goes to the store, but for what it has just refused.
    pub fn drain(&mut self, rows: &mut BTreeMap<String, Record>) {
        for (id, due) in std::mem::take(&mut self.due) {
            if due == Due::Again {
                self.due.insert(id, due);
                continue;
            }
            if self.is_wrong(&id, Place::Dirty) {
                // It keeps its place, and is looked at now and then.
                self.due.insert(id, Due::Now);
                continue;
            }
            if let Some(record) = self.dirty.remove(&id) {
                self.refused.remove(&id);
                if rows.get(&id).is_none_or(|row| row.n < record.n) {
                    rows.insert(id.clone(), record);
                }
            }
            self.since.remove(&id);
        }
    }

    /// The store refuses what has this in it, or everything; everything is due.
    pub fn refuse(&mut self, holding: Option<&str>) {
        let refused = |record: &Record| match (&record.kind, holding) {
            (_, None) => true,
            (Kind::Value { body, .. }, Some(text)) => body.contains(text),
            (_, Some(_)) => false,
        };
        for (id, due) in &mut self.due {
            *due = Due::Now;
            if let Some(record) = self.dirty.get(id).filter(|record| refused(record)) {
                self.refused.insert(id.clone(), record.n);
                *due = Due::Again;
            }
        }
    }

    /// Whatever waits is tried in vain.
    pub fn keep(&mut self) {
        self.due.values_mut().for_each(|due| *due = Due::Now);
    }
}
