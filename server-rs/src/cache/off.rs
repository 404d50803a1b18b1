//! No cache: every reading and every write is the store's.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Base, Decide, Reading, Via, write_guarded};
use crate::errors::Problem;
use crate::store::{Address, Store};

/// A route with `"cache": "off"`.
pub struct Off {
    store: Arc<Store>,
}

impl Off {
    /// A route over a store.
    pub fn new(store: Arc<Store>) -> Off {
        Off { store }
    }

    /// The row as the store has it.
    pub async fn read(&self, at: &Address) -> Result<Reading, Problem> {
        let row = self.store.get(at, self.store.timeout).await?;
        Ok(Reading { row, via: Via::Bypass })
    }

    /// All tries together take one store timeout.
    pub async fn write<T: Send>(&self, at: &Address, base: Base, decide: impl Decide<T>) -> Result<T, Problem> {
        let until = Instant::now() + self.store.timeout;
        write_guarded(&self.store, at, base, until, &decide).await.map(|written| written.answer)
    }
}
