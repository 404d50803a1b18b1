//! The names of what stands in Redis (contract/keys.toml).

use sha2::{Digest, Sha256};

use crate::generated::contract::keys;
use crate::json::hex;

const GENERATION_DIGITS: usize = 8;

/// The keys of one document that its readers and writers look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub entry: String,
    pub lease: String,
    pub writers: String,
    pub dirty: String,
}

/// What waits of a collection for the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueKeys {
    pub queue: String,
    pub since: String,
    pub refused: String,
    pub last: String,
    /// The beginning of the dirty records' keys.
    pub dirty: String,
}

impl Keys {
    /// The keys of a document under a generation.
    pub fn new(generation: &str, collection: &str, id: &str) -> Keys {
        Keys {
            entry: join(keys::ENTRY, &[collection, generation, id]),
            lease: join(keys::LEASE, &[collection, generation, id]),
            writers: join(keys::WRITERS, &[collection, id]),
            dirty: join(keys::DIRTY, &[collection, id]),
        }
    }
}

impl Keys {
    /// What a reader's scripts take.
    pub fn of_reader(&self) -> [&str; 4] {
        [&self.entry, &self.lease, &self.writers, &self.dirty]
    }

    /// What the scripts of a write-through writer take.
    pub fn of_writer(&self) -> [&str; 3] {
        [&self.entry, &self.lease, &self.writers]
    }
}

impl QueueKeys {
    /// The keys of a collection.
    pub fn new(collection: &str) -> QueueKeys {
        QueueKeys {
            queue: join(keys::QUEUE, &[collection]),
            since: join(keys::SINCE, &[collection]),
            refused: join(keys::REFUSED, &[collection]),
            last: join(keys::LAST, &[collection]),
            dirty: join(keys::DIRTY, &[collection]),
        }
    }
}

/// What makes an entry unreadable after a restart of Redis or under another routing file.
pub fn generation(run_id: &str, fleet: &str) -> String {
    let mut digits = hex(&Sha256::digest(format!("{run_id}{fleet}")));
    digits.truncate(GENERATION_DIGITS);
    digits
}

/// A TTL with its jitter: 0.9 to 1.1 of it, the same for an id in every language; 0 stays 0 (not cached).
pub fn jittered(ttl_ms: u64, id: &str) -> u64 {
    let digest = Sha256::digest(id);
    let spread = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    // ttl * (0.9 + 0.2 * spread / 2^32) in integers, so that nothing depends on how a double is rounded.
    (u128::from(ttl_ms) * ((9 << 32) + 2 * u128::from(spread)) / (10 << 32)) as u64
}

fn join(pieces: &[&str], values: &[&str]) -> String {
    let mut key = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        key.push_str(piece);
        key.push_str(values.get(index).copied().unwrap_or_default());
    }
    key
}
