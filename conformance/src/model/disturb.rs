//! Steps that act past the target: time, vanished keys, planted values, faults.

use super::Model;
use super::cache::{Held, Key, Writers};
use super::moment::{Life, Moment};
use super::queue::Queue;
use super::record::{Kind, Record};
use crate::canonical;
use crate::driver::plant::WRITERS_MS;
use crate::generated::contract::record::SEPARATOR;
use crate::generated::contract::{mongodb, mysql};
use crate::sequence::{Action, Body, ForeignFleet, Place, PlantRows, Planted, RedisFault, StoreError, StoreFault};
use serde_json::{Value, json};

/// The token of the suite's own leases and writers.
const SUITE: &str = "suite";

/// The body that a step plants, for the driver to fill in.
pub fn body(action: &Action) -> Option<&Body> {
    let Action::Plant(plant) = action else { return None };
    match &plant.what {
        Planted::Entry { body, .. } | Planted::Row { body, .. } | Planted::Dirty { body, .. } => body.as_ref(),
        Planted::Bytes { bytes, .. } => Some(bytes),
        _ => None,
    }
}

impl Model {
    /// Something was done past the target in this moment. `id` is the one that the step's key stands for, `body` the
    /// bytes of `body(action)`. Several requests at once leave the model adrift.
    pub fn disturb(&mut self, action: &Action, id: &str, body: Option<&[u8]>, at: Moment) {
        match action {
            Action::Advance(by_ms) => {
                self.advanced_ms = self.advanced_ms.saturating_add(*by_ms);
                self.cache.advance(*by_ms, at);
                self.advances.push(*by_ms);
                self.time_goes_on();
            }
            Action::Expire(_) => self.cache.remove(id, Place::Entry),
            Action::Evict(evict) if evict.at.is_queue() => self.evict_queue(id, evict.at),
            Action::Evict(evict) => self.cache.remove(id, evict.at),
            Action::Plant(plant) => self.plant(&plant.what, id, body, at),
            Action::PlantRows(rows) => self.plant_rows(rows),
            Action::Redis(RedisFault::Restart) => {
                self.cache.clear();
                self.queue = Queue { counted: self.queue.counted, ..Queue::default() };
            }
            Action::Redis(RedisFault::Crash) => self.cache.forget(),
            Action::Drain(drain) => {
                if drain.mended {
                    self.broken.clear();
                }
                self.drain();
            }
            Action::Redis(fault) => self.breaks("redis", redis(*fault)),
            Action::Store(fault) => self.breaks("store", store(*fault)),
            Action::StoreError(error) => {
                self.refusing.clone_from(&error.holding);
                self.breaks("store e", store_error(error));
            }
            Action::ForeignFleet(change) => self.breaks("fleet", (*change == ForeignFleet::Joins).then_some("fleet")),
            _ => self.lose("several requests at once, or one that nobody asked about"),
        }
    }

    /// A dependency has this fault from now on, instead of the one that it had.
    fn breaks(&mut self, what: &'static str, fault: Option<&'static str>) {
        let kinds = ["store refuses", "store errors"];
        self.broken.retain(|known| if what == "store e" { !kinds.contains(known) } else { !known.starts_with(what) || kinds.contains(known) });
        self.broken.extend(fault);
    }

