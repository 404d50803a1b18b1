//! Judges the header section (contract.md §1, checks 5 to 7).

use std::time::Duration;

use hyper::HeaderMap;
use hyper::Version;

use super::{media, prefer};
use crate::documents::preconditions::{Preconditions, Tags};
use crate::errors::Problem;
use crate::generated::contract::{OperationFact, limits, names};

/// What a request says besides its target and its body.
#[derive(Debug, Default)]
pub struct Fields {
    pub preconditions: Preconditions,
    pub idempotency_key: Option<String>,
    /// The client wants the store to be asked.
    pub fresh: bool,
    /// A list waits so long for pending writes.
    pub wait: Option<Duration>,
}

/// The value of a field, its lines joined; None: there is no such line.
pub fn joined(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let mut lines = headers.get_all(name).iter().map(|line| line.as_bytes().trim_ascii());
    let mut value = lines.next()?.to_vec();
    for line in lines {
        value.extend_from_slice(b", ");
        value.extend_from_slice(line);
    }
    Some(value)
}

/// Check 5 without what only some operations look at; `doubtful`: there is more than one way to tell the body's length.
///
/// # Errors
/// `HeadersTooLarge`, `BadRequest`, `ExpectationFailed`.
pub fn judge(headers: &HeaderMap, version: Version, doubtful: bool) -> Result<(), Problem> {
    let size: usize = headers.keys().map(|name| field_bytes(headers, name.as_str())).sum();
    if headers.keys_len() as i64 > limits::HEADER_NAMES || size as i64 > limits::HEADER_BYTES {
        return Err(Problem::HeadersTooLarge);
    }
    if doubtful || headers.keys().any(|name| name.as_str().contains('_')) || !has_one_host(headers, version) {
        return Err(Problem::BadRequest);
    }
    match joined(headers, names::EXPECT) {
        Some(value) if !value.eq_ignore_ascii_case(b"100-continue") => Err(Problem::ExpectationFailed),
        _ => Ok(()),
    }
}

/// What an operation looks at; garbage in other fields is nobody's concern.
///
/// # Errors
/// `BadHeader`.
pub fn fields(headers: &HeaderMap, operation: &OperationFact) -> Result<Fields, Problem> {
    let mut fields = Fields::default();
    if operation.resource == "document" {
        let tags = |name| joined(headers, name).map(|value| Tags::parse(&value)).transpose();
        fields.preconditions = Preconditions { if_match: tags(names::IF_MATCH)?, if_none_match: tags(names::IF_NONE_MATCH)? };
        fields.fresh = joined(headers, names::CACHE_CONTROL).is_some_and(|value| has_no_cache(&value));
    }
    if operation.name == "list" {
        fields.wait = joined(headers, names::PREFER).and_then(|value| prefer::wait(&value));
    }
    if operation.name == "create" {
        fields.idempotency_key = joined(headers, names::IDEMPOTENCY_KEY).map(|value| idempotency_key(&value)).transpose()?;
    }
    if operation.body.is_some() {
        let twice = joined(headers, names::CONTENT_TYPE).is_some_and(|value| media::is_list(&value));
        if twice || headers.contains_key(names::CONTENT_RANGE) {
            return Err(Problem::BadHeader);
        }
    }
    Ok(fields)
}

/// Checks 6 and 7 for an operation that takes a body of a type.
///
/// # Errors
/// `BodyTooLarge`, `UnsupportedMediaType`.
pub fn body(headers: &HeaderMap, media_type: &str, limit: usize) -> Result<(), Problem> {
    if content_length(headers).is_some_and(|length| length > limit as u64) {
        return Err(Problem::BodyTooLarge);
    }
    let content_type = joined(headers, names::CONTENT_TYPE).unwrap_or_default();
    let encoding = joined(headers, names::CONTENT_ENCODING).unwrap_or_default();
    if media::accepts(&content_type, media_type) && media::is_identity(&encoding) { Ok(()) } else { Err(Problem::UnsupportedMediaType) }
}

/// The length the client announced.
pub fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(names::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Visible ASCII without quotes, bare or in quotes.
///
/// # Errors
/// `BadHeader`.
pub fn idempotency_key(value: &[u8]) -> Result<String, Problem> {
    let key = match value.strip_prefix(b"\"") {
        Some(rest) => rest.strip_suffix(b"\"").ok_or(Problem::BadHeader)?,
        None => value,
    };
    let fits = (1..=limits::IDEMPOTENCY_KEY_BYTES).contains(&(key.len() as i64));
    if fits && key.iter().all(|byte| matches!(byte, 0x21..=0x7E) && *byte != b'"') {
        Ok(String::from_utf8_lossy(key).into_owned())
    } else {
        Err(Problem::BadHeader)
    }
}

fn field_bytes(headers: &HeaderMap, name: &str) -> usize {
    let mut bytes = name.len() + limits::HEADER_OVERHEAD_BYTES as usize;
    for (index, line) in headers.get_all(name).iter().enumerate() {
        bytes += line.as_bytes().trim_ascii().len() + if index > 0 { 2 } else { 0 };
    }
    bytes
}

/// RFC 9112 §3.2; only HTTP/1.0 may go without.
fn has_one_host(headers: &HeaderMap, version: Version) -> bool {
    let mut lines = headers.get_all(names::HOST).iter();
    match (lines.next(), lines.next()) {
        (Some(host), None) => !host.as_bytes().contains(&b','),
        (None, _) => version == Version::HTTP_10,
        (Some(_), Some(_)) => false,
    }
}

/// One directive of a comma list; all others are ignored, whatever they say.
fn has_no_cache(value: &[u8]) -> bool {
    value.split(|byte| *byte == b',').any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-cache"))
}
