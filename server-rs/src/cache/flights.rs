//! Single flight: of the readers of one document in this process, one looks and the others may share (protocol.md §5).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::store::{Address, Row};

/// What a flight brought: nothing to share, or a row that was stored in the cache.
type Landing = Option<Option<Row>>;

/// The readings under way.
#[derive(Default)]
pub struct Flights {
    open: Mutex<HashMap<Address, watch::Receiver<Landing>>>,
}

/// What a reader does.
pub enum Role {
    Leader(Flight),
    Joiner(watch::Receiver<Landing>),
}

/// A flight that its leader holds; dropped, it lands with nothing to share.
pub struct Flight {
    flights: Arc<Flights>,
    at: Address,
    landing: watch::Sender<Landing>,
    closed: bool,
}

impl Flights {
    /// Joins the flight to an address, or begins one.
    pub fn join(self: &Arc<Self>, at: &Address) -> Role {
        let mut open = self.open();
        if let Some(landing) = open.get(at) {
            return Role::Joiner(landing.clone());
        }
        let (sender, receiver) = watch::channel(None);
        open.insert(at.clone(), receiver);
        Role::Leader(Flight { flights: self.clone(), at: at.clone(), landing: sender, closed: false })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Address, watch::Receiver<Landing>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// Nobody joins from here on: what is read now may be older than a write that a later comer knows of.
    pub fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.flights.open().remove(&self.at);
        }
    }

    /// Gives the row to all who joined.
    pub fn land(self, row: Option<Row>) {
        self.landing.send_replace(Some(row));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.close();
    }
}

/// Waits for a flight; None: there is nothing to share.
pub async fn wait(mut landing: watch::Receiver<Landing>) -> Option<Option<Row>> {
    let landed = landing.wait_for(Option::is_some).await.ok()?;
    landed.clone()
}
