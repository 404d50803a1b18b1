//! The store is the authority, Redis keeps copies that no writer leaves stale (protocol.md §5, §6).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::flights::{self, Flight, Flights, Role};
use super::{Base, Decide, Reading, Via, record, write_guarded};
use crate::errors::Problem;
use crate::generated::contract::limits;
use crate::metrics::Metrics;
use crate::redis::keys::jittered;
use crate::redis::{Down, Miss, Redis};
use crate::routing::{OnCacheDown, Route};
use crate::store::{Address, Row, Store};

/// A route with `"cache": "write-through"`.
pub struct WriteThrough {
    store: Arc<Store>,
    redis: Arc<Redis>,
    metrics: Arc<Metrics>,
    flights: Arc<Flights>,
    ttl_ms: u64,
    negative_ttl_ms: u64,
    on_cache_down: OnCacheDown,
}

impl WriteThrough {
    /// A route over a store with copies in Redis.
    pub fn new(route: &Route, store: Arc<Store>, redis: Arc<Redis>, metrics: Arc<Metrics>) -> WriteThrough {
        WriteThrough {
            store,
            redis,
            metrics,
            flights: Arc::default(),
            ttl_ms: route.ttl_ms,
            negative_ttl_ms: route.negative_ttl_ms,
            on_cache_down: route.on_cache_down,
        }
    }

    /// The row as the cache has it, else the store; `fresh` goes past the cache and leaves nothing in it.
    ///
    /// # Errors
    /// `StoreUnavailable`.
    pub async fn read(&self, at: &Address, fresh: bool) -> Result<Reading, Problem> {
        let reading = if fresh { self.read_past(at, Via::Request).await? } else { self.read_cached(at).await? };
        let counter = if reading.via == Via::Hit { &self.metrics.cache_hits } else { &self.metrics.cache_misses };
        counter.add_one();
        Ok(reading)
    }

    /// A hit is this one command.
    async fn read_cached(&self, at: &Address) -> Result<Reading, Problem> {
        match self.entry(at).await {
            Ok(Some(row)) => Ok(Reading { row, via: Via::Hit }),
            Ok(None) => self.read_missed(at).await,
            Err(Down) => self.read_past(at, Via::CacheDown).await,
        }
    }

    /// The cached row, garbage cleared away.
    async fn entry(&self, at: &Address) -> Result<Option<Option<Row>>, Down> {
        let link = self.redis.link().ok_or(Down)?;
        let Some(bytes) = link.entry(&at.collection, &at.id).await? else {
            return Ok(None);
        };
        let row = record::read(bytes);
        if row.is_none() {
            link.drop_entry(&at.collection, &at.id).await?;
        }
        Ok(row)
    }

    async fn read_past(&self, at: &Address, via: Via) -> Result<Reading, Problem> {
        let row = self.store.get(at, self.store.timeout).await?;
        Ok(Reading { row, via })
    }

    async fn read_missed(&self, at: &Address) -> Result<Reading, Problem> {
        match self.flights.join(at) {
            Role::Leader(flight) => self.look(at, Some(flight)).await,
            Role::Joiner(landing) => match flights::wait(landing).await {
                Some(row) => Ok(Reading { row, via: Via::Collapsed }),
                None => self.look(at, None).await,
            },
        }
    }

    /// Asks what to do until there is something to do; only with the lease there is something to share.
    async fn look(&self, at: &Address, mut flight: Option<Flight>) -> Result<Reading, Problem> {
        let token = Uuid::new_v4().to_string();
        let lease = self.store.timeout * limits::LEASE_FACTOR as u32;
        let until = Instant::now() + lease;
        loop {
            let miss = match self.redis.link() {
                Some(link) => link.miss(&at.collection, &at.id, &token, lease.as_millis() as u64).await,
                None => Err(Down),
            };
            if let Ok(Miss::Lease) = miss {
                return self.read_and_fill(at, &token, flight).await;
            }
            flight = None;
            match miss {
                Ok(Miss::Hit(bytes)) => match record::read(bytes) {
                    Some(row) => return Ok(Reading { row, via: Via::Hit }),
                    None => self.entry(at).await.map(|_| ()).unwrap_or_default(),
                },
                Ok(Miss::Wait) => sleep(Duration::from_millis(limits::WAIT_INTERVAL_MS as u64)).await,
                Ok(_) => return self.read_past(at, Via::Miss).await,
                Err(Down) => return self.read_past(at, Via::CacheDown).await,
            }
            if Instant::now() >= until {
                return self.read_past(at, Via::Miss).await;
            }
        }
    }

