//! A page of a collection (query.md "Paging").

use std::time::Duration;

use tokio::time::Instant;

use super::{Documents, Shelf};
use crate::errors::Problem;
use crate::filter::coarse::{Coarse, coarse};
use crate::filter::r#match::matches;
use crate::filter::{Filter, Term};
use crate::generated::contract::limits;
use crate::json::read;
use crate::routing::Mode;
use crate::store::{Batch, Listed};

/// What a client wants to see.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub limit: i64,
    /// Only greater ids.
    pub after: Option<String>,
    pub filter: Option<Filter>,
}

/// A page; `next` goes on after that id.
#[derive(Debug, Default)]
pub struct Page {
    pub items: Vec<Listed>,
    pub next: Option<String>,
    /// Writes that waited for the store before it was read; None: none ever do.
    pub pending: Option<u64>,
}

/// A scan under way.
struct Scan<'a> {
    wanted: &'a Wanted,
    terms: &'a [Term],
    items: Vec<Listed>,
    examined_rows: i64,
    examined_bytes: i64,
    /// The last candidate looked at.
    last: Option<String>,
    stop: Option<Stop>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// There is a match more than the page takes.
    Full,
    /// The page has looked at as much as one may.
    Tired,
}

impl Documents {
    /// One page, always from the store; as a whole it takes a bounded time, after waiting for pending writes if that is wanted.
    ///
    /// # Errors
    /// `CacheUnavailable`, `NotSynced`, `StoreUnavailable`.
    pub async fn list(&self, shelf: &Shelf, collection: &str, wanted: &Wanted, wait: Option<Duration>) -> Result<Page, Problem> {
        self.gate(shelf, collection)?;
        let mut pending = None;
        if shelf.route.mode == Mode::WriteBehind {
            if let Some(wait) = wait {
                self.census.synced(collection, wait).await?;
            }
            pending = Some(self.census.pending(collection).await?);
        }
        let page = self.scan(shelf, collection, wanted).await?;
        Ok(Page { pending, ..page })
    }

    async fn scan(&self, shelf: &Shelf, collection: &str, wanted: &Wanted) -> Result<Page, Problem> {
        let until = Instant::now() + shelf.store.timeout * limits::LIST_TIME_FACTOR as u32;
        let terms = wanted.filter.as_ref().map_or(&[][..], |filter| &filter.terms);
        let coarse = coarse(terms);
        let mut scan = Scan { wanted, terms, items: Vec::new(), examined_rows: 0, examined_bytes: 0, last: None, stop: None };
        while coarse != Coarse::Nothing && scan.stop.is_none() {
            let after = scan.last.clone().or_else(|| wanted.after.clone()).unwrap_or_default();
            let bytes = limits::LIST_EXAMINED_BYTES - scan.examined_bytes;
            let batch = Batch { collection, after: &after, coarse: &coarse, rows: scan.batch_rows(), bytes };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Problem::StoreUnavailable);
            }
            let rows = shelf.store.list(&batch, left).await?;
            let more = batch.is_full(&rows);
            for listed in rows {
                if !scan.look_at(listed) {
                    break;
                }
            }
            if !more {
                break;
            }
        }
        Ok(scan.page())
    }
}

impl Scan<'_> {
    /// Without a filter no more rows than the page needs.
    fn batch_rows(&self) -> i64 {
        let needed = self.wanted.limit + 1 - self.items.len() as i64;
        if self.terms.is_empty() { needed.min(limits::LIST_BATCH_ROWS) } else { limits::LIST_BATCH_ROWS }
    }

    /// Whether to go on after a candidate.
    fn look_at(&mut self, listed: Listed) -> bool {
        self.examined_rows += 1;
        self.examined_bytes += listed.document.body.len() as i64;
        self.last = Some(listed.id.clone());
        if self.is_match(&listed) {
            if self.items.len() as i64 == self.wanted.limit {
                self.stop = Some(Stop::Full);
                return false;
            }
            self.items.push(listed);
        }
        if self.examined_rows >= limits::LIST_EXAMINED_ROWS || self.examined_bytes >= limits::LIST_EXAMINED_BYTES {
            self.stop = Some(Stop::Tired);
        }
        self.stop.is_none()
    }

    fn is_match(&self, listed: &Listed) -> bool {
        // Without terms nothing is parsed.
        self.terms.is_empty() || read::value(&listed.document.body).is_ok_and(|value| matches(self.terms, &value))
    }

    fn page(self) -> Page {
        let next = match self.stop {
            Some(Stop::Full) => self.items.last().map(|item| item.id.clone()),
            Some(Stop::Tired) => self.last,
            None => None,
        };
        Page { items: self.items, next, pending: None }
    }
}
