//! Reads what a client prefers (RFC 7240).

use std::time::Duration;

use crate::generated::contract::limits;

/// How long the client is willing to wait, at most as long as we are; the first well-formed `wait` counts.
pub fn wait(value: &[u8]) -> Option<Duration> {
    let seconds = split(value, b',').into_iter().find_map(|member| {
        // Parameters of a preference say nothing to us.
        let preference = split(member, b';').into_iter().next()?;
        let equals = preference.iter().position(|byte| *byte == b'=')?;
        let (name, word) = (preference[..equals].trim_ascii(), preference[equals + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"wait") { digits(word) } else { None }
    })?;
    Some(Duration::from_secs(seconds.min(limits::PREFER_WAIT_S as u64)))
}

/// Bare or in quotes; more than fit are as good as the most.
fn digits(word: &[u8]) -> Option<u64> {
    let bare = word.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(word);
    if bare.is_empty() || !bare.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(std::str::from_utf8(bare).ok()?.parse().unwrap_or(u64::MAX))
}

/// The parts between separators that stand in no quotes.
fn split(value: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if *byte == separator && !quoted => {
                parts.push(&value[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}
