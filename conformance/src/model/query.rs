//! What the query of a list asks for.

use super::filter::{self, Filter};
use super::target::{id, unescape};
use crate::generated::contract::{Problem, limits};
use serde_json::Value;

/// The parameters of a list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    pub limit: usize,
    pub after: Option<String>,
    /// As written, for the link, beside what it means.
    pub filter: Option<(Value, Filter)>,
}

/// Reads the query of a list, without its question mark.
///
/// # Errors
/// `bad-query` for anything malformed, unknown or repeated.
pub fn list(query: &[u8]) -> Result<ListQuery, Problem> {
    parameters(query).ok_or(Problem::BadQuery)
}

fn parameters(query: &[u8]) -> Option<ListQuery> {
    let mut limit = None;
    let mut after = None;
    let mut filter = None;
    if !query.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let pairs = if query.is_empty() { Vec::new() } else { query.split(|byte| *byte == b'&').collect() };
    for pair in pairs {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let value = decoded(&pair[equals + 1..])?;
        let repeated = match decoded(&pair[..equals])?.as_slice() {
            b"limit" => limit.replace(number(&value)?).is_some(),
            b"after" => after.replace(id(&value)?).is_some(),
            b"where" => filter.replace(filter::parse(&value).ok()?).is_some(),
            _ => return None,
        };
        if repeated {
            return None;
        }
    }
    Some(ListQuery { limit: limit.unwrap_or(limits::LIST_DEFAULT_ITEMS as usize), after, filter })
}

/// Names and values are in UTF-8, with `+` for a space.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let bytes = unescape(&spaced)?;
    std::str::from_utf8(&bytes).ok()?;
    Some(bytes)
}

fn number(digits: &[u8]) -> Option<usize> {
    let plain = digits.first().is_some_and(|first| (b'1'..=b'9').contains(first)) && digits.iter().all(u8::is_ascii_digit);
    let number: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (plain && number <= limits::LIST_MAX_ITEMS as usize).then_some(number)
}
