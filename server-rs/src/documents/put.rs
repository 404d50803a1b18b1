//! Creates or replaces a document.

use super::preconditions::Preconditions;
use super::{Documents, Shelf};
use crate::cache::{Base, Change, Guard, Outcome};
use crate::errors::Problem;
use crate::json::Document;
use crate::store::{Address, Row};

impl Documents {
    /// Whether the document is new.
    ///
    /// # Errors
    /// `PreconditionRequired`, `PreconditionFailed`, or what cache and store say.
    pub async fn put(&self, shelf: &Shelf, at: &Address, document: Document, preconditions: &Preconditions) -> Result<Outcome<bool>, Problem> {
        if shelf.route.require_match && preconditions.is_empty() {
            return Err(Problem::PreconditionRequired);
        }
        self.gate(shelf, &at.collection)?;
        let decide = |base: Option<&Row>| {
            let current = base.and_then(|row| row.document.as_ref());
            preconditions.judge_write(current.map(|current| current.etag.as_str()))?;
            Ok((Change::Put(document.clone()), current.is_none()))
        };
        let guard = shelf.guard(Guard::None, preconditions);
        shelf.cache.write(at, Base::Unknown, guard, decide).await
    }
}
