//! Reads the query of a list; writes the link to its next page (contract.md §5).

use super::target::{decode, document_id};
use crate::documents::list::Wanted;
use crate::errors::Problem;
use crate::filter::parse;
use crate::generated::contract::limits;

/// What a raw query asks for.
///
/// # Errors
/// `BadQuery`.
pub fn parse(query: &[u8]) -> Result<Wanted, Problem> {
    let mut wanted = Wanted { limit: limits::LIST_DEFAULT_ITEMS, after: None, filter: None };
    if query.is_empty() {
        return Ok(wanted);
    }
    if !query.iter().all(|byte| matches!(byte, 0x21..=0x7E)) {
        return Err(Problem::BadQuery);
    }
    let mut seen = Vec::new();
    for parameter in query.split(|byte| *byte == b'&') {
        let (name, value) = split(parameter).ok_or(Problem::BadQuery)?;
        match name.as_slice() {
            b"limit" => wanted.limit = limit(&value).ok_or(Problem::BadQuery)?,
            b"after" => wanted.after = Some(document_id(&value).ok_or(Problem::BadQuery)?),
            b"where" => wanted.filter = Some(parse::filter(&value)?),
            _ => return Err(Problem::BadQuery),
        }
        if seen.contains(&name) {
            return Err(Problem::BadQuery);
        }
        seen.push(name);
    }
    Ok(wanted)
}

/// The value of Link for the page after `next`.
pub fn link(collection: &str, limit: i64, next: &str, filter: Option<&str>) -> String {
    let filter = filter.map(|canonical| format!("&where={}", parse::escape(canonical))).unwrap_or_default();
    format!("</v1/{collection}?limit={limit}&after={next}{filter}>; rel=\"next\"")
}

/// A query as it may be logged: without what was asked for in `where`.
pub fn without_where(query: &str) -> String {
    let parameter = |text: &str| match text.split_once('=') {
        Some((name, _)) if form(name.as_bytes()).is_some_and(|name| name == b"where") => format!("{name}="),
        _ => text.to_owned(),
    };
    query.split('&').map(parameter).collect::<Vec<_>>().join("&")
}

/// Name and value.
fn split(parameter: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let equals = parameter.iter().position(|byte| *byte == b'=')?;
    Some((form(&parameter[..equals])?, form(&parameter[equals + 1..])?))
}

/// Decoded by the form rule: `+` is a space.
fn form(text: &[u8]) -> Option<Vec<u8>> {
    decode(&text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect::<Vec<_>>())
}

/// An integer in its one spelling.
fn limit(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let limit: i64 = text.parse().ok()?;
    ((1..=limits::LIST_MAX_ITEMS).contains(&limit) && limit.to_string() == text).then_some(limit)
}
