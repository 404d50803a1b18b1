//! How a read of a document goes (protocol.md §5).

use super::cache::{Held, Missed, Unsure};
use super::moment::Moment;
use super::record::{Kind, Record, ttl_ms};
use super::router::Route;
use super::verdict::Stop;
use super::{Model, UNSURE};
use crate::generated::contract::cache_status;
use crate::sequence::Place;

impl From<Unsure> for Stop {
    fn from(_: Unsure) -> Stop {
        Stop::Unknown(UNSURE)
    }
}

/// What a read found.
#[derive(Clone, Debug)]
pub struct Found {
    pub record: Record,
    /// The value of Cache-Status.
    pub cache: &'static str,
    pub commands: Option<u32>,
    /// Whether it waited for another reader's lease, which takes as long as that.
    pub waited: bool,
}

impl Model {
    /// What the store has of a document.
    pub(super) fn stored(&self, id: &str) -> Record {
        self.rows.get(id).cloned().unwrap_or(Record::ABSENT)
    }

    /// The life of an entry with this record.
    pub(super) fn life_of(route: &Route, id: &str, record: &Record) -> u64 {
        let value = matches!(record.kind, Kind::Value { .. });
        ttl_ms(if value { route.ttl_ms } else { route.negative_ttl_ms }, id)
    }

    /// What the cache has of a document, where that is a record.
    pub(super) fn cached(&self, id: &str, at: Moment) -> Result<Option<Record>, Stop> {
        let Some(Held::Bytes(bytes)) = self.cache.get(id, Place::Entry, at)? else { return Ok(None) };
        if std::str::from_utf8(bytes).is_err() && Record::parse(String::from_utf8_lossy(bytes).as_bytes()).is_some() {
            return Err(Stop::Unknown("an entry whose body is not UTF-8"));
        }
        Ok(Record::parse(bytes))
    }

    /// Reads a document on its route.
    pub(super) fn read(&mut self, route: &Route, id: &str, no_cache: bool, at: Moment) -> Result<Found, Stop> {
        let past = |record, cache, commands| Found { record, cache, commands, waited: false };
        if !route.cached {
            return Ok(past(self.stored(id), cache_status::BYPASS, Some(0)));
        }
        if no_cache {
            return Ok(past(self.stored(id), cache_status::REQUEST, Some(0)));
        }
        if let Some(record) = self.cached(id, at)? {
            return Ok(past(record, cache_status::HIT, Some(1)));
        }
        // How garbage is taken away is left to each proxy.
        let garbage = matches!(self.cache.get(id, Place::Entry, at)?, Some(Held::Bytes(_)));
        let counted = |commands| if garbage { None } else { Some(commands) };
        let record = self.stored(id);
        Ok(match self.cache.miss(id, at)? {
            Missed::Bypass => past(record, cache_status::MISS, counted(2)),
            Missed::Wait => Found { waited: true, ..past(record, cache_status::MISS, None) },
            Missed::Lease => {
                let stored = self.cache.fill(id, record.bytes(), Model::life_of(route, id, &record), at);
                past(record, if stored { cache_status::STORED } else { cache_status::MISS }, counted(3))
            }
        })
    }
}
