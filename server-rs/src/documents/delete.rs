//! Deletes a document, a tombstone staying behind.

use super::preconditions::Preconditions;
use super::{Documents, Shelf};
use crate::cache::{Base, Change};
use crate::errors::Problem;
use crate::store::{Address, Row};

impl Documents {
    /// Deletes what is there.
    ///
    /// # Errors
    /// `DocumentNotFound`, `PreconditionRequired`, `PreconditionFailed`, or what cache and store say.
    pub async fn delete(&self, shelf: &Shelf, at: &Address, preconditions: &Preconditions) -> Result<(), Problem> {
        self.gate(shelf)?;
        let decide = |base: Option<&Row>| {
            let current = base.and_then(|row| row.document.as_ref()).ok_or(Problem::DocumentNotFound)?;
            if shelf.route.require_match && preconditions.is_empty() {
                return Err(Problem::PreconditionRequired);
            }
            preconditions.judge_write(Some(&current.etag))?;
            Ok((Change::Delete, ()))
        };
        shelf.cache.write(at, Base::Unknown, decide).await
    }
}
