//! Deletes a document, a tombstone staying behind.

use super::preconditions::Preconditions;
use super::{Documents, Shelf};
use crate::cache::{Base, Change, Fate, Guard};
use crate::errors::Problem;
use crate::store::{Address, Row};

impl Documents {
    /// Deletes what is there; where the deletion is.
    ///
    /// # Errors
    /// `DocumentNotFound`, `PreconditionRequired`, `PreconditionFailed`, or what cache and store say.
    pub async fn delete(&self, shelf: &Shelf, at: &Address, preconditions: &Preconditions) -> Result<Fate, Problem> {
        self.gate(shelf, &at.collection)?;
        let decide = |base: Option<&Row>| {
            let current = base.and_then(|row| row.document.as_ref()).ok_or(Problem::DocumentNotFound)?;
            if shelf.route.require_match && preconditions.is_empty() {
                return Err(Problem::PreconditionRequired);
            }
            preconditions.judge_write(Some(&current.etag))?;
            Ok((Change::Delete, ()))
        };
        let guard = shelf.guard(Guard::Exists, preconditions);
        shelf.cache.write(at, Base::Unknown, guard, decide).await.map(|outcome| outcome.fate)
    }
}