    /// Holds the lease: reads the store and leaves the row in the cache.
    async fn read_and_fill(&self, at: &Address, token: &str, flight: Option<Flight>) -> Result<Reading, Problem> {
        let row = match self.store.get(at, self.store.timeout).await {
            Ok(row) => row,
            Err(fault) => {
                // The lease is given back, so that the next reader need not wait for its end.
                let _ = self.fill(at, token, b"", 0).await;
                return Err(fault.into());
            }
        };
        let mut flight = flight;
        if let Some(flight) = &mut flight {
            flight.close();
        }
        let ttl_ms = self.ttl_ms(at, row.as_ref());
        let filled = self.fill(at, token, &record::write(row.as_ref()), ttl_ms).await;
        let via = match filled {
            Ok(true) => Via::Stored,
            Ok(false) | Err(Down) => Via::Miss,
        };
        match filled {
            Ok(true) => self.metrics.fills.add_one(),
            Ok(false) if ttl_ms > 0 => self.metrics.fills_refused.add_one(),
            _ => {}
        }
        if let Some(flight) = flight.filter(|_| via == Via::Stored) {
            flight.land(row.clone());
        }
        Ok(Reading { row, via })
    }

    async fn fill(&self, at: &Address, token: &str, record: &[u8], ttl_ms: u64) -> Result<bool, Down> {
        let link = self.redis.link().ok_or(Down)?;
        link.fill(&at.collection, &at.id, token, record, ttl_ms).await
    }

    /// Life of a row in the cache; 0: it is not cached.
    fn ttl_ms(&self, at: &Address, row: Option<&Row>) -> u64 {
        let live = row.is_some_and(|row| row.document.is_some());
        jittered(if live { self.ttl_ms } else { self.negative_ttl_ms }, &at.id)
    }

    /// Announces the writer, writes to the store, ends the writer; success is told only after all three.
    ///
    /// # Errors
    /// What `decide` says, `CacheUnavailable`, `StoreUnavailable`, `DocumentRefused`, `Contention`, `OutcomeUnknown`.
    pub async fn write<T: Send>(&self, at: &Address, base: Base, decide: impl Decide<T>) -> Result<T, Problem> {
        let token = Uuid::new_v4().to_string();
        let intent = self.store.timeout * limits::INTENT_FACTOR as u32;
        // Reckoned from before `begin` was sent, so that the token outlives every try.
        let until = Instant::now() + intent / 2;
        let base = match self.begin(at, base, &token, intent).await {
            Ok(base) => base,
            Err(Down) if self.on_cache_down == OnCacheDown::Bypass => {
                let until = Instant::now() + self.store.timeout;
                return write_guarded(&self.store, at, Base::Unknown, until, &decide).await.map(|written| written.answer);
            }
            Err(Down) => return Err(Problem::CacheUnavailable),
        };
        let written = match write_guarded(&self.store, at, base, until, &decide).await {
            // Nobody knows what the store has: the token stays and keeps readers from filling until it expires.
            Err(Problem::OutcomeUnknown) => return Err(Problem::OutcomeUnknown),
            Err(problem) => {
                let _ = self.finish(at, &token, b"", 0).await;
                return Err(problem);
            }
            Ok(written) => written,
        };
        let finished = match &written.row {
            Some(row) => self.finish(at, &token, &record::write(Some(row)), self.ttl_ms(at, Some(row))).await,
            None => self.finish(at, &token, b"", 0).await,
        };
        match finished {
            Err(Down) if self.on_cache_down == OnCacheDown::Refuse => Err(Problem::OutcomeUnknown),
            _ => Ok(written.answer),
        }
    }

    /// The base as the cache has it, unless it is known already.
    async fn begin(&self, at: &Address, base: Base, token: &str, intent: Duration) -> Result<Base, Down> {
        let link = self.redis.link().ok_or(Down)?;
        let look = matches!(base, Base::Unknown);
        let entry = link.begin(&at.collection, &at.id, token, intent.as_millis() as u64, look).await?;
        Ok(match entry.and_then(record::read) {
            Some(row) => Base::Known(row),
            None => base,
        })
    }

    /// Tried once more over a new connection if the first one is dead.
    async fn finish(&self, at: &Address, token: &str, record: &[u8], ttl_ms: u64) -> Result<(), Down> {
        let first = self.redis.link();
        if let Some(link) = &first {
            let result = link.finish(&at.collection, &at.id, token, record, ttl_ms).await;
            if result.is_ok() || !link.is_lost() {
                return result;
            }
        }
        let link = self.redis.another_link(first.as_ref()).await.ok_or(Down)?;
        link.finish(&at.collection, &at.id, token, record, ttl_ms).await
    }
}
