//! The contract's clauses, and which of them the cases show.

use crate::sequence::read::Case;
use crate::special::Special;
use crate::targets::root;
use anyhow::{Context, ensure};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Table {
    #[serde(default)]
    clause: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
}

/// The ids of contract/clauses.toml.
fn ids() -> anyhow::Result<BTreeSet<String>> {
    let path = root().join("contract/clauses.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let table: Table = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(table.clause.into_iter().map(|row| row.id).collect())
}

/// The clauses that nothing names, and how many there are; an unknown one in a case or a special test is an error.
pub fn unnamed(cases: &[Case], specials: &[Special]) -> anyhow::Result<(Vec<String>, usize)> {
    let ids = ids()?;
    let of_cases = cases.iter().flat_map(|case| case.sequence.clauses.iter().map(|clause| (case.name.as_str(), clause.as_str())));
    let of_specials = specials.iter().flat_map(|special| special.clauses.iter().map(|clause| (special.name, *clause)));
    let mut named = BTreeSet::new();
    for (name, clause) in of_cases.chain(of_specials) {
        ensure!(ids.contains(clause), "{name}: contract/clauses.toml has no clause {clause}");
        named.insert(clause);
    }
    Ok((ids.iter().filter(|id| !named.contains(id.as_str())).cloned().collect(), ids.len()))
}
