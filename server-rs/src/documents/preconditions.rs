//! If-Match, If-None-Match: reading the lists, deciding on a document (RFC 9110 §13).

use crate::errors::Problem;

/// The preconditions of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    pub if_match: Option<Tags>,
    pub if_none_match: Option<Tags>,
}

/// The value of one of the two fields: `*`, or a list that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    Any,
    List(Vec<Tag>),
}

/// An entity tag without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub weak: bool,
    pub opaque: String,
}

/// What preconditions say of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    /// If-None-Match matches: 304 for a reader, 412 for a writer.
    Matched,
    Failed,
}

impl Preconditions {
    /// Whether the request has neither.
    pub fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// If-Match comes first and compares strongly, If-None-Match weakly; `etag` is None for what is not there.
    pub fn judge(&self, etag: Option<&str>) -> Verdict {
        let matched = self.if_match.as_ref().is_none_or(|tags| tags.matches(etag, false));
        if !matched {
            return Verdict::Failed;
        }
        match &self.if_none_match {
            Some(tags) if tags.matches(etag, true) => Verdict::Matched,
            _ => Verdict::Pass,
        }
    }

    /// The same for a writer, to whom a match is a failure, too.
    pub fn judge_write(&self, etag: Option<&str>) -> Result<(), Problem> {
        if self.judge(etag) == Verdict::Pass { Ok(()) } else { Err(Problem::PreconditionFailed) }
    }
}

impl Tags {
    /// A field value, the lines of one name joined before.
    ///
    /// # Errors
    /// `BadHeader` for what RFC 9110 §13.1 does not allow, an empty list, `*` inside a list.
    pub fn parse(value: &[u8]) -> Result<Tags, Problem> {
        let value = value.trim_ascii();
        if value == b"*" {
            return Ok(Tags::Any);
        }
        let mut tags = Vec::new();
        let mut rest = value;
        while !rest.is_empty() {
            if rest[0] != b',' {
                let (tag, tail) = take_tag(rest)?;
                tags.push(tag);
                rest = tail.trim_ascii_start();
            }
            match rest.split_first() {
                Some((b',', tail)) => rest = tail.trim_ascii_start(),
                Some(_) => return Err(Problem::BadHeader),
                None => {}
            }
        }
        if tags.is_empty() { Err(Problem::BadHeader) } else { Ok(Tags::List(tags)) }
    }

    fn matches(&self, etag: Option<&str>, weakly: bool) -> bool {
        match (self, etag) {
            (_, None) => false,
            (Tags::Any, Some(_)) => true,
            (Tags::List(tags), Some(etag)) => tags.iter().any(|tag| (weakly || !tag.weak) && tag.opaque == etag),
        }
    }
}

/// One entity tag at the beginning, with what follows it.
fn take_tag(text: &[u8]) -> Result<(Tag, &[u8]), Problem> {
    let (weak, quoted) = match text.strip_prefix(b"W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let inside = quoted.strip_prefix(b"\"").ok_or(Problem::BadHeader)?;
    let length = inside.iter().position(|byte| *byte == b'"').ok_or(Problem::BadHeader)?;
    let (opaque, tail) = inside.split_at(length);
    if !opaque.iter().all(|byte| matches!(byte, 0x21..=0x7E)) {
        return Err(Problem::BadHeader);
    }
    Ok((Tag { weak, opaque: String::from_utf8_lossy(opaque).into_owned() }, &tail[1..]))
}
