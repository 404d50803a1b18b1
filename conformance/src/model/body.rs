//! What a body says as a document, or why it is none.

use super::json;
use crate::canonical;
use crate::generated::contract::{Problem, limits};
use serde_json::{Map, Value};

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The canonical text.
    pub body: String,
    /// Bare, of the canonical text.
    pub etag: String,
}

impl Content {
    /// The stored form of an object.
    ///
    /// # Errors
    /// `body-too-large` when its canonical form is.
    pub fn of(document: &Map<String, Value>) -> Result<Content, Problem> {
        Content::within(document, limits::BODY_BYTES as usize)
    }

    fn within(document: &Map<String, Value>, most: usize) -> Result<Content, Problem> {
        let body = canonical::text(&Value::Object(document.clone()));
        let etag = canonical::etag(body.as_bytes());
        if body.len() > most { Err(Problem::BodyTooLarge) } else { Ok(Content { body, etag }) }
    }
}

/// Reads an object; the root's type counts once the text is known to be valid.
///
/// # Errors
/// The reader's, then `root-not-object`.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    match json::read(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::RootNotObject),
    }
}

/// A PUT's body as stored, under a limit in bytes.
///
/// # Errors
/// `body-too-large` as sent, those of `object`, `body-too-large` in canonical form, in this order.
pub fn document(bytes: &[u8], most: usize) -> Result<Content, Problem> {
    if bytes.len() > most {
        return Err(Problem::BodyTooLarge);
    }
    Content::within(&object(bytes)?, most)
}

/// RFC 7396 §2. Either may be of any type.
pub fn merged(document: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut members = match document {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, change) in changes {
        let old = members.remove(name);
        if !change.is_null() {
            members.insert(name.clone(), merged(old.unwrap_or(Value::Null), change));
        }
    }
    Value::Object(members)
}
