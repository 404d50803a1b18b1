//! The id of a document that is created with an Idempotency-Key.

use super::headers::Headers;
use crate::canonical::hex;
use crate::generated::contract::{Problem, limits, names};
use sha2::{Digest, Sha256};

/// The id that the key names; none without a key.
///
/// # Errors
/// `bad-header` for anything but 1 to 128 visible characters without a quote, bare or in quotes.
pub fn id(collection: &str, headers: &Headers) -> Result<Option<String>, Problem> {
    let Some(value) = headers.joined(names::IDEMPOTENCY_KEY) else { return Ok(None) };
    let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(&value);
    let visible = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"';
    let good = (1..=limits::IDEMPOTENCY_KEY_BYTES as usize).contains(&inner.len()) && inner.iter().all(visible);
    if good { Ok(Some(uuid(collection, inner))) } else { Err(Problem::BadHeader) }
}

/// UUID version 8 (RFC 9562 §5.8) over the collection, NUL and the key.
fn uuid(collection: &str, key: &[u8]) -> String {
    let mut bytes = Sha256::digest([collection.as_bytes(), b"\0", key].concat());
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let parts = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..16]];
    parts.map(hex).join("-")
}
