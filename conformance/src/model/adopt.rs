//! Takes over a stored state that was found, where the model could not know it.

use super::Model;
use super::cache::{Cache, Held, Key, Writers};
use super::moment::{Life, Moment};
use super::queue::{Due, Queue};
use super::record::{Kind, Record};
use super::rows::OTHER_TTL;
use crate::sequence::Place;
use crate::state::Rows;
use crate::state::clock::FIRST;
use crate::state::queue::{AGAIN, DUE, OF_THE_COLLECTION, ago, word};
use std::collections::BTreeMap;

/// The word for a place of the queue, if it is one.
fn known(name: &str) -> Option<&'static str> {
    OF_THE_COLLECTION.into_iter().chain([Place::Dirty]).map(word).find(|word| *word == name)
}

/// Longer than anything lives.
const LONG_MS: i64 = i64::MAX / 4;

impl Model {
    /// From now on the state is what was found in this moment. Lives are then known by the state reader's intervals
    /// only; those of keys that are as expected stay as they were.
    ///
    /// # Errors
    /// Names the first row that no right state has; the model stays adrift.
    pub fn adopt(&mut self, found: &Rows, at: Moment) -> Result<(), String> {
        let mut rows = BTreeMap::new();
        let mut cache = Cache::default();
        let mut queue = Queue::default();
        for (name, text) in found {
            let words: Vec<&str> = name.split(' ').collect();
            let taken = match words[..] {
                ["store", id] => row(text).map(|record| drop(rows.insert(id.to_owned(), record))),
                ["cache", id, place] => self.key(id, place, text, at).map(|(place, key)| cache.put(id, place, key)),
                ["queue", id, word] => self.waits(&mut queue, id, word, text),
                ["queue", word] => self.waits(&mut queue, "", word, text),
                _ => None,
            };
            taken.ok_or_else(|| format!("{name}: {text}"))?;
        }
        queue.counted = counted(&rows, &queue).unwrap_or(self.queue.counted);
        self.rows = rows;
        self.cache = cache;
        self.queue = queue;
        self.adrift = None;
        Ok(())
    }

    /// A row of the queue.
    fn waits(&self, queue: &mut Queue, id: &str, word: &str, text: &str) -> Option<()> {
        let set = || (0..=self.advances.len()).find(|advances| ago(*advances) == text).map(|advances| self.advances.len() - advances);
        match (word, text) {
            (_, "a list" | "a string" | "a set" | "a zset" | "a hash") => drop(queue.wrong.insert((id.to_owned(), known(word)?), text.to_owned())),
            ("dirty", _) => drop(queue.dirty.insert(id.to_owned(), Record::parse(meant(text).as_bytes())?)),
            ("due", DUE) => drop(queue.due.insert(id.to_owned(), Due::Now)),
            ("due", AGAIN) => drop(queue.due.insert(id.to_owned(), Due::Again)),
            ("due", _) => drop(queue.due.insert(id.to_owned(), Due::Set(set()?))),
            ("since", _) => drop(queue.since.insert(id.to_owned(), set()?)),
            ("refused", _) => drop(queue.refused.insert(id.to_owned(), meant(text).parse().ok()?)),
            ("last", _) => queue.last = Some(meant(text).parse().ok()?),
            _ => return None,
        }
        Some(())
    }

    fn key(&self, id: &str, place: &str, text: &str, at: Moment) -> Option<(Place, Key)> {
        let place = [Place::Entry, Place::Lease, Place::Writers].into_iter().find(|candidate| super::cache::word(*candidate) == place)?;
        let known = self
            .cache
            .keys()
            .find(|((known, spot), key)| known == id && *spot == super::cache::word(place) && self.row(id, spot, key, at).as_deref() == Some(text));
        if let Some((_, key)) = known {
            return Some((place, key.clone()));
        }
        let (bare, other) = match text.strip_suffix(OTHER_TTL) {
            Some(bare) => (bare, true),
            None => (text, false),
        };
        let (most, (least, _)) = self.interval(bare, id, at);
        let (held, least, most) = match (place, bare) {
            (_, "a list" | "a hash" | "a set") => (Held::Other("list"), 0, LONG_MS),
            (Place::Writers, "a string") => (Held::Bytes(Vec::new()), 0, LONG_MS),
            (Place::Lease, "a zset") | (Place::Entry, "a zset") => (Held::Other("zset"), 0, LONG_MS),
            (Place::Entry, _) => (Held::Bytes(meant(bare).into_bytes()), least, most),
            (Place::Lease, _) => (Held::Bytes(bare.as_bytes().to_vec()), 0, self.lease_ms()),
            (Place::Writers, _) => (Held::Writers(writers(bare, at)?), 0, self.writers_ms()),
            _ => return None,
        };
        let life = if other { Life::between(at, 0, LONG_MS) } else { Life::between(at, least, most) };
        Some((place, Key { held, life }))
    }
}

/// The number that a text begins with where that is a place in the order of the clock's.
fn meant(text: &str) -> String {
    let Some(rest) = text.strip_prefix('#') else { return text.to_owned() };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<u64>().map_or_else(|_| text.to_owned(), |place| format!("{}{}", FIRST + place, &rest[digits.len()..]))
}

/// How many versions the clock has given, by the highest of them.
fn counted(rows: &BTreeMap<String, Record>, queue: &Queue) -> Option<u64> {
    let versions = rows.values().chain(queue.dirty.values()).map(|record| record.n);
    versions.chain(queue.last).chain(queue.refused.values().copied()).filter(|n| *n > FIRST).map(|n| n - FIRST).max()
}

/// A row of the store in the state reader's words.
fn row(text: &str) -> Option<Record> {
    let (n, rest) = text.strip_prefix("n=")?.split_once(' ')?;
    let n = meant(n).parse().ok()?;
    if rest == "deleted gone=now etag=- " {
        return Some(Record { n, kind: Kind::Deleted });
    }
    let (etag, body) = rest.strip_prefix("etag=")?.split_once(' ')?;
    let good = !body.is_empty() && etag == crate::canonical::etag(body.as_bytes());
    good.then(|| Record { n, kind: Kind::Value { etag: etag.to_owned(), body: body.into() } })
}

fn writers(text: &str, at: Moment) -> Option<Writers> {
    let mut writers = Writers::default();
    for member in text.split(", ") {
        match member.rsplit_once(' ') {
            None if member == "!" => writers.overlapped = true,
            Some((token, "live")) => drop(writers.deadlines.insert(token.to_owned(), Life::between(at, 0, LONG_MS))),
            Some((token, "over")) => drop(writers.deadlines.insert(token.to_owned(), Life::new(at, 0))),
            _ => return None,
        }
    }
    Some(writers)
}
