//! If-Match with If-None-Match: their syntax, and whether they hold (RFC 9110 §13).

use super::headers::trimmed;
use crate::generated::contract::Problem;

/// The preconditions of a request.
#[derive(Clone, Debug, Default)]
pub struct Preconditions {
    pub if_match: Option<Tags>,
    pub if_none_match: Option<Tags>,
}

/// The value of either.
#[derive(Clone, Debug)]
pub enum Tags {
    /// `*`
    Any,
    List(Vec<Tag>),
}

/// An entity tag without its quotes.
#[derive(Clone, Debug)]
pub struct Tag {
    weak: bool,
    opaque: Vec<u8>,
}

/// What comes of a request whose preconditions were weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weighed {
    Pass,
    NotModified,
    Refused(Problem),
}

impl Preconditions {
    /// Reads the joined values.
    ///
    /// # Errors
    /// `bad-header` for a malformed or empty list.
    pub fn read(if_match: Option<&[u8]>, if_none_match: Option<&[u8]>) -> Result<Preconditions, Problem> {
        let read = |value: Option<&[u8]>| value.map(|value| tags(value).ok_or(Problem::BadHeader)).transpose();
        Ok(Preconditions { if_match: read(if_match)?, if_none_match: read(if_none_match)? })
    }

    pub fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// Weighs them for a method and the tag of the document, if there is one: checks 10 and 11 of contract.md §1.
    pub fn weigh(&self, method: &str, current: Option<&str>) -> Weighed {
        let failed = Weighed::Refused(Problem::PreconditionFailed);
        if current.is_none() && method != "PUT" {
            return Weighed::Refused(Problem::DocumentNotFound);
        }
        if self.if_match.as_ref().is_some_and(|tags| !tags.has(current, false)) {
            return failed;
        }
        if self.if_none_match.as_ref().is_some_and(|tags| tags.has(current, true)) {
            return if method == "GET" || method == "HEAD" { Weighed::NotModified } else { failed };
        }
        Weighed::Pass
    }
}

impl Tags {
    /// Whether the document is one of those named; weak tags count in weak comparison only.
    fn has(&self, current: Option<&str>, weakly: bool) -> bool {
        let Some(current) = current else { return false };
        match self {
            Tags::Any => true,
            Tags::List(tags) => tags.iter().any(|tag| tag.opaque == current.as_bytes() && (weakly || !tag.weak)),
        }
    }
}

/// A list of entity tags, in which empty members are skipped; none if malformed or without any.
fn tags(value: &[u8]) -> Option<Tags> {
    if trimmed(value) == b"*" {
        return Some(Tags::Any);
    }
    let mut list = Vec::new();
    let mut rest = trimmed(value);
    while !rest.is_empty() {
        if rest[0] != b',' {
            let (tag, tail) = tag(rest)?;
            list.push(tag);
            rest = trimmed(tail);
        }
        if rest.is_empty() {
            break;
        }
        rest = trimmed(rest.strip_prefix(b",")?);
    }
    (!list.is_empty()).then_some(Tags::List(list))
}

/// One entity tag, and what follows it. No byte of it is beyond ASCII.
fn tag(text: &[u8]) -> Option<(Tag, &[u8])> {
    let (weak, quoted) = match text.strip_prefix(b"W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let inner = quoted.strip_prefix(b"\"")?;
    let end = inner.iter().position(|byte| *byte == b'"')?;
    let opaque = &inner[..end];
    opaque.iter().all(u8::is_ascii_graphic).then(|| (Tag { weak, opaque: opaque.to_vec() }, &inner[end + 1..]))
}
