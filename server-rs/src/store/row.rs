//! What is known of a document, whichever store or cache said it.

use bytes::Bytes;

use crate::generated::contract::{limits, record};
use crate::json::Document;

/// Where a document is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub collection: String,
    pub id: String,
}

/// What a store keeps for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counts the accepted writes, from 1.
    pub n: u64,
    /// None: deleted.
    pub document: Option<Document>,
}

impl Row {
    /// The row that the fields of a record tell of, no row for what never existed; None: garbage (contract/keys.toml).
    pub fn of_record(n: &str, kind: &str, etag: &str, body: Bytes) -> Option<Option<Row>> {
        let n = read_n(n)?;
        let bare = etag.is_empty() && body.is_empty();
        match kind {
            record::VALUE if n > 0 && is_etag(etag) && !body.is_empty() => Some(Some(Row { n, document: Some(Document { etag: etag.to_owned(), body }) })),
            record::DELETED if n > 0 && bare => Some(Some(Row { n, document: None })),
            record::ABSENT if n == 0 && bare => Some(None),
            _ => None,
        }
    }

    /// The kind of a record.
    pub fn kind(row: Option<&Row>) -> &'static str {
        match row {
            None => record::ABSENT,
            Some(Row { document: None, .. }) => record::DELETED,
            Some(_) => record::VALUE,
        }
    }
}

/// A row on its way to the store that waits there for nothing but older ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    pub id: String,
    pub row: Row,
}

/// A live document of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub document: Document,
}

/// Decimal digits in their one spelling.
fn read_n(text: &str) -> Option<u64> {
    let n: u64 = text.parse().ok()?;
    (n <= limits::SAFE_INTEGER as u64 && n.to_string() == text).then_some(n)
}

fn is_etag(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
