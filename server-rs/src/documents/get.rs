//! Reads a document.

use super::preconditions::{Preconditions, Verdict};
use super::{Documents, Shelf};
use crate::cache::Via;
use crate::errors::Problem;
use crate::json::Document;
use crate::store::Address;

/// What a reader is told.
pub enum Found {
    Document(Document),
    /// The reader has it already.
    NotModified(Document),
    Problem(Problem),
}

impl Documents {
    /// The document, whether the preconditions hold, with how it was found; `fresh` asks for the store.
    ///
    /// # Errors
    /// `CacheUnavailable`, `NotSynced`, `StoreUnavailable`.
    pub async fn get(&self, shelf: &Shelf, at: &Address, preconditions: &Preconditions, fresh: bool) -> Result<(Found, Via), Problem> {
        self.gate(shelf, &at.collection)?;
        let reading = shelf.cache.read(at, fresh).await?;
        let Some(document) = reading.row.and_then(|row| row.document) else {
            return Ok((Found::Problem(Problem::DocumentNotFound), reading.via));
        };
        let found = match preconditions.judge(Some(&document.etag)) {
            Verdict::Pass => Found::Document(document),
            Verdict::Matched => Found::NotModified(document),
            Verdict::Failed => Found::Problem(Problem::PreconditionFailed),
        };
        Ok((found, reading.via))
    }
}
