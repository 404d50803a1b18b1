//! Creates a document under an id that the service chooses.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::{Documents, Shelf};
use crate::cache::{Base, Change, Fate, Guard};
use crate::errors::Problem;
use crate::json::Document;
use crate::store::{Address, Row};

impl Documents {
    /// The id of the document with where it is; with a key, the same one for the same key (contract.md §1).
    ///
    /// # Errors
    /// `KeyConflict`, `KeyReused`, or what cache and store say.
    pub async fn create(&self, shelf: &Shelf, collection: &str, document: &Document, key: Option<&str>) -> Result<(String, Fate), Problem> {
        self.gate(shelf, collection)?;
        let id = match key {
            Some(key) => keyed_id(collection, key),
            None => Uuid::new_v4().to_string(),
        };
        // A random id is taken as never used, without a look.
        let base = if key.is_some() { Base::Unknown } else { Base::Known(None) };
        let at = Address { collection: collection.to_owned(), id };
        let decide = |base: Option<&Row>| match base.map(|row| &row.document) {
            None => Ok((Change::Put(document.clone()), ())),
            Some(None) => Err(Problem::KeyConflict),
            Some(Some(current)) if current.etag == document.etag => Ok((Change::Keep, ())),
            Some(Some(_)) => Err(Problem::KeyReused),
        };
        let outcome = shelf.cache.write(&at, base, Guard::Absent, decide).await?;
        Ok((at.id, outcome.fate))
    }
}

/// A UUIDv8 of collection and key (RFC 9562 §5.8).
pub fn keyed_id(collection: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("{collection}\0{key}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
