//! Changes members of a document (RFC 7396).

use super::preconditions::Preconditions;
use super::{Documents, Shelf};
use crate::cache::{Base, Change, Guard, Outcome};
use crate::errors::Problem;
use crate::json::{Document, Value, read};
use crate::store::{Address, Row};

impl Documents {
    /// The document with the patch applied.
    ///
    /// # Errors
    /// `DocumentNotFound`, `PreconditionRequired`, `PreconditionFailed`, `BodyTooLarge`, or what cache and store say.
    pub async fn patch(&self, shelf: &Shelf, at: &Address, patch: &Value, preconditions: &Preconditions) -> Result<Outcome<Document>, Problem> {
        self.gate(shelf, &at.collection)?;
        let decide = |base: Option<&Row>| {
            let current = base.and_then(|row| row.document.as_ref()).ok_or(Problem::DocumentNotFound)?;
            if shelf.route.require_match && preconditions.is_empty() {
                return Err(Problem::PreconditionRequired);
            }
            preconditions.judge_write(Some(&current.etag))?;
            // What is stored was written by us; if it is not, it cannot be patched.
            let value = read::value(&current.body).map_err(|_| Problem::InternalError)?;
            let document = Document::of(&merge(value, patch));
            if document.body.len() > self.body_bytes {
                return Err(Problem::BodyTooLarge);
            }
            Ok((Change::Put(document.clone()), document))
        };
        shelf.cache.write(at, Base::Unknown, Guard::Decide, decide).await
    }
}

/// The value with a merge patch applied: null removes, objects merge, all else replaces (RFC 7396 §2).
pub fn merge(value: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else {
        return patch.clone();
    };
    let mut members = match value {
        Value::Object(members) => members,
        _ => Default::default(),
    };
    for (name, change) in changes {
        let current = members.remove(name).unwrap_or(Value::Null);
        if *change != Value::Null {
            members.insert(name.clone(), merge(current, change));
        }
    }
    Value::Object(members)
}
