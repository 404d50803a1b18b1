//! Whether a body's media type is one that a method takes.

use super::headers::{Headers, is_token, trimmed};
use crate::generated::contract::{OPERATIONS, Problem, names};

/// The media type that a method takes; none for a method without a body.
pub fn taken(method: &str) -> Option<&'static str> {
    OPERATIONS.iter().find(|operation| operation.methods.contains(&method)).and_then(|operation| operation.body)
}

/// Part of check 5: a comma outside quotes says that there are two types, and a part of a body is no body.
///
/// # Errors
/// `bad-header`.
pub fn unambiguous(headers: &Headers) -> Result<(), Problem> {
    let mut quoted = false;
    let mut escaped = false;
    for byte in headers.joined(names::CONTENT_TYPE).unwrap_or_default() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return Err(Problem::BadHeader),
            _ => {}
        }
    }
    if headers.lines(names::CONTENT_RANGE).is_empty() { Ok(()) } else { Err(Problem::BadHeader) }
}

/// Check 7: Content-Type, then Content-Encoding.
///
/// # Errors
/// `unsupported-media-type`.
pub fn check(method: &str, headers: &Headers) -> Result<(), Problem> {
    let essence = headers.joined(names::CONTENT_TYPE).and_then(|value| utf8_type(&value));
    let encodings = headers.joined(names::CONTENT_ENCODING).unwrap_or_default();
    let plain = encodings.split(|byte| *byte == b',').map(trimmed).all(|encoding| encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity"));
    if plain && essence.as_deref() == taken(method) { Ok(()) } else { Err(Problem::UnsupportedMediaType) }
}

/// Type and subtype in lower case; none if malformed or in another charset than UTF-8 (RFC 9110 §8.3.1).
fn utf8_type(value: &[u8]) -> Option<String> {
    let semicolon = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
    let essence = trimmed(&value[..semicolon]);
    let slash = essence.iter().position(|byte| *byte == b'/')?;
    let tokens = [&essence[..slash], &essence[slash + 1..]];
    if !tokens.iter().all(|token| !token.is_empty() && token.iter().copied().all(is_token)) {
        return None;
    }
    let mut rest = &value[semicolon..];
    while let Some(tail) = rest.strip_prefix(b";") {
        rest = parameter(trimmed(tail))?;
    }
    rest.is_empty().then(|| String::from_utf8_lossy(essence).to_ascii_lowercase())
}

/// What follows a parameter; an empty one is fine, a charset has to be UTF-8.
fn parameter(text: &[u8]) -> Option<&[u8]> {
    if text.is_empty() || text[0] == b';' {
        return Some(text);
    }
    let length = |text: &[u8]| text.iter().position(|byte| !is_token(*byte)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length(text));
    let rest = rest.strip_prefix(b"=").filter(|_| !name.is_empty())?;
    let (value, rest) = match rest.strip_prefix(b"\"") {
        Some(inner) => quoted(inner)?,
        None => (rest[..length(rest)].to_vec(), &rest[length(rest)..]),
    };
    let empty = value.is_empty() && !text[..text.len() - rest.len()].ends_with(b"\"");
    let other = name.eq_ignore_ascii_case(b"charset") && !value.eq_ignore_ascii_case(b"utf-8");
    if empty || other { None } else { Some(trimmed(rest)) }
}

/// The text inside quotes without its escapes, and what follows it (RFC 9110 §5.6.4).
fn quoted(inner: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match *inner.get(at)? {
            b'"' => return Some((out, &inner[at + 1..])),
            b'\\' => {
                at += 1;
                out.push(*inner.get(at).filter(|byte| is_text(**byte))?);
            }
            byte if is_text(byte) => out.push(byte),
            _ => return None,
        }
        at += 1;
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (b' '..=b'~').contains(&byte) || byte >= 0x80
}
