//! Finds `require_relative` in Ruby.

use super::{Import, resolve};
use crate::tidy::tree::File;
use regex::Regex;
use std::sync::LazyLock;

static RELATIVE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"^\s*require_relative\s*\(?\s*['"]([^'"]+?)(?:\.rb)?['"]"#).expect("the pattern is constant"));

/// Imports of files beside or around this one.
pub fn imports(path: &str, file: &File) -> Vec<Import> {
    let found = file.numbered().filter_map(|(line, text)| Some((line, RELATIVE.captures(text)?[1].to_owned())));
    found.filter_map(|(line, relative)| Some(Import { line, to: resolve(path, &relative)? })).collect()
}
