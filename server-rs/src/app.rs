//! Puts the rooms together; no I/O, so tests need no socket.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cache::Cache;
use crate::cache::off::Off;
use crate::cache::write_behind::WriteBehind;
use crate::cache::write_through::WriteThrough;
use crate::documents::{Documents, Shelf};
use crate::fleet::Fleet;
use crate::http::Front;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::queue::census::Census;
use crate::queue::leftovers::Leftovers;
use crate::queue::{Board, Queue};
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
    pub leftovers: Arc<Leftovers>,
    pub log: Log,
    /// Turns true when the process is asked to stop.
    pub stopping: Arc<AtomicBool>,
}

/// What requests are served from, with the drain that runs beside it where there is a Redis; routes name stores that are there.
pub fn build(parts: Parts) -> (Arc<Front>, Option<Queue>) {
    let (metrics, board) = (Arc::new(Metrics::default()), Arc::new(Board::default()));
    let shelves = parts.routes.iter().filter_map(|route| {
        let store = parts.stores.iter().find(|store| store.name == route.store)?.clone();
        let cache = match (route.mode, &parts.redis) {
            (Mode::WriteThrough, Some(redis)) => Cache::WriteThrough(WriteThrough::new(route, store.clone(), redis.clone(), metrics.clone())),
            (Mode::WriteBehind, Some(redis)) => {
                let board = board.clone();
                let stir = Arc::new(move |collection: &str| board.stir(collection));
                Cache::WriteBehind(WriteBehind::new(route, store.clone(), redis.clone(), metrics.clone(), stir))
            }
            _ => Cache::Off(Off::new(store.clone())),
        };
        Some(Shelf { route: route.clone(), cache, store })
    });
    let census = Arc::new(Census::new(parts.redis.clone(), parts.routes.clone(), parts.leftovers.clone()));
    let documents = Documents::new(shelves.collect(), parts.fleet.clone(), parts.leftovers.clone(), census.clone(), parts.body_bytes);
    let status = Status::new(parts.fleet.clone(), parts.stores.clone(), metrics.clone(), census, parts.stopping.clone());
    let queue = parts.redis.map(|redis| Queue {
        redis,
        fleet: parts.fleet,
        leftovers: parts.leftovers,
        routes: parts.routes,
        stores: parts.stores,
        metrics: metrics.clone(),
        log: parts.log,
        stopping: parts.stopping,
        board,
    });
    (Arc::new(Front { documents, status, metrics, log: parts.log }), queue)
}
