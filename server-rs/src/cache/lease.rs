//! Reading through the lease: what the modes that cache share (protocol.md §5).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::flights::{self, Flight, Flights, Role};
use super::{Reading, Via, record};
use crate::errors::Problem;
use crate::generated::contract::limits;
use crate::metrics::Metrics;
use crate::redis::keys::jittered;
use crate::redis::{Down, Link, Miss, Redis};
use crate::routing::Route;
use crate::store::{Address, Row, Store};

/// A route's documents in store and cache.
pub struct Lease {
    pub store: Arc<Store>,
    pub redis: Arc<Redis>,
    pub metrics: Arc<Metrics>,
    flights: Arc<Flights>,
    ttl_ms: u64,
    negative_ttl_ms: u64,
}

/// What reading through the cache came to; a store that fails is a problem.
pub enum Look {
    Found(Reading),
    /// Redis is away, refuses, or holds garbage where nothing may be thrown away.
    Down,
    /// Another reader had the lease all the time.
    Waited,
}

/// What whoever found no usable entry has in the end.
pub enum Taken {
    /// The lease: read the store.
    Lease,
    Pending(Option<Row>),
    Hit(Option<Row>),
    /// Read the store, fill nothing.
    Bypass,
    /// Another reader had the lease all the time.
    Waited,
}

/// Who reads: a writer's own look at the base counts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Client,
    Writer,
}

impl Lease {
    /// A route over a store with copies in Redis.
    pub fn new(route: &Route, store: Arc<Store>, redis: Arc<Redis>, metrics: Arc<Metrics>) -> Lease {
        Lease { store, redis, metrics, flights: Arc::default(), ttl_ms: route.ttl_ms, negative_ttl_ms: route.negative_ttl_ms }
    }

    /// The connection that everybody shares.
    pub fn link(&self) -> Result<Link, Down> {
        self.redis.link().ok_or(Down)
    }

    /// How long a lease lasts, which is how long others wait for its holder.
    fn duration(&self) -> Duration {
        self.store.timeout * limits::LEASE_FACTOR as u32
    }

    /// The row past the cache.
    pub async fn read_past(&self, at: &Address, via: Via) -> Result<Reading, Problem> {
        let row = self.store.get(at, self.store.timeout).await?;
        Ok(Reading { row, via })
    }

    /// The row as the cache has it, else the store; a hit is one command.
    ///
    /// # Errors
    /// `StoreUnavailable`.
    pub async fn read(&self, at: &Address, reader: Reader) -> Result<Look, Problem> {
        match self.entry(at).await {
            Ok(Some(row)) => return Ok(Look::Found(Reading { row, via: Via::Hit })),
            Ok(None) => {}
            Err(Down) => return Ok(Look::Down),
        }
        match self.flights.join(at) {
            Role::Leader(flight) => self.look(at, reader, Some(flight)).await,
            Role::Joiner(landing) => match flights::wait(landing).await {
                Some(row) => Ok(Look::Found(Reading { row, via: Via::Collapsed })),
                None => self.look(at, reader, None).await,
            },
        }
    }

    /// Counts how a client's reading came about.
    pub fn count(&self, via: Via) {
        let counter = if matches!(via, Via::Hit | Via::Pending) { &self.metrics.cache_hits } else { &self.metrics.cache_misses };
        counter.add_one();
    }

    /// The cached row, garbage cleared away.
    async fn entry(&self, at: &Address) -> Result<Option<Option<Row>>, Down> {
        let link = self.link()?;
        let Some(bytes) = link.entry(&at.collection, &at.id).await? else {
            return Ok(None);
        };
        let row = record::read(bytes);
        if row.is_none() {
            link.drop_entry(&at.collection, &at.id).await?;
        }
        Ok(row)
    }

