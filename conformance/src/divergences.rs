//! The list of known divergences: differences that are told as known and fail no run, as long as they are exactly as listed.

pub mod judge;
pub mod read;

use crate::checker::finding::{Finding, Oracle};
use crate::checker::verdict::MODEL;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

/// What `where` says of generated sequences.
pub const SEQUENCES: &str = "sequences";

/// One difference that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub target: String,
    /// A case's name, or `SEQUENCES`.
    pub place: String,
    /// The case file that shows it in sequences, from the root of the repository.
    pub example: Option<PathBuf>,
    pub oracle: Oracle,
    /// A `*` in these two stands for anything.
    pub kind: String,
    pub path: String,
    /// What the target has there; none: whatever it is.
    pub found: Option<String>,
    pub reason: String,
    pub owner: String,
    /// The first day on which it covers nothing any more, as `2026-12-31`.
    pub expires: String,
}

/// The entries of one run, and what became of each.
#[derive(Debug, Default)]
pub struct List {
    pub file: PathBuf,
    pub entries: Vec<Entry>,
    fates: Mutex<Vec<Fate>>,
}

/// What a run has seen of an entry.
#[derive(Clone, Debug, Default)]
struct Fate {
    /// The classes of the differences that it covered.
    classes: BTreeSet<(Oracle, String, String)>,
    /// Whether all of what it speaks of was played.
    reached: bool,
}

impl List {
    /// Entries that were read.
    pub fn new(file: PathBuf, entries: Vec<Entry>) -> List {
        let fates = Mutex::new(vec![Fate::default(); entries.len()]);
        List { file, entries, fates }
    }

    /// Why a difference that was found here may stand: every target that is wrong has an entry for it. `place` is a case's name or `SEQUENCES`.
    pub fn covers(&self, finding: &Finding, place: &str) -> Option<String> {
        let mut entries = Vec::new();
        for target in wrong(finding) {
            entries.push(self.entries.iter().position(|entry| entry.fits(finding, target, place))?);
        }
        let mut fates = self.fates.lock().expect("no holder panics");
        for index in &entries {
            fates[*index].classes.insert((finding.oracle, finding.kind.clone(), finding.path.clone()));
        }
        let reasons: Vec<String> = entries.iter().map(|index| self.entries[*index].told()).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// All of what the entry of this index speaks of was played.
    pub fn reach(&self, index: usize) {
        self.fates.lock().expect("no holder panics")[index].reached = true;
    }

    /// The entries that have covered nothing yet.
    pub fn unmatched(&self) -> Vec<usize> {
        let fates = self.fates.lock().expect("no holder panics");
        (0..fates.len()).filter(|index| fates[*index].classes.is_empty()).collect()
    }
}

impl Entry {
    fn fits(&self, finding: &Finding, target: &str, place: &str) -> bool {
        let has = || finding.values.iter().find(|(names, _)| names.iter().any(|name| name == target)).and_then(|(_, value)| value.as_deref());
        self.target == target
            && self.place == place
            && self.oracle == finding.oracle
            && like(&self.kind, &finding.kind)
            && like(&self.path, &finding.path)
            && self.found.as_deref().is_none_or(|found| has() == Some(found))
    }

    /// The entry in a sentence.
    fn told(&self) -> String {
        format!("known of {} until {}, {}: {}", self.target, self.expires, self.owner, self.reason)
    }
}

/// The targets that a finding is about: those that stand alone, else all that the model does not agree with.
fn wrong(finding: &Finding) -> Vec<&str> {
    if !finding.alone.is_empty() {
        return finding.alone.iter().map(String::as_str).collect();
    }
    let groups = finding.values.iter().filter(|(names, _)| !names.iter().any(|name| name == MODEL));
    groups.flat_map(|(names, _)| names).map(String::as_str).collect()
}

/// Whether a text is as the pattern says, in which `*` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| (0..=tail.len()).any(|at| tail.is_char_boundary(at) && like(rest, &tail[at..]))),
    }
}
