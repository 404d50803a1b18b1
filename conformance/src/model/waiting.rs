//! Steps that act on the queue past the target: time, the drain, planted and vanished records.

use super::Model;
use super::queue::Due;
use super::record::{Kind, Record};
use crate::canonical;
use crate::generated::contract::{limits, record};
use crate::sequence::Place;
use crate::state::queue::word;

/// What is left of a delay from which on the state reader cannot tell it from the pause of a refused document.
const NEARLY_MS: u64 = limits::REFUSED_PAUSE_MS as u64 + 5_000;

impl Model {
    fn delay_ms(&self) -> u64 {
        self.router.find(&self.collection).map_or(u64::MAX, |route| route.delay_ms)
    }

    /// What `Advance` has let pass since so many of its steps were done.
    fn passed_ms(&self, since: usize) -> u64 {
        self.advances[since.min(self.advances.len())..].iter().sum()
    }

    /// A store that is away takes nothing.
    fn stores_nothing(&self) -> bool {
        ["store", "store down", "store writes", "store errors"].iter().any(|fault| self.is(fault))
    }

    /// What is due by now is stored by itself, at a time that nobody knows.
    pub(super) fn time_goes_on(&mut self) {
        let comes = |due: &Due| match due {
            Due::Set(since) => self.passed_ms(*since) + NEARLY_MS > self.delay_ms(),
            Due::Again => true,
            Due::Now => !self.stores_nothing(),
        };
        if self.queue.due.values().any(comes) {
            self.lose("what has become due is stored by itself");
        }
    }

    /// Everything that waits is due.
    pub(super) fn drain(&mut self) {
        if self.broken.iter().any(|fault| fault.starts_with("redis") || *fault == "fleet") || !self.queue.wrong.is_empty() {
            return self.lose("a queue that does not work");
        }
        let orphans = self.queue.due.keys().any(|id| !self.queue.dirty.contains_key(id));
        if self.is("store refuses") {
            self.queue.refuse(self.refusing.as_deref());
            self.queue.drain(&mut self.rows);
        } else if self.stores_nothing() && !orphans {
            self.queue.keep();
        } else if self.stores_nothing() {
            self.lose("whether a place without a record was seen");
        } else {
            self.queue.keep();
            self.queue.drain(&mut self.rows);
        }
    }

    /// Whether readiness has something to say about the queue.
    pub(super) fn keeps_unready(&self) -> bool {
        let old = |since: &usize| self.passed_ms(*since) > self.delay_ms();
        !self.queue.refused.is_empty() || self.queue.since.values().any(old) || !self.queue.wrong.is_empty()
    }

    pub(super) fn evict_queue(&mut self, id: &str, place: Place) {
        let key = if place == Place::Dirty { id } else { "" };
        self.queue.wrong.remove(&(key.to_owned(), word(place)));
        match place {
            Place::Queue => self.queue.due.clear(),
            Place::Since => self.queue.since.clear(),
            Place::Refused => self.queue.refused.clear(),
            Place::Last => self.queue.last = None,
            _ => drop(self.queue.dirty.remove(id)),
        }
    }

    /// A value that is of no use takes a key's place.
    pub(super) fn plant_wrong(&mut self, id: &str, place: Place, kind: &str, bytes: &[u8]) {
        self.evict_queue(id, place);
        let text = String::from_utf8_lossy(bytes).into_owned();
        match text.parse() {
            Ok(last) if place == Place::Last => self.queue.last = Some(last),
            _ => {
                let key = if place == Place::Dirty { id } else { "" };
                let told = if place == Place::Last && kind == "string" { text } else { format!("a {kind}") };
                self.queue.wrong.insert((key.to_owned(), word(place)), told);
            }
        }
    }

    pub(super) fn plant_dirty(&mut self, id: &str, n: u64, kind: &str, bytes: &[u8], queued: bool) {
        let kind = match (kind, std::str::from_utf8(bytes)) {
            (record::VALUE, Ok(body)) if !body.is_empty() => Kind::Value { etag: canonical::etag(bytes), body: body.into() },
            (record::DELETED, Ok("")) => Kind::Deleted,
            _ => return self.lose("a planted record that no proxy writes"),
        };
        self.queue.wrong.remove(&(id.to_owned(), word(Place::Dirty)));
        self.queue.dirty.insert(id.to_owned(), Record { n, kind });
        if queued {
            self.queue.due.insert(id.to_owned(), Due::Set(self.advances.len()));
            self.queue.since.insert(id.to_owned(), self.advances.len());
        }
    }
}
