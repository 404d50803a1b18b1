//! How long a file may be.

use super::Fault;
use super::rules::Rules;
use super::tree::Tree;

/// Where the rule is explained.
pub const EXPLAINED: &str = "ARCHITECTURE.md#staying-small";

/// Files over the limit.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for file in tree.sources().filter(|file| !file.generated()) {
        let limit = if file.is_test() { rules.sizes.test_lines } else { rules.sizes.file_lines };
        if file.lines() > limit {
            let wrong = format!("{} lines; {limit} at most, so split it", file.lines());
            faults.push(Fault { path: file.path.clone(), line: limit + 1, wrong, explained: EXPLAINED });
        }
    }
}
