//! The steps that act on a target's dependencies instead of on the target.

use super::operands::{Body, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A key in Redis that belongs to a document, or to its collection's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    #[default]
    Entry,
    Lease,
    Writers,
    /// The record of what is acknowledged and not stored.
    Dirty,
    /// When each document is due; of the collection, as are the next three.
    Queue,
    /// Since when each document waits.
    Since,
    /// What the store refused.
    Refused,
    /// The last n given out.
    Last,
}

impl Place {
    /// Whether it is of the queue, where nothing has a TTL.
    pub fn is_queue(self) -> bool {
        !matches!(self, Place::Entry | Place::Lease | Place::Writers)
    }
}

/// How what waits is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drain {
    /// Every fault ends first, in the same step: what is due already would be stored by itself between two.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mended: bool,
}

/// Removes one of a document's keys in Redis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evict {
    pub key: Key,
    #[serde(default)]
    pub at: Place,
}

/// Puts something into Redis or the store, past the proxies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    pub key: Key,
    pub what: Planted,
}

/// What is planted, and thereby where.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Planted {
    /// A well-formed cache entry. Without `etag` that of the body; `kind` V, T or N.
    Entry {
        n: u64,
        #[serde(default = "value_kind")]
        kind: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Body>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        #[serde(default = "minute")]
        ttl_ms: u64,
    },
    /// Any bytes at a key of the cache.
    Bytes {
        #[serde(default)]
        at: Place,
        bytes: Body,
        #[serde(default = "minute")]
        ttl_ms: u64,
    },
    /// A value of a type that does not belong at that key (a Redis list).
    WrongType {
        #[serde(default)]
        at: Place,
        #[serde(default = "minute")]
        ttl_ms: u64,
    },
    /// The lease of a reader in another process.
    Lease {
        #[serde(default = "minute")]
        ttl_ms: u64,
    },
    /// A writer in another process, whose intent ends in `live_ms` (negative: it has ended).
    Writer {
        live_ms: i64,
        /// Also the mark that two writers overlapped.
        #[serde(default)]
        overlapped: bool,
    },
    /// A version that was acknowledged and is not in the store yet; kind V or T.
    Dirty {
        n: u64,
        #[serde(default = "value_kind")]
        kind: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Body>,
        /// Whether it has its place in the queue.
        #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
        queued: bool,
    },
    /// A note that the store refused this version.
    Refusal { n: u64 },
    /// A document's row in the store, written as if by a proxy; without a body, deleted.
    Row {
        n: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Body>,
    },
    /// No row in the store.
    NoRow {},
}

impl Planted {
    /// Whether it may break a collection's queue, or make a proxy say that documents are refused.
    pub fn breaks_queue(&self) -> bool {
        match self {
            Planted::Bytes { at, .. } | Planted::WrongType { at, .. } => at.is_queue(),
            Planted::Refusal { .. } => true,
            Planted::Dirty { queued, .. } => !queued,
            _ => false,
        }
    }
}

fn yes() -> bool {
    true
}

fn value_kind() -> String {
    "V".to_owned()
}

fn minute() -> u64 {
    60_000
}

/// Rows `r00000`, `r00001`, … in the store, each `{"i": its number}` and the members of `doc`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantRows {
    pub count: usize,
    #[serde(default)]
    pub doc: Map<String, Value>,
    /// Adds the member `"pad"`, a string of so many `x`.
    #[serde(default)]
    pub pad_bytes: usize,
}

/// What happens to the Redis of each target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedisFault {
    /// Connections are refused and broken; what it holds stays.
    Down,
    /// Connections stay open, nothing goes through.
    Silent,
    /// Writes that need memory are refused.
    Full,
    /// Goes down at the moment a write wants to finish: the store has it, the cache does not know.
    DownAtFinish,
    /// The connection on which the next write wants to finish breaks; others and new ones are well.
    CutAtFinish,
    /// All of these end, and the targets have found it again.
    Up,
    /// Killed and started anew, empty.
    Restart,
    /// Killed and started anew with what its disk has.
    Crash,
}

/// What happens to the store of each target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreFault {
    /// Connections are refused and broken.
    Down,
    /// Connections stay open, nothing goes through.
    Silent,
    /// Reads work; a write is sent, never answered and never applied.
    UnansweredWrites,
    /// All of these end, and the targets have found it again.
    Up,
}

/// The error number that the store answers to each write of the collection; none: it stores again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mysql: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mongodb: Option<i32>,
    /// Only for documents whose canonical text has this in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holding: Option<String>,
}

/// A proxy with another routing file on the same Redis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignFleet {
    /// It is live, and the targets have noticed.
    Joins,
    /// It is gone, and the targets have noticed.
    Leaves,
}
