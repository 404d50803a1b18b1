//! Says which entries of the list do not hold any more, once a run is over.

use super::{Entry, List, SEQUENCES, read};
use crate::checker::finding::Oracle;

/// What a run can say of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The targets that took part, and how many the file has.
    pub targets: &'a [String],
    pub all: usize,
    pub model: bool,
}

impl List {
    /// The entries that a run of these targets can show at all, by index.
    pub fn in_scope(&self, run: Run<'_>) -> Vec<usize> {
        let sees = |entry: &Entry| match entry.oracle {
            // Who stands alone depends on who else is there.
            Oracle::Pairwise => run.targets.len() == run.all,
            Oracle::Model | Oracle::Stored | Oracle::Commands | Oracle::Invariant => run.model || entry.place != SEQUENCES,
            _ => true,
        };
        (0..self.entries.len()).filter(|index| run.targets.contains(&self.entries[*index].target) && sees(&self.entries[*index])).collect()
    }

    /// What is wrong with the list, each with how to mend it; nothing if every entry holds.
    pub fn complaints(&self) -> Vec<String> {
        let fates = self.fates.lock().expect("no holder panics");
        let judged = self.entries.iter().zip(fates.iter()).enumerate().filter_map(|(index, (entry, fate))| {
            let name = read::name(index, entry);
            let file = self.file.display();
            match fate.classes.len() {
                0 if fate.reached => Some(format!("{file}: {name} matches nothing: {} passes now; remove the entry", subject(entry))),
                0 | 1 => None,
                more => {
                    let classes: Vec<String> = fate.classes.iter().map(|(_, kind, path)| format!("{path} of {kind}")).collect();
                    Some(format!(
                        "{file}: {name} is too broad: it matches {more} kinds of differences ({}); write an entry for each that is known",
                        classes.join(", ")
                    ))
                }
            }
        });
        judged.collect()
    }
}

/// What an entry speaks of.
fn subject(entry: &Entry) -> String {
    match &entry.example {
        Some(example) => format!("its example {}", example.display()),
        None => format!("case {}", entry.place),
    }
}
