//! Documents behind a route's cache mode: two verbs, read and write (protocol.md §5, §6).

pub mod flights;
pub mod lease;
pub mod off;
pub mod record;
pub mod write_behind;
pub mod write_through;

use std::time::Duration;

use tokio::time::Instant;

use self::off::Off;
use self::write_behind::WriteBehind;
use self::write_through::WriteThrough;
use crate::errors::Problem;
use crate::generated::contract::limits;
use crate::json::Document;
use crate::store::{Address, Put, Row, Store};

/// How a reading came about; the words are http's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Hit,
    /// A version that is not in the store yet.
    Pending,
    /// Read from the store and left in the cache.
    Stored,
    /// Read from the store, nothing left.
    Miss,
    /// Another's reading, shared.
    Collapsed,
    /// The route has no cache.
    Bypass,
    CacheDown,
    /// The client wanted the store.
    Request,
}

/// What a reader found; no row: there never was a document.
#[derive(Clone, Debug)]
pub struct Reading {
    pub row: Option<Row>,
    pub via: Via,
}

/// What a writer decided.
#[derive(Clone, Debug)]
pub enum Change {
    Put(Document),
    Delete,
    /// Nothing has to be written.
    Keep,
}

/// What a writer knows before it looks.
#[derive(Clone, Debug)]
pub enum Base {
    Unknown,
    Known(Option<Row>),
}

/// What may be known of a write without a look at the base; only write-behind makes use of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Goes whatever is there.
    None,
    /// Goes on what is there.
    Exists,
    /// Goes where there never was a document.
    Absent,
    /// Needs a look.
    Decide,
}

/// Where an accepted write is; the words are http's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Stored,
    Queued,
    /// Queued, and nobody knows what it replaced.
    UnknownBase,
}

/// What a write that was accepted came to.
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    pub answer: T,
    pub fate: Fate,
}

/// Decides on a base; tried anew with another base when somebody else was faster.
pub trait Decide<T>: Fn(Option<&Row>) -> Result<(Change, T), Problem> + Send + Sync {}

impl<T, F: Fn(Option<&Row>) -> Result<(Change, T), Problem> + Send + Sync> Decide<T> for F {}

/// A route's cache mode.
pub enum Cache {
    Off(Off),
    WriteThrough(WriteThrough),
    WriteBehind(WriteBehind),
}

impl Cache {
    /// Whether documents are cached at all.
    pub fn caches(&self) -> bool {
        !matches!(self, Cache::Off(_))
    }

    /// Reads a document; `fresh` asks for the store.
    pub async fn read(&self, at: &Address, fresh: bool) -> Result<Reading, Problem> {
        match self {
            Cache::Off(off) => off.read(at).await,
            Cache::WriteThrough(write_through) => write_through.read(at, fresh).await,
            Cache::WriteBehind(write_behind) => write_behind.read(at, fresh).await,
        }
    }

    /// Reads, decides and writes guarded by n.
    pub async fn write<T: Send>(&self, at: &Address, base: Base, guard: Guard, decide: impl Decide<T>) -> Result<Outcome<T>, Problem> {
        let stored = |answer| Outcome { answer, fate: Fate::Stored };
        match self {
            Cache::Off(off) => off.write(at, base, decide).await.map(stored),
            Cache::WriteThrough(write_through) => write_through.write(at, base, decide).await.map(stored),
            Cache::WriteBehind(write_behind) => write_behind.write(at, base, guard, decide).await,
        }
    }
}

/// What a guarded write did: its answer with the row that the store has now, if one was written.
struct Written<T> {
    answer: T,
    row: Option<Row>,
}

/// Tries a guarded write against the store until it takes, a bounded number of times before `until`.
async fn write_guarded<T: Send>(store: &Store, at: &Address, mut base: Base, until: Instant, decide: &impl Decide<T>) -> Result<Written<T>, Problem> {
    for _ in 0..limits::WRITE_TRIES {
        let current = match std::mem::replace(&mut base, Base::Unknown) {
            Base::Known(row) => row,
            Base::Unknown => store.get(at, remaining(until)?).await?,
        };
        let (change, answer) = decide(current.as_ref())?;
        let document = match change {
            Change::Keep => return Ok(Written { answer, row: None }),
            Change::Put(document) => Some(document),
            Change::Delete => None,
        };
        let expected = current.map(|row| row.n);
        let row = Row { n: expected.unwrap_or(0) + 1, document };
        if store.compare_and_put(at, expected, &row, remaining(until)?).await? == Put::Done {
            return Ok(Written { answer, row: Some(row) });
        }
    }
    Err(Problem::Contention)
}

/// The time that is left; none left, nothing more is sent.
fn remaining(until: Instant) -> Result<Duration, Problem> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Problem::StoreUnavailable) } else { Ok(left) }
}
