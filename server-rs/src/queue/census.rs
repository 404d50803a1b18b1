//! How much waits for the stores, and for how long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::leftovers::Leftovers;
use crate::errors::Problem;
use crate::generated::contract::limits;
use crate::redis::{Count, Down, Redis};
use crate::routing::{Mode, Route, find, route_of};

/// Counts what waits.
pub struct Census {
    /// None where no route needs it.
    redis: Option<Arc<Redis>>,
    routes: Vec<Route>,
    leftovers: Arc<Leftovers>,
    last: Mutex<Vec<Waiting>>,
}

/// What waits of the collections of one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub pending: u64,
    pub refused: u64,
    /// 0: nothing waits.
    pub oldest_ms: u64,
}

/// What keeps a proxy from being ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    pub refused: bool,
    pub too_old: bool,
}

impl Census {
    /// Leftovers are told what is counted.
    pub fn new(redis: Option<Arc<Redis>>, routes: Vec<Route>, leftovers: Arc<Leftovers>) -> Census {
        let last = Mutex::new(vec![Waiting::default(); routes.len()]);
        Census { redis, routes, leftovers, last }
    }

    /// What waits, route by route, asked anew; the last known numbers while Redis is away.
    pub async fn by_route(&self) -> Vec<Waiting> {
        let counted = self.count().await;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok((now, counts)) = counted {
            *last = vec![Waiting::default(); self.routes.len()];
            for (collection, count) in counts {
                let route = find(self.routes.iter().map(|route| route.pattern.as_str()), &collection);
                let Some(waiting) = route.map(|index| &mut last[index]) else { continue };
                waiting.pending += count.pending.unwrap_or(0);
                waiting.refused += count.refused;
                let age = count.oldest.map_or(0.0, |oldest| (now - oldest).max(0.0));
                waiting.oldest_ms = waiting.oldest_ms.max(age as u64);
            }
        }
        last.clone()
    }

    /// What should not be, asked anew; nothing while Redis is away.
    pub async fn trouble(&self) -> Trouble {
        let mut trouble = Trouble::default();
        let Ok((now, counts)) = self.count().await else { return trouble };
        for (collection, count) in counts {
            let delay = route_of(&self.routes, &collection).filter(|route| route.mode == Mode::WriteBehind).map_or(0, |route| route.delay_ms);
            let most = delay as f64 + limits::PENDING_TOO_OLD_MS as f64;
            trouble.refused |= count.refused > 0;
            trouble.too_old |= count.oldest.is_some_and(|oldest| now - oldest > most);
        }
        trouble
    }

    /// How many documents of a collection wait.
    ///
    /// # Errors
    /// `CacheUnavailable`.
    pub async fn pending(&self, collection: &str) -> Result<u64, Problem> {
        let link = self.redis.as_ref().and_then(|redis| redis.link()).ok_or(Problem::CacheUnavailable)?;
        let counts = link.pending(&[collection]).await.map_err(|Down| Problem::CacheUnavailable)?;
        counts.first().copied().flatten().ok_or(Problem::CacheUnavailable)
    }

    /// Waits until the store has all that waits now; `Duration::ZERO` looks once.
    ///
    /// # Errors
    /// `NotSynced`, `CacheUnavailable`.
    pub async fn synced(&self, collection: &str, within: Duration) -> Result<(), Problem> {
        let until = Instant::now() + within;
        let mut arrival = None;
        loop {
            let link = self.redis.as_ref().and_then(|redis| redis.link()).ok_or(Problem::CacheUnavailable)?;
            let (now, oldest) = link.oldest(collection).await.map_err(|Down| Problem::CacheUnavailable)?;
            let arrival = *arrival.get_or_insert(now);
            if oldest.is_none_or(|oldest| oldest > arrival) {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(Problem::NotSynced);
            }
            sleep(Duration::from_millis(limits::WAIT_INTERVAL_MS as u64)).await;
        }
    }

    async fn count(&self) -> Result<(f64, Vec<(String, Count)>), Down> {
        let limit = Duration::from_millis(limits::READY_TIMEOUT_MS as u64);
        let (now, counts) = timeout(limit, self.ask()).await.unwrap_or(Err(Down))?;
        for (collection, count) in &counts {
            if let Some(pending) = count.pending {
                self.leftovers.tell(collection, pending);
            }
        }
        Ok((now, counts))
    }

    async fn ask(&self) -> Result<(f64, Vec<(String, Count)>), Down> {
        let link = self.redis.as_ref().and_then(|redis| redis.link()).ok_or(Down)?;
        let collections = link.collections().await?;
        let (now, counts) = link.census(&collections).await?;
        Ok((now, collections.into_iter().zip(counts).collect()))
    }
}
