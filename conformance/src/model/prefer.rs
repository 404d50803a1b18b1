//! How long a list waits for pending writes: `Prefer: wait=…` (RFC 7240 §4.3).

use super::headers::{Headers, trimmed};
use super::verdict::Stop;
use crate::generated::contract::{limits, names};
use std::time::Duration;

/// The wait that a request prefers; none if it has no well-formed one.
///
/// # Errors
/// Unknown where it depends on how quoted commas or blanks around `=` are read.
pub fn wait(headers: &Headers) -> Result<Option<Duration>, Stop> {
    let Some(value) = headers.joined(names::PREFER) else { return Ok(None) };
    let unclear = Stop::Unknown("a quoted text or blanks in Prefer");
    let quotes = value.iter().filter(|byte| **byte == b'"').count();
    if quotes % 2 == 1 || value.contains(&b'\\') {
        return Err(unclear);
    }
    let mut quoted = false;
    let separates = |byte: &u8| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    };
    let members: Vec<&[u8]> = value.split(separates).collect();
    if members.len() != value.split(|byte| *byte == b',').count() {
        return Err(unclear);
    }
    for member in members {
        let preference = trimmed(member.split(|byte| *byte == b';').next().unwrap_or_default());
        let Some(equals) = preference.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = (&preference[..equals], &preference[equals + 1..]);
        if !trimmed(name).eq_ignore_ascii_case(b"wait") {
            continue;
        }
        if trimmed(name) != name || trimmed(value) != value {
            return Err(unclear);
        }
        let bare = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value);
        if bare.is_empty() || !bare.iter().all(u8::is_ascii_digit) {
            continue;
        }
        let seconds = String::from_utf8_lossy(bare).parse().unwrap_or(u64::MAX).min(limits::PREFER_WAIT_S as u64);
        return Ok(Some(Duration::from_secs(seconds)));
    }
    Ok(None)
}
