//! The store is the authority, Redis keeps copies that no writer leaves stale (protocol.md §5, §6).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::lease::{Lease, Look, Reader};
use super::{Base, Decide, Reading, Via, record, write_guarded};
use crate::errors::Problem;
use crate::generated::contract::limits;
use crate::metrics::Metrics;
use crate::redis::{Down, Redis};
use crate::routing::{OnCacheDown, Route};
use crate::store::{Address, Store};

/// A route with `"cache": "write-through"`.
pub struct WriteThrough {
    lease: Lease,
    on_cache_down: OnCacheDown,
}

impl WriteThrough {
    /// A route over a store with copies in Redis.
    pub fn new(route: &Route, store: Arc<Store>, redis: Arc<Redis>, metrics: Arc<Metrics>) -> WriteThrough {
        WriteThrough { lease: Lease::new(route, store, redis, metrics), on_cache_down: route.on_cache_down }
    }

    /// The row as the cache has it, else the store; `fresh` goes past the cache and leaves nothing in it.
    ///
    /// # Errors
    /// `StoreUnavailable`.
    pub async fn read(&self, at: &Address, fresh: bool) -> Result<Reading, Problem> {
        let reading = if fresh {
            self.lease.read_past(at, Via::Request).await?
        } else {
            match self.lease.read(at, Reader::Client).await? {
                Look::Found(reading) => reading,
                Look::Down => self.lease.read_past(at, Via::CacheDown).await?,
                Look::Waited => self.lease.read_past(at, Via::Miss).await?,
            }
        };
        self.lease.count(reading.via);
        Ok(reading)
    }

    /// Announces the writer, writes to the store, ends the writer; success is told only after all three.
    ///
    /// # Errors
    /// What `decide` says, `CacheUnavailable`, `StoreUnavailable`, `DocumentRefused`, `Contention`, `OutcomeUnknown`.
    pub async fn write<T: Send>(&self, at: &Address, base: Base, decide: impl Decide<T>) -> Result<T, Problem> {
        let token = Uuid::new_v4().to_string();
        let intent = self.lease.store.timeout * limits::INTENT_FACTOR as u32;
        // Reckoned from before `begin` was sent, so that the token outlives every try.
        let until = Instant::now() + intent / 2;
        let base = match self.begin(at, base, &token, intent).await {
            Ok(base) => base,
            Err(Down) if self.on_cache_down == OnCacheDown::Bypass => {
                let until = Instant::now() + self.lease.store.timeout;
                return write_guarded(&self.lease.store, at, Base::Unknown, until, &decide).await.map(|written| written.answer);
            }
            Err(Down) => return Err(Problem::CacheUnavailable),
        };
        let written = match write_guarded(&self.lease.store, at, base, until, &decide).await {
            // Nobody knows what the store has: the token stays and keeps readers from filling until it expires.
            Err(Problem::OutcomeUnknown) => return Err(Problem::OutcomeUnknown),
            Err(problem) => {
                let _ = self.finish(at, &token, b"", 0).await;
                return Err(problem);
            }
            Ok(written) => written,
        };
        let finished = match &written.row {
            Some(row) => self.finish(at, &token, &record::write(Some(row)), self.lease.ttl_ms(at, Some(row))).await,
            None => self.finish(at, &token, b"", 0).await,
        };
        match finished {
            Err(Down) if self.on_cache_down == OnCacheDown::Refuse => Err(Problem::OutcomeUnknown),
            _ => Ok(written.answer),
        }
    }

    /// The base as the cache has it, unless it is known already.
    async fn begin(&self, at: &Address, base: Base, token: &str, intent: Duration) -> Result<Base, Down> {
        let link = self.lease.link()?;
        let look = matches!(base, Base::Unknown);
        let entry = link.begin(&at.collection, &at.id, token, intent.as_millis() as u64, look).await?;
        Ok(match entry.and_then(record::read) {
            Some(row) => Base::Known(row),
            None => base,
        })
    }

    /// Tried once more over a new connection if the first one is dead.
    async fn finish(&self, at: &Address, token: &str, record: &[u8], ttl_ms: u64) -> Result<(), Down> {
        let first = self.lease.redis.link();
        if let Some(link) = &first {
            let result = link.finish(&at.collection, &at.id, token, record, ttl_ms).await;
            if result.is_ok() || !link.is_lost() {
                return result;
            }
        }
        let link = self.lease.redis.another_link(first.as_ref()).await.ok_or(Down)?;
        link.finish(&at.collection, &at.id, token, record, ttl_ms).await
    }
}
