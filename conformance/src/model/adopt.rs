//! Takes over a stored state that was found, where the model could not know it.

use super::Model;
use super::cache::{Cache, Held, Key, Writers};
use super::moment::{Life, Moment};
use super::record::{Kind, Record};
use super::rows::OTHER_TTL;
use crate::sequence::Place;
use crate::state::Rows;
use std::collections::BTreeMap;

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
        for (name, text) in found {
            let words: Vec<&str> = name.split(' ').collect();
            let taken = match words[..] {
                ["store", id] => row(text).map(|record| drop(rows.insert(id.to_owned(), record))),
                ["cache", id, place] => self.key(id, place, text, at).map(|(place, key)| cache.put(id, place, key)),
                _ => None,
            };
            taken.ok_or_else(|| format!("{name}: {text}"))?;
        }
        self.rows = rows;
        self.cache = cache;
        self.adrift = None;
        Ok(())
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
            (Place::Entry, _) => (Held::Bytes(bare.as_bytes().to_vec()), least, most),
            (Place::Lease, _) => (Held::Bytes(bare.as_bytes().to_vec()), 0, self.lease_ms()),
            (Place::Writers, _) => (Held::Writers(writers(bare, at)?), 0, self.writers_ms()),
        };
        let life = if other { Life::between(at, 0, LONG_MS) } else { Life::between(at, least, most) };
        Some((place, Key { held, life }))
    }
}

/// A row of the store in the state reader's words.
fn row(text: &str) -> Option<Record> {
    let (n, rest) = text.strip_prefix("n=")?.split_once(' ')?;
    let n = n.parse().ok()?;
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
