//! How often, and with how much at a time, a store in trouble is tried.

use std::time::{Duration, Instant};

use crate::generated::contract::limits;

/// What the drain knows of one store.
#[derive(Debug)]
pub struct Backoff {
    /// Failures since the last success.
    failures: u32,
    /// Nothing is claimed before.
    until: Option<Instant>,
    /// Rows that are claimed at a time.
    rows: usize,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { failures: 0, until: None, rows: limits::CLAIM_ROWS as usize }
    }
}

impl Backoff {
    /// Rows that are claimed at a time.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How long nothing is to be claimed for this store.
    pub fn pause(&self, now: Instant) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// A batch was stored.
    pub fn succeed(&mut self) {
        self.failures = 0;
        self.until = None;
        self.rows = (self.rows * 2).min(limits::CLAIM_ROWS as usize);
    }

    /// A batch failed for the store's state; `late`: it may have been too much at once.
    pub fn fail(&mut self, now: Instant, late: bool) {
        let most = Duration::from_millis(limits::DRAIN_BACKOFF_MOST_MS as u64);
        let pause = Duration::from_millis(limits::DRAIN_BACKOFF_FIRST_MS as u64) * 2_u32.pow(self.failures.min(16));
        self.until = Some(now + pause.min(most));
        self.failures += 1;
        if late {
            self.rows = (self.rows / 2).max(1);
        }
    }
}
