//! Names that say nothing are not used.

use super::Fault;
use super::rules::Rules;
use super::tree::Tree;

const EXPLAINED: &str = "ARCHITECTURE.md#names";

/// Paths with a forbidden word in them.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for file in &tree.files {
        let mut words = file.path.split(['/', '.', '_', '-']);
        if let Some(word) = words.find(|word| rules.names.forbidden.iter().any(|forbidden| forbidden == word)) {
            let wrong = format!("{word} says nothing about what is inside; name the file after its job");
            faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
        }
    }
}
