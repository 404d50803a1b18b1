//! Counters of this process since its start.

use std::sync::atomic::{AtomicU64, Ordering};

/// Everything that is counted (contract.md §5 of the tables: stats).
#[derive(Debug, Default)]
pub struct Metrics {
    pub requests: Counter,
    pub cache_hits: Counter,
    pub cache_misses: Counter,
    pub fills: Counter,
    pub fills_refused: Counter,
    pub drained: Counter,
    pub drain_retries: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one more.
    pub fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts some more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    /// The counters by their names in the contract.
    pub fn counters(&self) -> [(&'static str, u64); 7] {
        [
            ("cache_hits", self.cache_hits.value()),
            ("cache_misses", self.cache_misses.value()),
            ("drain_retries", self.drain_retries.value()),
            ("drained", self.drained.value()),
            ("fills", self.fills.value()),
            ("fills_refused", self.fills_refused.value()),
            ("requests", self.requests.value()),
        ]
    }
}
