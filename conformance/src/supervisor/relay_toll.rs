//! What bytes meet on their way through a relay that delays or cuts.

use super::relay::Traffic;
use crate::dice::Dice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

/// One direction of a connection.
#[derive(Clone, Debug)]
pub struct Toll {
    traffic: watch::Receiver<Traffic>,
    /// Bytes of both directions since the connection is to be cut.
    passed: Arc<AtomicU32>,
    dice: Dice,
}

impl Toll {
    pub fn new(traffic: watch::Receiver<Traffic>) -> Toll {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
        Toll { traffic, passed: Arc::default(), dice: Dice::stream(0, CONNECTIONS.fetch_add(1, Ordering::Relaxed)) }
    }

    /// Delivers the bytes, or those before the cut; whether the connection goes on.
    pub async fn deliver(&mut self, to: &mut OwnedWriteHalf, bytes: &[u8]) -> bool {
        let traffic = *self.traffic.borrow();
        let count = match traffic {
            Traffic::Slow { most_ms } => {
                tokio::time::sleep(Duration::from_millis(self.dice.between(0, u64::from(most_ms)))).await;
                bytes.len()
            }
            Traffic::Late { least_ms } => {
                if self.dice.chance(25) {
                    let least = u64::from(least_ms);
                    tokio::time::sleep(Duration::from_millis(self.dice.between(least, 2 * least))).await;
                }
                bytes.len()
            }
            Traffic::CutAfter { bytes: most } => {
                let before = self.passed.fetch_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
                bytes.len().min(most.saturating_sub(before) as usize)
            }
            _ => {
                self.passed.store(0, Ordering::Relaxed);
                bytes.len()
            }
        };
        to.write_all(&bytes[..count]).await.is_ok() && count == bytes.len()
    }

    /// Delivers whatever comes until an end closes or the connection is cut.
    pub async fn deliver_all(&mut self, from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            if !self.deliver(to, &buffer[..count]).await {
                return;
            }
        }
    }
}
