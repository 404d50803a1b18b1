//! The five verbs of a store in our own words (protocol.md §2); drivers stay inside the variants.

pub mod mongo;
pub mod mysql;
pub mod row;

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

pub use self::row::{Address, Listed, Newer, Row};
use crate::errors::Problem;
use crate::filter::coarse::Coarse;
use crate::generated::contract::dependency;
use crate::log::Log;

/// Which rows of a list come next, in the order of their ids' bytes.
pub struct Batch<'a> {
    pub collection: &'a str,
    /// Only greater ids; empty: from the first.
    pub after: &'a str,
    pub coarse: &'a Coarse,
    /// At most so many.
    pub rows: i64,
    /// None after the one whose body makes so many bytes.
    pub bytes: i64,
}

impl Batch<'_> {
    /// Whether rows are all that this batch takes; otherwise there are no more.
    pub fn is_full(&self, rows: &[Listed]) -> bool {
        let bytes: usize = rows.iter().map(|listed| listed.document.body.len()).sum();
        rows.len() as i64 >= self.rows || bytes as i64 >= self.bytes
    }
}

/// What became of a guarded write that the store answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Done,
    Conflict,
}

/// Why a store did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No answer; nothing was written.
    Unreachable,
    /// An answer that speaks of the store's state; nothing was written.
    Unavailable,
    /// A write was sent, and nobody can say what became of it.
    Unknown,
    /// The store refuses this row for what it is.
    Refused,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        match fault {
            Fault::Unreachable | Fault::Unavailable => Problem::StoreUnavailable,
            Fault::Unknown => Problem::OutcomeUnknown,
            Fault::Refused => Problem::DocumentRefused,
        }
    }
}

/// What became of rows of which each was to be stored unless a newer one is there; indexes of those that were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub stored: Vec<usize>,
    /// The store refuses them for what they are.
    pub refused: Vec<usize>,
    /// Why the rest was given up.
    pub setback: Option<Setback>,
}

/// What stopped a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setback {
    /// The store's state: away, or an answer that speaks of it.
    State,
    /// No answer in time.
    Late,
    /// What one of the rows is.
    Row,
}

/// Which driver speaks to the store.
pub enum Backend {
    Mongo(mongo::Mongo),
    Mysql(mysql::Mysql),
}

/// A store of the routing file.
pub struct Store {
    pub name: String,
    /// Limit of one statement.
    pub timeout: Duration,
    backend: Backend,
    log: Log,
    /// 0 not tried yet, 1 up, 2 down.
    state: AtomicU8,
}

impl Store {
    /// A store behind a driver, not yet tried.
    pub fn new(name: String, timeout: Duration, backend: Backend, log: Log) -> Store {
        Store { name, timeout, backend, log, state: AtomicU8::new(0) }
    }

    /// The row of an address; None: there never was one.
    pub async fn get(&self, at: &Address, within: Duration) -> Result<Option<Row>, Fault> {
        let within = within.min(self.timeout);
        self.seen(match &self.backend {
            Backend::Mongo(mongo) => mongo.get(at, within).await,
            Backend::Mysql(mysql) => mysql.get(at, within).await,
        })
    }

    /// Writes the row if the store still has `expected` (None: no row at all).
    pub async fn compare_and_put(&self, at: &Address, expected: Option<u64>, row: &Row, within: Duration) -> Result<Put, Fault> {
        let within = within.min(self.timeout);
        self.seen(match &self.backend {
            Backend::Mongo(mongo) => mongo.compare_and_put(at, expected, row, within).await,
            Backend::Mysql(mysql) => mysql.compare_and_put(at, expected, row, within).await,
        })
    }

    /// Stores each row unless a newer one is there; all together within the time limit.
    pub async fn put_newer(&self, collection: &str, rows: &[Newer]) -> Progress {
        let progress = match &self.backend {
            Backend::Mongo(mongo) => mongo.put_newer(collection, rows, self.timeout).await,
            Backend::Mysql(mysql) => mysql.put_newer(collection, rows, self.timeout).await,
        };
        // What stops a batch may be the batch: only success says how the store is.
        if progress.setback.is_none() {
            let _ = self.seen(Ok(()));
        }
        progress
    }

    /// The rows of a batch.
    pub async fn list(&self, batch: &Batch<'_>, within: Duration) -> Result<Vec<Listed>, Fault> {
        let within = within.min(self.timeout);
        self.seen(match &self.backend {
            Backend::Mongo(mongo) => mongo.list(batch, within).await,
            Backend::Mysql(mysql) => mysql.list(batch, within).await,
        })
    }

    /// Whether the store answers.
    pub async fn ping(&self, within: Duration) -> Result<(), Fault> {
        let within = within.min(self.timeout);
        self.seen(match &self.backend {
            Backend::Mongo(mongo) => mongo.ping(within).await,
            Backend::Mysql(mysql) => mysql.ping(within).await,
        })
    }

    /// Logs when the store goes up or down, once per change.
    fn seen<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        let up = !matches!(result, Err(Fault::Unreachable));
        let state = if up { 1 } else { 2 };
        // An unknown outcome says nothing about what comes next.
        if !matches!(result, Err(Fault::Unknown)) && self.state.swap(state, Ordering::Relaxed) != state {
            self.log.dependency(&dependency::STORE.replace("{name}", &self.name), up);
        }
        result
    }
}
