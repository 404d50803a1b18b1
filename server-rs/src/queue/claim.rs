//! One round of the drain: what is due of one queue goes to its store.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::backoff::Backoff;
use crate::generated::contract::{event, limits};
use crate::log::{Log, number, text};
use crate::metrics::Metrics;
use crate::redis::{Claim, Claimed, Down, Link};
use crate::routing::Route;
use crate::store::{Newer, Row, Setback, Store};

/// A queue with what its rounds need.
pub struct Round<'a> {
    pub link: &'a Link,
    pub collection: &'a str,
    pub route: &'a Route,
    pub store: &'a Store,
    pub metrics: &'a Metrics,
    pub log: Log,
}

/// What is known of a queue after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// Documents that waited when the round began.
    pub pending: u64,
    /// More may be due at once.
    pub full: bool,
}

impl Round<'_> {
    /// Claims, stores, and ends the wait of what was stored.
    ///
    /// # Errors
    /// `Down` if Redis is away, or refuses this queue.
    pub async fn run(&self, backoff: &mut Backoff) -> Result<Rest, Down> {
        let visibility = self.store.timeout * limits::VISIBILITY_FACTOR as u32;
        let most = backoff.rows();
        let claim = self.link.claim(self.collection, most, visibility.as_millis() as u64).await?;
        let bytes: usize = claim.rows.iter().map(|claimed| claimed.body.len()).sum();
        let full = claim.rows.len() >= most || bytes as i64 + limits::BODY_BYTES > limits::CLAIM_BYTES;
        let pending = claim.pending;
        self.store_rows(claim, backoff).await?;
        Ok(Rest { pending, full })
    }

    async fn store_rows(&self, claim: Claim, backoff: &mut Backoff) -> Result<(), Down> {
        // A record that is none stays where it is.
        let rows: Vec<(String, Newer)> = claim.rows.into_iter().filter_map(read).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let (numbers, newer): (Vec<String>, Vec<Newer>) = rows.into_iter().unzip();
        let mut progress = self.store.put_newer(self.collection, &newer).await;
        match progress.setback {
            None => backoff.succeed(),
            Some(setback) => {
                self.metrics.drain_retries.add_one();
                let limit = Duration::from_millis(limits::READY_TIMEOUT_MS as u64);
                let answers = self.store.ping(limit).await.is_ok();
                if setback == Setback::Late && newer.len() == 1 && answers {
                    // It is the row that takes so long, not the store.
                    progress.refused.push(0);
                } else {
                    backoff.fail(Instant::now(), setback == Setback::Late);
                }
            }
        }
        let versions: Vec<(&str, &str)> = progress.stored.iter().map(|index| (newer[*index].id.as_str(), numbers[*index].as_str())).collect();
        self.metrics.drained.add(versions.len() as u64);
        self.link.done(self.collection, &versions, self.route.delay_ms, &claim.time).await?;
        for index in progress.refused {
            self.refuse(&newer[index], &numbers[index]).await?;
        }
        Ok(())
    }

    async fn refuse(&self, newer: &Newer, n: &str) -> Result<(), Down> {
        if self.link.refuse(self.collection, &newer.id, n).await? {
            self.log.event(
                event::REFUSED,
                vec![("collection", text(self.collection)), ("id", text(&newer.id)), ("n", number(newer.row.n)), ("store", text(&self.store.name))],
            );
        }
        Ok(())
    }
}

/// The row of a claimed record with its n as Redis has it.
fn read(claimed: Claimed) -> Option<(String, Newer)> {
    let row = Row::of_record(&claimed.n, &claimed.kind, &claimed.etag, Bytes::from(claimed.body))??;
    Some((claimed.n, Newer { id: claimed.id, row }))
}
