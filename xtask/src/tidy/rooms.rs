//! The rooms are the same in every language.

use super::Fault;
use super::rules::{Root, Rules};
use super::tree::{File, Tree};
use std::collections::BTreeMap;

/// Where the rule is explained.
pub const EXPLAINED: &str = "ARCHITECTURE.md#rooms";

/// Files that some languages have and others lack, and rooms that are no single lower-case word.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    let mut owners: BTreeMap<&str, Vec<(&Root, &File)>> = BTreeMap::new();
    for root in &rules.root {
        for (path, file) in tree.rooms(root) {
            owners.entry(path).or_default().push((root, file));
            if !is_name(path) {
                let wrong = format!("{path} is no name for a room; one lower-case word, and _ in the names of its parts");
                faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
            }
        }
    }
    owners.retain(|path, _| !rules.alone.iter().any(|exception| exception.covers(path)));
    for owners in owners.values() {
        let missing = rules.root.iter().filter(|root| !owners.iter().any(|(owner, _)| owner.name == root.name));
        let missing: Vec<&str> = missing.map(|root| root.name.as_str()).collect();
        if !missing.is_empty() {
            let verb = if missing.len() == 1 { "lacks" } else { "lack" };
            let wrong = format!("{} {verb} this file; add it there, or a reason to xtask/tidy.toml", missing.join(" and "));
            faults.push(Fault { path: owners[0].1.path.clone(), line: 1, wrong, explained: EXPLAINED });
        }
    }
}

fn is_name(path: &str) -> bool {
    let room = path.split('/').next().unwrap_or(path);
    path.chars().all(|letter| letter.is_ascii_lowercase() || matches!(letter, '/' | '_')) && !room.contains('_')
}