    fn plant(&mut self, what: &Planted, id: &str, body: Option<&[u8]>, at: Moment) {
        let bytes = body.unwrap_or_default();
        let ms = |ttl: &u64| i64::try_from(*ttl).unwrap_or(i64::MAX);
        match what {
            Planted::Entry { n, kind, etag, ttl_ms, .. } => {
                let own = if bytes.is_empty() { String::new() } else { canonical::etag(bytes) };
                let head = [&n.to_string(), kind, etag.as_ref().unwrap_or(&own), ""].join(SEPARATOR);
                self.cache.put(id, Place::Entry, Key { held: Held::Bytes([head.as_bytes(), bytes].concat()), life: Life::new(at, ms(ttl_ms)) });
            }
            Planted::Bytes { at: place, .. } if place.is_queue() => self.plant_wrong(id, *place, "string", bytes),
            Planted::WrongType { at: place, .. } if place.is_queue() => self.plant_wrong(id, *place, "list", b""),
            Planted::Bytes { at: place, ttl_ms, .. } => {
                self.cache.put(id, *place, Key { held: Held::Bytes(bytes.to_vec()), life: Life::new(at, ms(ttl_ms)) });
            }
            Planted::WrongType { at: place, ttl_ms } => {
                self.cache.put(id, *place, Key { held: Held::Other("list"), life: Life::new(at, ms(ttl_ms)) });
            }
            Planted::Lease { ttl_ms } => {
                self.cache.put(id, Place::Lease, Key { held: Held::Bytes(SUITE.into()), life: Life::new(at, ms(ttl_ms)) });
            }
            Planted::Writer { live_ms, overlapped } => self.plant_writer(id, *live_ms, *overlapped, at),
            Planted::Row { n, .. } => {
                let value = body.map(serde_json::from_slice).transpose();
                match value {
                    Ok(value) => drop(self.rows.insert(id.to_owned(), planted_row(*n, value.as_ref()))),
                    Err(_) => self.lose("a planted row whose body is no JSON"),
                }
            }
            Planted::Dirty { n, kind, queued, .. } => self.plant_dirty(id, *n, kind, bytes, *queued),
            Planted::Refusal { n } => drop(self.queue.refused.insert(id.to_owned(), *n)),
            Planted::NoRow {} => drop(self.rows.remove(id)),
        }
    }

    /// Joins the writers that are there.
    fn plant_writer(&mut self, id: &str, live_ms: i64, overlapped: bool, at: Moment) {
        let mut writers = match self.cache.get(id, Place::Writers, at) {
            Ok(Some(Held::Writers(writers))) => writers.clone(),
            // What is no set of writers makes room.
            Ok(_) => Writers::default(),
            Err(_) => return self.lose(super::UNSURE),
        };
        writers.overlapped |= overlapped;
        writers.deadlines.insert(SUITE.to_owned(), Life::new(at, live_ms));
        self.cache.put(id, Place::Writers, Key { held: Held::Writers(writers), life: Life::new(at, WRITERS_MS) });
    }

    fn plant_rows(&mut self, rows: &PlantRows) {
        for number in 0..rows.count {
            let mut doc = rows.doc.clone();
            doc.insert("i".to_owned(), json!(number));
            if rows.pad_bytes > 0 {
                doc.insert("pad".to_owned(), json!("x".repeat(rows.pad_bytes)));
            }
            self.rows.insert(format!("r{number:05}"), planted_row(1, Some(&Value::Object(doc))));
        }
    }
}

fn redis(fault: RedisFault) -> Option<&'static str> {
    match fault {
        RedisFault::Up => None,
        RedisFault::Down => Some("redis down"),
        RedisFault::Full => Some("redis full"),
        _ => Some("redis"),
    }
}

fn store(fault: StoreFault) -> Option<&'static str> {
    match fault {
        StoreFault::Up => None,
        StoreFault::Down => Some("store down"),
        StoreFault::UnansweredWrites => Some("store writes"),
        StoreFault::Silent => Some("store"),
    }
}

/// Whether the numbers are about the document, or about the store.
fn store_error(error: &StoreError) -> Option<&'static str> {
    match (error.mysql, error.mongodb) {
        (None, None) => None,
        (Some(sql), Some(mongo)) if of_the_document(sql, mongo) => Some("store refuses"),
        _ => Some("store errors"),
    }
}

/// Whether numbers speak neither of the store's state nor of a row that is there already.
fn of_the_document(sql: u16, mongo: i32) -> bool {
    let (sql, mongo) = (i64::from(sql), i64::from(mongo));
    let of_the_store = [mysql::STATE_CODES, mysql::UNKNOWN_CODES].iter().any(|codes| codes.contains(&sql))
        || [mongodb::STATE_CODES, mongodb::UNKNOWN_CODES].iter().any(|codes| codes.contains(&mongo));
    !of_the_store && sql != mysql::DUPLICATE_CODE && mongo != mongodb::DUPLICATE_CODE
}

/// A row as a proxy would have written it.
fn planted_row(n: u64, value: Option<&Value>) -> Record {
    let kind = value.map_or(Kind::Deleted, |value| {
        let body = canonical::text(value);
        Kind::Value { etag: canonical::etag(body.as_bytes()), body: body.into() }
    });
    Record { n, kind }
}
