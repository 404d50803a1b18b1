//! Puts the rooms together; no I/O, so tests need no socket.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cache::Cache;
use crate::cache::off::Off;
use crate::cache::write_through::WriteThrough;
use crate::documents::{Documents, Shelf};
use crate::fleet::Fleet;
use crate::http::Front;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::redis::Redis;
use crate::routing::{Mode, Route};
use crate::status::Status;
use crate::store::Store;

/// What an app is made of.
pub struct Parts {
    pub routes: Vec<Route>,
    pub body_bytes: usize,
    pub stores: Vec<Arc<Store>>,
    pub redis: Option<Arc<Redis>>,
    pub fleet: Arc<Fleet>,
    pub log: Log,
    /// Turns true when the process is asked to stop.
    pub stopping: Arc<AtomicBool>,
}

/// What requests are served from; routes name stores that are there.
pub fn build(parts: Parts) -> Arc<Front> {
    let metrics = Arc::new(Metrics::default());
    let shelves = parts.routes.into_iter().filter_map(|route| {
        let store = parts.stores.iter().find(|store| store.name == route.store)?.clone();
        let cache = match (route.mode, &parts.redis) {
            (Mode::WriteThrough, Some(redis)) => Cache::WriteThrough(WriteThrough::new(&route, store.clone(), redis.clone(), metrics.clone())),
            _ => Cache::Off(Off::new(store.clone())),
        };
        Some(Shelf { route, cache, store })
    });
    let documents = Documents::new(shelves.collect(), parts.fleet.clone(), parts.body_bytes);
    let status = Status::new(parts.fleet, parts.stores, metrics.clone(), parts.stopping);
    Arc::new(Front { documents, status, metrics, log: parts.log })
}
