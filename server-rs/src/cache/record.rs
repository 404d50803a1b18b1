//! The cached record as text: n, kind, entity tag and body (contract/keys.toml).

use bytes::Bytes;

use crate::generated::contract::{limits, record};
use crate::json::Document;
use crate::store::Row;

/// The record of a row; no row: there never was a document.
pub fn write(row: Option<&Row>) -> Vec<u8> {
    let (n, kind, document) = match row {
        None => (0, record::ABSENT, None),
        Some(Row { n, document: None }) => (*n, record::DELETED, None),
        Some(Row { n, document: Some(document) }) => (*n, record::VALUE, Some(document)),
    };
    let (etag, body) = document.map_or(("", &b""[..]), |document| (&document.etag, &document.body));
    let bar = record::SEPARATOR;
    let mut bytes = format!("{n}{bar}{kind}{bar}{etag}{bar}").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The row that a record tells of; None: garbage, which counts as no record.
pub fn read(bytes: Vec<u8>) -> Option<Option<Row>> {
    let bytes = Bytes::from(bytes);
    let bar = record::SEPARATOR.as_bytes()[0];
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == bar).map(|(index, _)| index);
    let (first, second, third) = (ends.next()?, ends.next()?, ends.next()?);
    let text = |from: usize, to: usize| std::str::from_utf8(&bytes[from..to]).ok();
    let (n, kind) = (read_n(text(0, first)?)?, text(first + 1, second)?);
    let etag = text(second + 1, third)?.to_owned();
    let body = bytes.slice(third + 1..);
    let bare = etag.is_empty() && body.is_empty();
    match kind {
        record::VALUE if n > 0 && is_etag(&etag) && !body.is_empty() => Some(Some(Row { n, document: Some(Document { etag, body }) })),
        record::DELETED if n > 0 && bare => Some(Some(Row { n, document: None })),
        record::ABSENT if n == 0 && bare => Some(None),
        _ => None,
    }
}

/// Decimal digits in their one spelling.
fn read_n(text: &str) -> Option<u64> {
    let n: u64 = text.parse().ok()?;
    (n <= limits::SAFE_INTEGER as u64 && n.to_string() == text).then_some(n)
}

fn is_etag(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
