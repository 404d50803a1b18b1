//! Requests with one character of their head wrong.

use crate::sequence::{Body, Compare, Raw};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Characters that mean something to a parser, or to nobody.
const STRAYS: [char; 27] =
    [' ', '\t', ':', ',', ';', '"', '\\', '/', '?', '%', '=', '*', '.', '-', '_', '0', 'a', 'Z', '~', '(', '[', '{', '\u{1}', '\u{7f}', '\u{b}', '\r', '\n'];

/// A request, in which a character is left out, or another one put in or in its place. That may do no harm: what is compared is
/// whether it is refused, and that the connection ends.
pub fn strayed(requests: BoxedStrategy<Raw>) -> BoxedStrategy<Raw> {
    let parts = (requests, any::<Index>(), prop::option::weighted(0.8, select(STRAYS.to_vec())), any::<bool>());
    parts
        .prop_map(|(raw, at, stray, instead)| {
            let head = head(&raw);
            let text = Some(changed(&head, at, stray, instead)).filter(|text| is_judged_alike(text)).unwrap_or(head);
            Raw { lines: Vec::new(), bytes: Some(Body::Text(text)), shut: true, compare: Compare::Class, ..raw }
        })
        .boxed()
}

fn head(raw: &Raw) -> String {
    let lines: Vec<&str> = raw.lines.iter().map(String::as_str).chain(["Connection: close", "", ""]).collect();
    lines.join("\r\n")
}

/// Whether several spaces in a request line are as good as one is the recipient's choice (RFC 9112 §3). The authority of an
/// absolute target, which means nothing to the service, and a tab behind the digits of a length are what servers' own
/// parsers refuse or not before any service sees them.
fn is_judged_alike(text: &str) -> bool {
    let line = text.split('\r').next().unwrap_or_default();
    !line.contains("  ") && !line.contains("://") && !text.contains("\t\r\n")
}

/// The text with something else at one place behind the method, which is no part of what gets filled in.
fn changed(text: &str, at: Index, stray: Option<char>, instead: bool) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let first = characters.iter().position(|character| *character == ' ').unwrap_or_default() + 1;
    let at = first + at.index(characters.len() - first - 4);
    let before: String = characters[..at].iter().collect();
    let is_filled = before.rfind("${").is_some_and(|open| !before[open..].contains('}')) || (characters[at] == '{' && before.ends_with('$'));
    if !is_filled {
        if instead || stray.is_none() {
            characters.remove(at);
        }
        if let Some(stray) = stray {
            characters.insert(at, stray);
        }
    }
    characters.into_iter().collect()
}
