//! Finds paths of the own crate in Rust: `crate::`, `super::`, and trees of them in braces.

use super::Import;
use crate::tidy::tree::File;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static BEGINNING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(crate|(?:super::)*super)::").expect("the pattern is constant"));

/// Imports of other files of the crate, each by the longest path that is a file.
pub fn imports(path: &str, file: &File, known: &BTreeSet<&str>) -> Vec<Import> {
    let text = without_comments(&file.text);
    let mut imports = Vec::new();
    for found in BEGINNING.captures_iter(&text) {
        let begin = found.get(0).expect("a match has itself");
        let line = text[..begin.start()].lines().count().max(1);
        let base = match &found[1] {
            "crate" => Vec::new(),
            supers => {
                let own: Vec<&str> = path.split('/').collect();
                own[..own.len().saturating_sub(supers.matches("super").count())].to_vec()
            }
        };
        for names in expand(&text[begin.end()..]) {
            let full: Vec<&str> = base.iter().copied().chain(names.iter().map(String::as_str)).collect();
            let longest = (1..=full.len()).rev().map(|length| full[..length].join("/")).find(|path| known.contains(path.as_str()));
            imports.extend(longest.filter(|to| to != path).map(|to| Import { line, to }));
        }
    }
    imports
}

/// The text with comments blanked, so that a link in a comment is no import.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect::<Vec<_>>().join("\n")
}

/// Every path in `a::{b, c::d}` and what follows is ignored.
fn expand(text: &str) -> Vec<Vec<String>> {
    let name: String = text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    if let Some(inside) = text.strip_prefix('{') {
        return members(inside).into_iter().flat_map(|member| expand(member.trim())).collect();
    }
    let Some(rest) = text[name.len()..].strip_prefix("::") else { return vec![vec![name]] };
    expand(rest).into_iter().map(|below| std::iter::once(name.clone()).chain(below).collect()).collect()
}

/// The members of a list in braces, up to the brace that ends it.
fn members(inside: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut members) = (0, 0, Vec::new());
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                members.push(&inside[begin..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.push(&inside[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    members
}
