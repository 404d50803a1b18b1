//! The header section of a request, as a service sees it: one value for each name.

use super::verdict::Stop;
use crate::generated::contract::{Problem, limits, names};
use std::ops::RangeInclusive;

/// What the sender adds of its own, whose size is known in bounds only: how many names, how many bytes.
#[derive(Clone, Debug)]
pub struct Hidden {
    pub names: RangeInclusive<usize>,
    pub bytes: RangeInclusive<usize>,
}

impl Hidden {
    /// Nothing: the bytes were written by the suite.
    pub fn nothing() -> Hidden {
        Hidden { names: 0..=0, bytes: 0..=0 }
    }
}

/// Names in lower case with their lines, in order.
#[derive(Clone, Debug)]
pub struct Headers {
    fields: Vec<(String, Vec<Vec<u8>>)>,
    hidden: Hidden,
}

impl Headers {
    /// Collects the lines of each name, without the white space around their values.
    pub fn new<'a>(lines: impl Iterator<Item = (&'a str, &'a [u8])>, hidden: Hidden) -> Headers {
        let mut fields: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        for (name, value) in lines {
            let (name, value) = (name.to_ascii_lowercase(), trimmed(value).to_vec());
            match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => fields.push((name, vec![value])),
            }
        }
        Headers { fields, hidden }
    }

    /// The lines of a name.
    pub fn lines(&self, name: &str) -> &[Vec<u8>] {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(&[], |(_, values)| values)
    }

    /// The lines of a name as one value.
    pub fn joined(&self, name: &str) -> Option<Vec<u8>> {
        let lines = self.lines(name);
        (!lines.is_empty()).then(|| lines.join(&b", "[..]))
    }

    /// Check 5, as far as it is the same for every resource: size, syntax, Host, Expect.
    ///
    /// # Errors
    /// `headers-too-large`, `bad-request`, `expectation-failed`, in this order.
    pub fn check(&self, host_needed: bool) -> Result<(), Stop> {
        let names = self.fields.len();
        let length = |values: &[Vec<u8>]| values.join(&b", "[..]).len() + limits::HEADER_OVERHEAD_BYTES as usize;
        let bytes: usize = self.fields.iter().map(|(name, values)| name.len() + length(values)).sum();
        within(names, &self.hidden.names, limits::HEADER_NAMES)?;
        within(bytes, &self.hidden.bytes, limits::HEADER_BYTES)?;
        // Lines of one name may have been joined on the way, so a comma is as good as a second line.
        let hosts: usize = self.lines(names::HOST).iter().map(|host| host.split(|byte| *byte == b',').count()).sum();
        if self.fields.iter().any(|(name, _)| name.contains('_')) || hosts > 1 || (hosts == 0 && host_needed) {
            return Err(Stop::Refused(Problem::BadRequest));
        }
        match self.joined(names::EXPECT) {
            Some(expected) if !expected.eq_ignore_ascii_case(b"100-continue") => Err(Stop::Refused(Problem::ExpectationFailed)),
            _ => Ok(()),
        }
    }

    /// Whether the client wants the store to be asked.
    ///
    /// # Errors
    /// Unknown where it depends on whether a comma in quotes separates.
    pub fn no_cache(&self) -> Result<bool, Stop> {
        let directives = self.joined(names::CACHE_CONTROL).unwrap_or_default();
        let is = |directive: &[u8]| trimmed(directive).eq_ignore_ascii_case(b"no-cache");
        let mut quoted = false;
        let separates = |byte: &u8| {
            quoted ^= *byte == b'"';
            *byte == b',' && !quoted
        };
        let outside = directives.split(separates).any(is);
        let anywhere = directives.split(|byte| *byte == b',').any(is);
        if outside == anywhere { Ok(anywhere) } else { Err(Stop::Unknown("a quoted text in Cache-Control")) }
    }
}

fn within(seen: usize, hidden: &RangeInclusive<usize>, most: i64) -> Result<(), Stop> {
    let most = most as usize;
    if seen + hidden.start() > most {
        return Err(Stop::Refused(Problem::HeadersTooLarge));
    }
    if seen + hidden.end() > most {
        return Err(Stop::Unknown("the sender's own headers decide whether the section is too large"));
    }
    Ok(())
}

/// Without spaces and tabs at the ends (RFC 9110 §5.6.3).
pub fn trimmed(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let from = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let to = value.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
    &value[from..to]
}

/// A byte of a token (RFC 9110 §5.6.2).
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
