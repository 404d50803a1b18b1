//! The rooms are the same in every language.

use super::Fault;
use super::rules::{Root, Rules};
use super::tree::Tree;
use std::collections::BTreeMap;

/// Where the rule is explained.
pub const EXPLAINED: &str = "ARCHITECTURE.md#rooms";

/// Files that some languages have and others lack, and rooms that are no single lower-case word.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    let mut owners: BTreeMap<&str, Vec<&Root>> = BTreeMap::new();
    for root in &rules.root {
        for (path, file) in tree.rooms(root) {
            owners.entry(path).or_default().push(root);
            if !path.chars().all(|letter| letter.is_ascii_lowercase() || matches!(letter, '/' | '_'))
                || path.split('/').next().is_some_and(|room| room.contains('_'))
            {
                let wrong = format!("{path} is no name for a room; one lower-case word, and _ in the names of its parts");
                faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
            }
        }
    }
    for (path, owners) in owners {
        if rules.alone.iter().any(|exception| exception.covers(path)) {
            continue;
        }
        let names = owners.iter().map(|root| root.name.as_str()).collect::<Vec<_>>().join(" and ");
        let have = if owners.len() == 1 { "has" } else { "have" };
        for missing in rules.root.iter().filter(|root| !owners.iter().any(|owner| owner.name == root.name)) {
            let wrong = format!("there is no such file, and {names} {have} one; add it, or a reason to xtask/tidy.toml");
            faults.push(Fault { path: format!("{}/{path}.{}", missing.folder, missing.extension), line: 1, wrong, explained: EXPLAINED });
        }
    }
}
