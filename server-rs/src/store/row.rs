//! What is known of a document, whichever store or cache said it.

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

/// A live document of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub document: Document,
}
