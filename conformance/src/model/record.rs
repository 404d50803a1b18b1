//! What is known of a document, as the cache writes it (protocol.md §3).

use crate::generated::contract::{limits, record};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A document's version; `n` 0 means that it never existed.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub n: u64,
    pub kind: Kind,
}

/// What a version is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Value { etag: String, body: Arc<str> },
    Deleted,
    Absent,
}

impl Record {
    /// What is known of a document that nobody ever wrote.
    pub const ABSENT: Record = Record { n: 0, kind: Kind::Absent };

    /// The tag of a document that is there.
    pub fn etag(&self) -> Option<&str> {
        match &self.kind {
            Kind::Value { etag, .. } => Some(etag),
            Kind::Deleted | Kind::Absent => None,
        }
    }

    /// The bytes of the cache entry.
    pub fn bytes(&self) -> Vec<u8> {
        let (kind, etag, body) = match &self.kind {
            Kind::Value { etag, body } => (record::VALUE, etag.as_str(), body.as_ref()),
            Kind::Deleted => (record::DELETED, "", ""),
            Kind::Absent => (record::ABSENT, "", ""),
        };
        [&self.n.to_string(), kind, etag, body].join(record::SEPARATOR).into_bytes()
    }

    /// Reads a cache entry; none for garbage.
    pub fn parse(bytes: &[u8]) -> Option<Record> {
        let text = std::str::from_utf8(bytes).ok()?;
        let fields: Vec<&str> = text.splitn(4, record::SEPARATOR).collect();
        let [n, kind, etag, body] = fields[..] else { return None };
        let hex = etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let bare = etag.is_empty() && body.is_empty();
        let n = version(n)?;
        let kind = match kind {
            record::VALUE if n > 0 && hex && !body.is_empty() => Kind::Value { etag: etag.to_owned(), body: body.into() },
            record::DELETED if n > 0 && bare => Kind::Deleted,
            record::ABSENT if n == 0 && bare => Kind::Absent,
            _ => return None,
        };
        Some(Record { n, kind })
    }
}

fn version(digits: &str) -> Option<u64> {
    let n: u64 = digits.parse().ok()?;
    (n.to_string() == digits && n <= limits::SAFE_INTEGER as u64).then_some(n)
}

/// The life of an entry: its route's, between 0.9 and 1.1 of it as the id's hash says. In whole numbers, since doubles
/// go wrong at the edges.
pub fn ttl_ms(route_ms: u64, id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    let spread = u128::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]));
    let whole = 1_u128 << 32;
    u64::try_from(u128::from(route_ms) * (9 * whole + 2 * spread) / (10 * whole)).unwrap_or(u64::MAX)
}
