//! Imports point downwards only, and variants of one interface know nothing of each other.

mod javascript;
mod ruby;
mod rust;

use super::Fault;
use super::rules::{Root, Rules};
use super::tree::{File, Language, Tree};
use std::collections::BTreeSet;

/// Where the rule is explained.
pub const EXPLAINED: &str = "ARCHITECTURE.md#imports";

/// An import of another file of the same root.
pub struct Import {
    pub line: usize,
    /// From the root, without the ending: `store/mongo`.
    pub to: String,
}

/// What a file of a root imports from that root. `known` are all paths there.
pub fn imports(path: &str, file: &File, known: &BTreeSet<&str>) -> Vec<Import> {
    let found = match file.language() {
        Some(Language::Rust) => rust::imports(path, file, known),
        Some(Language::JavaScript) => javascript::imports(path, file),
        Some(Language::Ruby) => ruby::imports(path, file),
        _ => Vec::new(),
    };
    found.into_iter().filter(|import| known.contains(import.to.as_str())).collect()
}

/// Imports that point upwards, sideways, or from one variant to another.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for root in &rules.root {
        let known: BTreeSet<&str> = tree.rooms(root).map(|(path, _)| path).collect();
        for (path, file) in tree.rooms(root) {
            if root.is_entry(path) {
                continue;
            }
            if rules.rank(room(path)).is_none() {
                let wrong = format!("{} is not in the list of rooms; it has a rank in xtask/tidy.toml, or is part of a room", room(path));
                faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
            }
            for import in imports(path, file, &known) {
                if let Some(wrong) = wrong(path, &import.to, rules) {
                    faults.push(Fault { path: file.path.clone(), line: import.line, wrong, explained: EXPLAINED });
                }
            }
        }
    }
}

/// Why one file may not import another, if so.
fn wrong(from: &str, to: &str, rules: &Rules) -> Option<String> {
    for group in &rules.imports.siblings {
        let member = |path: &str| group.iter().find(|each| path == each.as_str() || path.starts_with(&format!("{each}/")));
        if let (Some(one), Some(other)) = (member(from), member(to))
            && one != other
        {
            return Some(format!("{one} imports its sibling {other}; what both need belongs to a part of its own"));
        }
    }
    let (above, below) = (room(from), room(to));
    if above == below || rules.imports.level.iter().any(|level| level.from == above && level.to == below) {
        return None;
    }
    let (from_rank, to_rank) = (rules.rank(above)?, rules.rank(below)?);
    let direction = if to_rank < from_rank { "upwards" } else { "sideways" };
    (to_rank <= from_rank).then(|| format!("{above} imports {below}, which points {direction}"))
}

/// The room that a path belongs to.
fn room(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

impl Root {
    /// Whether a file is started, not imported.
    pub fn is_entry(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| entry == path)
    }
}

/// A relative path from the folder of `path`, with `.` and `..` resolved; None if it leaves the root.
fn resolve(path: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
