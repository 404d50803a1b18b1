//! The drain of this process: which queue is asked when, so that what waits reaches the stores (protocol.md §7).

pub mod backoff;
pub mod census;
pub mod claim;
pub mod leftovers;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use self::backoff::Backoff;
use self::claim::{Rest, Round};
use self::leftovers::Leftovers;
use crate::fleet::Fleet;
use crate::generated::contract::limits;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::redis::{Down, Link, Redis};
use crate::routing::{Route, route_of};
use crate::store::Store;

const BUSY_PAUSE: Duration = Duration::from_millis(limits::CLAIM_INTERVAL_MS as u64);
const IDLE_PAUSE: Duration = Duration::from_millis(limits::QUEUES_INTERVAL_MS as u64);
/// Between two queues of which nobody knows that they hold something.
const IDLE_SPACING: Duration = Duration::from_micros(1_000_000 / limits::QUEUES_PER_S as u64);

/// What the drain is made of.
pub struct Queue {
    pub redis: Arc<Redis>,
    pub fleet: Arc<Fleet>,
    pub leftovers: Arc<Leftovers>,
    pub routes: Vec<Route>,
    pub stores: Vec<Arc<Store>>,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    /// Turns true when the process is asked to stop.
    pub stopping: Arc<AtomicBool>,
    pub board: Arc<Board>,
}

/// Which queues there are, with when each is to be asked.
#[derive(Default)]
pub struct Board {
    state: Mutex<State>,
    stirred: Notify,
}

#[derive(Default)]
struct State {
    slots: HashMap<String, Slot>,
    /// When the next queue at rest may be asked.
    idle_from: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// It holds something, as far as this process knows.
    busy: bool,
    due: Instant,
}

impl Board {
    /// This process accepted a write.
    pub fn stir(&self, collection: &str) {
        let mut state = self.state();
        let due = Instant::now() + BUSY_PAUSE;
        match state.slots.get_mut(collection) {
            Some(slot) if slot.busy => return,
            Some(slot) => *slot = Slot { busy: true, due: due.min(slot.due) },
            None => {
                state.slots.insert(collection.to_owned(), Slot { busy: true, due });
            }
        }
        drop(state);
        self.stirred.notify_waiters();
    }

    /// These are all that there are; others are forgotten once nothing is known to wait in them, so that they take no turns.
    fn know(&self, collections: HashSet<String>) {
        let mut state = self.state();
        state.slots.retain(|collection, slot| slot.busy || collections.contains(collection));
        for collection in collections {
            state.slots.entry(collection).or_insert_with(|| Slot { busy: false, due: Instant::now() });
        }
    }

    /// The queue to ask now, else how long there is none; a queue is given out to one worker.
    fn next(&self, now: Instant, is_mine: impl Fn(&str) -> bool) -> Result<String, Duration> {
        let mut state = self.state();
        let idle_from = state.idle_from.unwrap_or(now);
        let when = |slot: &Slot| if slot.busy { slot.due } else { slot.due.max(idle_from) };
        let first = state.slots.iter().filter(|(collection, _)| is_mine(collection)).min_by_key(|(_, slot)| (when(slot), slot.due));
        let Some((collection, slot)) = first else { return Err(BUSY_PAUSE) };
        let (collection, slot) = (collection.clone(), *slot);
        if when(&slot) > now {
            return Err((when(&slot) - now).min(BUSY_PAUSE));
        }
        if !slot.busy {
            state.idle_from = Some(idle_from.max(now) + IDLE_SPACING);
        }
        // What is accepted while the round is under way makes it busy again.
        state.slots.insert(collection.clone(), Slot { busy: false, due: now + IDLE_PAUSE });
        Ok(collection)
    }

    fn rest(&self, collection: &str, rest: Rest) {
        let mut state = self.state();
        let Some(slot) = state.slots.get_mut(collection) else { return };
        if rest.pending > 0 {
            let now = Instant::now();
            *slot = Slot { busy: true, due: if rest.full { now } else { now + BUSY_PAUSE } };
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Drains until the process is asked to stop; a round under way is finished.
    pub async fn keep(self) {
        let own = tokio::sync::Mutex::new(None);
        let workers = self.stores.iter().map(|store| self.work(store, &own));
        join(self.read_queues(), join_all(workers)).await;
        if let Some(link) = own.into_inner() {
            let link: Link = link;
            link.close();
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Reads again and again which queues there are.
    async fn read_queues(&self) {
        let mut due = Instant::now();
        while !self.is_stopping() {
            if Instant::now() < due {
                sleep(BUSY_PAUSE).await;
                continue;
            }
            due = Instant::now() + IDLE_PAUSE;
            let Some(link) = self.redis.link().filter(|_| self.fleet.is_member()) else { continue };
            let Ok(collections) = link.collections().await else { continue };
            let _ = self.leftovers.look(&link, &collections).await;
            // Without a route nobody knows where they belong.
            self.board.know(collections.into_iter().filter(|collection| route_of(&self.routes, collection).is_some()).collect());
        }
    }

    /// Rounds for the queues of one store, so that a slow store holds up its own alone.
    async fn work(&self, store: &Store, own: &tokio::sync::Mutex<Option<Link>>) {
        let mut backoff = Backoff::default();
        let route = |collection: &str| route_of(&self.routes, collection).filter(|route| route.store == store.name);
        while !self.is_stopping() {
            let now = Instant::now();
            let pause = backoff.pause(now);
            if !self.fleet.is_member() || !pause.is_zero() {
                sleep(if pause.is_zero() { BUSY_PAUSE } else { pause.min(BUSY_PAUSE) }).await;
                continue;
            }
            let Ok(link) = self.link(own).await else {
                sleep(BUSY_PAUSE).await;
                continue;
            };
            let collection = match self.board.next(now, |collection| route(collection).is_some()) {
                Ok(collection) => collection,
                Err(pause) => {
                    let _ = timeout(pause, self.board.stirred.notified()).await;
                    continue;
                }
            };
            let Some(route) = route(&collection) else { continue };
            let round = Round { link: &link, collection: &collection, route, store, metrics: &self.metrics, log: self.log };
            // A queue that Redis refuses is as one at rest; it holds up no other.
            if let Ok(rest) = round.run(&mut backoff).await {
                self.leftovers.tell(&collection, rest.pending);
                self.board.rest(&collection, rest);
            }
        }
    }

    /// The drain's own connection, so that batches hold up no hit.
    async fn link(&self, own: &tokio::sync::Mutex<Option<Link>>) -> Result<Link, Down> {
        let mut own = own.lock().await;
        if let Some(link) = own.as_ref().filter(|link| !link.is_lost()) {
            return Ok(link.clone());
        }
        let link = self.redis.connect().await?;
        *own = Some(link.clone());
        Ok(link)
    }
}
