//! The cache's keys in Redis, and what the scripts of contract/scripts do to them.

use super::moment::{Life, Moment};
use crate::generated::contract::limits;
use crate::sequence::Place;
use std::collections::BTreeMap;

/// The name that a proxy's own token has in the model; the real ones are random.
pub const TOKEN: &str = "<token>";

/// Where a key belongs: its id, and which of the document's keys it is.
pub type Spot = (String, &'static str);

/// The word for a place in names of rows.
pub fn word(place: Place) -> &'static str {
    match place {
        Place::Entry => "entry",
        Place::Lease => "lease",
        Place::Writers => "writers",
        place => crate::state::queue::word(place),
    }
}

/// The keys of one collection.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    keys: BTreeMap<Spot, Key>,
}

/// One key with what is left of its life.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub held: Held,
    pub life: Life,
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    Bytes(Vec<u8>),
    Writers(Writers),
    /// A type that belongs nowhere, by its name in Redis.
    Other(&'static str),
}

/// Writers in progress, by token, until their deadlines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Writers {
    pub deadlines: BTreeMap<String, Life>,
    pub overlapped: bool,
}

/// It cannot be told whether something is over by now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsure;

/// What `miss` replies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missed {
    Bypass,
    Lease,
    Wait,
}

impl Cache {
    /// Every key, whether over or not.
    pub fn keys(&self) -> impl Iterator<Item = (&Spot, &Key)> {
        self.keys.iter()
    }

    pub fn put(&mut self, id: &str, place: Place, key: Key) {
        self.keys.insert((id.to_owned(), word(place)), key);
    }

    pub fn remove(&mut self, id: &str, place: Place) {
        self.keys.remove(&(id.to_owned(), word(place)));
    }

    /// Entries and leases are of a Redis that is no more; who writes is still known.
    pub fn forget(&mut self) {
        self.keys.retain(|(_, place), _| *place == word(Place::Writers));
    }

    pub fn clear(&mut self) {
        self.keys.clear();
    }

    /// A document's entry belongs to another id from now on, and lives as long as that says.
    pub fn rename(&mut self, from: &str, to: &str, ttl_ms: u64) {
        if let Some(Key { held, life }) = self.keys.remove(&(from.to_owned(), word(Place::Entry))) {
            self.put(to, Place::Entry, Key { held, life: life.again(ttl_ms as i64) });
        }
    }

    /// What is there now.
    ///
    /// # Errors
    /// When its life may or may not be over.
    pub fn get(&self, id: &str, place: Place, now: Moment) -> Result<Option<&Held>, Unsure> {
        let Some(key) = self.keys.get(&(id.to_owned(), word(place))) else { return Ok(None) };
        key.life.over(now).map(|over| (!over).then_some(&key.held)).ok_or(Unsure)
    }

    /// How many writers count, which is none for a key of another type.
    fn live(&self, id: &str, now: Moment) -> Result<usize, Unsure> {
        match self.get(id, Place::Writers, now)? {
            Some(Held::Writers(writers)) => {
                let over = writers.deadlines.values().map(|deadline| deadline.over(now)).collect::<Option<Vec<bool>>>().ok_or(Unsure)?;
                Ok(over.iter().filter(|over| !**over).count())
            }
            _ => Ok(0),
        }
    }

    /// `miss`, where there is no usable entry. A lease that is taken is given back by `fill`, so it is not noted.
    pub fn miss(&mut self, id: &str, now: Moment) -> Result<Missed, Unsure> {
        self.remove(id, Place::Entry);
        for place in [Place::Lease, Place::Writers] {
            let wrong = match self.get(id, place, now)? {
                Some(Held::Bytes(_)) => place == Place::Writers,
                Some(Held::Writers(_)) => place == Place::Lease,
                Some(Held::Other(_)) => true,
                None => false,
            };
            if wrong {
                self.remove(id, place);
            }
        }
        if self.live(id, now)? > 0 {
            return Ok(Missed::Bypass);
        }
        Ok(if self.get(id, Place::Lease, now)?.is_some() { Missed::Wait } else { Missed::Lease })
    }

    /// `fill` by the holder of the lease; whether the record was stored.
    pub fn fill(&mut self, id: &str, record: Vec<u8>, ttl_ms: u64, now: Moment) -> bool {
        self.remove(id, Place::Lease);
        self.set(id, record, ttl_ms, now);
        ttl_ms > 0
    }

    /// `miss`, where there is a dirty record: the entry becomes a copy of it.
    pub fn fill_beside(&mut self, id: &str, record: Vec<u8>, ttl_ms: u64, now: Moment) {
        self.set(id, record, ttl_ms, now);
    }

    /// `begin`: whether other writers are in progress.
    pub fn begin(&mut self, id: &str, store_timeout_ms: u64, now: Moment) -> Result<bool, Unsure> {
        let others = self.live(id, now)? > 0;
        let mut writers = match self.get(id, Place::Writers, now)? {
            Some(Held::Writers(writers)) if others => writers.clone(),
            _ => Writers::default(),
        };
        self.remove(id, Place::Entry);
        self.remove(id, Place::Lease);
        let intent_ms = limits::INTENT_FACTOR * store_timeout_ms as i64;
        writers.overlapped |= others;
        writers.deadlines.insert(TOKEN.to_owned(), Life::new(now, intent_ms));
        self.put(id, Place::Writers, Key { held: Held::Writers(writers), life: Life::new(now, 2 * intent_ms) });
        Ok(others)
    }

    /// `finish` in time, after `begin` in the same request: leaves the record if there were no others.
    pub fn finish(&mut self, id: &str, others: bool, record: Vec<u8>, ttl_ms: u64, now: Moment) {
        if !others {
            self.remove(id, Place::Writers);
            self.set(id, record, ttl_ms, now);
        } else if let Some(Key { held: Held::Writers(writers), .. }) = self.keys.get_mut(&(id.to_owned(), word(Place::Writers))) {
            writers.deadlines.remove(TOKEN);
        }
    }

    fn set(&mut self, id: &str, record: Vec<u8>, ttl_ms: u64, now: Moment) {
        self.remove(id, Place::Entry);
        if ttl_ms > 0 {
            self.put(id, Place::Entry, Key { held: Held::Bytes(record), life: Life::new(now, ttl_ms as i64) });
        }
    }

    /// Time passes: what is over for certain goes.
    pub fn advance(&mut self, by_ms: u64, now: Moment) {
        let by_ms = i64::try_from(by_ms).unwrap_or(i64::MAX);
        self.keys.retain(|_, key| key.life.left(now).1 > by_ms);
        for key in self.keys.values_mut() {
            key.life.shorten(by_ms);
            if let Held::Writers(writers) = &mut key.held {
                writers.deadlines.values_mut().for_each(|deadline| deadline.shorten(by_ms));
            }
        }
    }
}
