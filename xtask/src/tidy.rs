//! Checks the rules that ARCHITECTURE.md sets for every file of the repository.

mod crates;
mod functions;
mod imports;
mod names;
mod openings;
mod orphans;
mod rooms;
mod rules;
mod sizes;
mod texts;
mod tree;

use anyhow::bail;
use rules::Rules;
use std::fmt;
use std::path::Path;
use tree::Tree;

/// One place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// From the root of the repository.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    pub wrong: String,
    /// Where the rule is explained.
    pub explained: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {} (see {})", self.path, self.line, self.wrong, self.explained)
    }
}

/// Prints every fault; an error if there is any.
pub fn run() -> anyhow::Result<()> {
    let root = crate::root();
    let rules = Rules::read(&root)?;
    let tree = Tree::read(&root, &rules)?;
    let faults = check(&tree, &rules);
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        bail!("{} faults in {} files looked at", faults.len(), tree.files.len());
    }
    let longer = tree.sources().filter(|file| !file.generated() && file.lines() > rules.sizes.aim_lines).count();
    println!("tidy: {} files, nothing to mend; {longer} are longer than the {} lines that are the aim", tree.files.len(), rules.sizes.aim_lines);
    Ok(())
}

/// All faults of the tree at `root`, in the order of paths and lines; the rules are those of its own xtask/tidy.toml.
pub fn faults(root: &Path) -> anyhow::Result<Vec<Fault>> {
    let rules = Rules::read(root)?;
    Ok(check(&Tree::read(root, &rules)?, &rules))
}

fn check(tree: &Tree, rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    sizes::check(tree, rules, &mut faults);
    functions::check(tree, rules, &mut faults);
    openings::check(tree, &mut faults);
    rooms::check(tree, rules, &mut faults);
    imports::check(tree, rules, &mut faults);
    orphans::check(tree, rules, &mut faults);
    crates::check(tree, rules, &mut faults);
    names::check(tree, rules, &mut faults);
    texts::check(tree, rules, &mut faults);
    faults.sort();
    faults
}
