//! Finds imports of relative paths in ES modules.

use super::{Import, resolve};
use crate::tidy::tree::File;
use regex::Regex;
use std::sync::LazyLock;

/// `from './x.js'`, `import './x.js'`, `import('./x.js')` and `new URL('./x.js', …)`.
static RELATIVE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:\bfrom|\bimport|new URL)\s*\(?\s*['"](\.{1,2}/[^'"]+)\.js['"]"#).expect("the pattern is constant"));

/// Imports of files beside or around this one.
pub fn imports(path: &str, file: &File) -> Vec<Import> {
    let lines = file.numbered().filter(|(_, line)| !line.trim_start().starts_with(['*', '/']));
    let found = lines.flat_map(|(line, text)| RELATIVE.captures_iter(text).map(move |found| (line, found[1].to_owned())));
    found.filter_map(|(line, relative)| Some(Import { line, to: resolve(path, &relative)? })).collect()
}