    /// Does what there is to do; only with the lease there is something to share.
    async fn look(&self, at: &Address, reader: Reader, mut flight: Option<Flight>) -> Result<Look, Problem> {
        let token = Uuid::new_v4().to_string();
        let found = |row, via| Ok(Look::Found(Reading { row, via }));
        match self.take(at, &token, || flight = None).await {
            Ok(Taken::Lease) => self.read_and_fill(at, &token, reader, flight).await.map(Look::Found),
            Ok(Taken::Pending(row)) => found(row, Via::Pending),
            Ok(Taken::Hit(row)) => found(row, Via::Hit),
            Ok(Taken::Bypass) => self.read_past(at, Via::Miss).await.map(Look::Found),
            Ok(Taken::Waited) => Ok(Look::Waited),
            Err(Down) => Ok(Look::Down),
        }
    }

    /// Asks what to do until there is something to do; `on_others` hears of each answer but the lease.
    ///
    /// # Errors
    /// `Down`, where what waits is garbage too: nothing may be thrown away there.
    pub async fn take(&self, at: &Address, token: &str, mut on_others: impl FnMut()) -> Result<Taken, Down> {
        let until = Instant::now() + self.duration();
        loop {
            let miss = self.miss(at, token).await;
            if !matches!(miss, Ok(Miss::Lease)) {
                on_others();
            }
            match miss? {
                Miss::Lease => return Ok(Taken::Lease),
                Miss::Pending(bytes) => return record::read(bytes).map(Taken::Pending).ok_or(Down),
                Miss::Hit(bytes) => match record::read(bytes) {
                    Some(row) => return Ok(Taken::Hit(row)),
                    None => self.entry(at).await.map(|_| ()).unwrap_or_default(),
                },
                Miss::Wait => sleep(Duration::from_millis(limits::WAIT_INTERVAL_MS as u64)).await,
                Miss::Bypass => return Ok(Taken::Bypass),
            }
            if Instant::now() >= until {
                return Ok(Taken::Waited);
            }
        }
    }

    /// Script `miss` for a token.
    async fn miss(&self, at: &Address, token: &str) -> Result<Miss, Down> {
        let lives = [self.ttl_ms, self.negative_ttl_ms].map(|ttl_ms| jittered(ttl_ms, &at.id));
        self.link()?.miss(&at.collection, &at.id, token, self.duration().as_millis() as u64, lives).await
    }

    /// The row for the holder of the lease, which is given back if the store fails.
    pub async fn read_leased(&self, at: &Address, token: &str) -> Result<Option<Row>, Problem> {
        match self.store.get(at, self.store.timeout).await {
            Ok(row) => Ok(row),
            Err(fault) => {
                // The next reader need not wait for its end.
                let _ = self.fill(at, token, b"", 0).await;
                Err(fault.into())
            }
        }
    }

    /// Holds the lease: reads the store and leaves the row in the cache.
    async fn read_and_fill(&self, at: &Address, token: &str, reader: Reader, flight: Option<Flight>) -> Result<Reading, Problem> {
        let row = self.read_leased(at, token).await?;
        let mut flight = flight;
        if let Some(flight) = &mut flight {
            flight.close();
        }
        let ttl_ms = self.ttl_ms(at, row.as_ref());
        let filled = self.fill(at, token, &record::write(row.as_ref()), ttl_ms).await;
        let via = if filled == Ok(true) { Via::Stored } else { Via::Miss };
        match filled {
            Ok(true) if reader == Reader::Client => self.metrics.fills.add_one(),
            Ok(false) if reader == Reader::Client && ttl_ms > 0 => self.metrics.fills_refused.add_one(),
            _ => {}
        }
        if let Some(flight) = flight.filter(|_| via == Via::Stored) {
            flight.land(row.clone());
        }
        Ok(Reading { row, via })
    }

    async fn fill(&self, at: &Address, token: &str, record: &[u8], ttl_ms: u64) -> Result<bool, Down> {
        self.link()?.fill(&at.collection, &at.id, token, record, ttl_ms).await
    }

    /// Life of a row in the cache; 0: it is not cached.
    pub fn ttl_ms(&self, at: &Address, row: Option<&Row>) -> u64 {
        let live = row.is_some_and(|row| row.document.is_some());
        jittered(if live { self.ttl_ms } else { self.negative_ttl_ms }, &at.id)
    }
}
