//! The cached record as text: n, kind, entity tag and body (contract/keys.toml).

use bytes::Bytes;

use crate::generated::contract::record;
use crate::store::Row;

/// The record of a row; no row: there never was a document.
pub fn write(row: Option<&Row>) -> Vec<u8> {
    let n = row.map_or(0, |row| row.n);
    let document = row.and_then(|row| row.document.as_ref());
    let (etag, body) = document.map_or(("", &b""[..]), |document| (&document.etag, &document.body));
    let (bar, kind) = (record::SEPARATOR, Row::kind(row));
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
    Row::of_record(text(0, first)?, text(first + 1, second)?, text(second + 1, third)?, bytes.slice(third + 1..))
}
