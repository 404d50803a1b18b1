//! The report file: what a run writes down, one JSON object a line.
//!
//! The first line is a header, the last a footer; between them stand batches (outcomes of generated sequences), cases
//! (one file on one route) and failures, in the order in which they ended. A file without a footer is that of a run that
//! was cut off, and a footer whose counts are not those of the lines before it is damaged: neither has passed.
//! Unknown members are refused on reading, so `FORMAT` goes up when one is added.
//!
//! ```json
//! {"record":"header","format":2,"suite":"0.1.0","started":"2026-01-31T12:00:00Z","command":"run --seed 7", …}
//! {"record":"batch","first":0,"last":99,"ran":100,"passed":99,"failed":1,"known":0,"unsure":0,"steps":2931,"requests":7411,"ms":1904}
//! {"record":"failure","number":1,"of":{"sequence":{"seed":7,"number":41}}, …}
//! {"record":"footer","outcome":"differ","planned":2000,"ran":2000, …}
//! ```

use crate::checker::finding::Finding;
use crate::sequence::{Mode, Profile, StoreKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of this format.
pub const FORMAT: u32 = 2;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "lowercase")]
pub enum Record {
    Header(Header),
    Batch(Batch),
    Case(Case),
    Failure(Box<Failure>),
    Footer(Footer),
}

/// What ran, against what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub format: u32,
    /// Version of the suite.
    pub suite: String,
    /// RFC 3339, UTC.
    pub started: String,
    /// The arguments, as they can be given again; the seed is always among them.
    pub command: String,
    /// What all sequences come from; none for cases.
    pub seed: Option<u64>,
    pub fleet: Fleet,
    pub targets: Vec<Target>,
    /// Who started the stores: `local processes`, `environment URLs`, …
    pub provider: String,
    /// Versions of the dependencies by name: `redis`, `mysql`, `mongodb`.
    pub stores: BTreeMap<String, String>,
    /// Sequences or cases that should run on each target; none where only time ends the run.
    pub planned: Option<u64>,
}

/// One implementation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub name: String,
    /// What `/_stats` says: `rust`, `node`, `ruby`, or another's own word.
    pub implementation: String,
    pub version: String,
}

/// How the targets stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fleet {
    /// Each has stores of its own, and plays every step.
    #[default]
    Separate,
    /// All share one set of stores, and each step goes to another one.
    Mixed,
}

/// Sequences that ended since the batch before. They end out of order, so only the counts are exact, and `first` and
/// `last` say roughly which they were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Numbers of sequences, from 0.
    pub first: u64,
    pub last: u64,
    pub ran: u64,
    pub passed: u64,
    pub failed: u64,
    /// Sequences whose difference is in the list of known ones; they have neither passed nor failed.
    pub known: u64,
    /// Of those that passed: in which the model did not know some answer, so that only the targets were compared there.
    pub unsure: u64,
    /// Steps of the sequences, each played once however many targets there are.
    pub steps: u64,
    /// Requests, counted on every target.
    pub requests: u64,
    /// Real time since the batch before.
    pub ms: u64,
}

/// One case file on one route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `put/creates-a-document`, or the path of a file that was replayed.
    pub name: String,
    pub route: Option<Route>,
    /// Ids of `contract/clauses.toml` that it shows.
    pub clauses: Vec<String>,
    /// What it says of each target.
    pub targets: BTreeMap<String, Verdict>,
    pub ms: u64,
    /// The number of the failure that says why, if one failed.
    pub failure: Option<u64>,
}

/// What was found of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Passed,
    Failed,
    /// It is wrong in a way that the list of known divergences lets be.
    Known,
    Skipped,
}

/// The route that a sequence was played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub mode: Mode,
    pub store: StoreKind,
    pub profile: Profile,
}

/// A difference that was found, made as small as it could be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// From 1, in this file.
    pub number: u64,
    pub of: Origin,
    /// None: it has no single one.
    pub route: Option<Route>,
    pub finding: Finding,
    /// What it says of each target.
    pub targets: BTreeMap<String, Verdict>,
    /// Further sequences that failed in the same class; they are in the counts, and not shrunk.
    pub alike: bool,
    /// Why it may stand, if an entry of the list of known divergences covers it.
    pub known: Option<String>,
    pub shrink: Option<Shrink>,
    /// The case file, from the root of the repository if it is inside.
    pub file: Option<String>,
    /// The command that plays it again.
    pub replay: Option<String>,
    /// The failing sequence as a case file says it.
    pub sequence: Value,
    /// What every target did, step by step, beside each other.
    pub side_by_side: String,
    /// A shell script that sends the same requests.
    pub curl: String,
}

/// Where a failing sequence came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Sequence {
        seed: u64,
        number: u64,
    },
    /// The name of a case or the path of its file.
    Case(String),
}

/// What making it small came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shrink {
    /// Steps before and after.
    pub from: usize,
    pub to: usize,
    /// How often the first three plays of it failed in the same class: 3 unless it depends on luck.
    pub confirmed: u32,
    /// Plays in all.
    pub executions: u32,
    pub ms: u64,
    /// Whether the budget ended it before nothing more could be left out.
    pub exhausted: bool,
}

/// What the run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Footer {
    pub outcome: Outcome,
    /// Sequences or cases; `planned` is what really should have run, so a run that was ended by time has none left over.
    pub planned: u64,
    pub ran: u64,
    pub passed: u64,
    pub failed: u64,
    /// With a difference that is known; neither passed nor failed.
    pub known: u64,
    pub skipped: u64,
    pub unsure: u64,
    /// The same of each target.
    pub targets: BTreeMap<String, Counts>,
    /// Lines of the kind `failure`.
    pub failures: u64,
    /// Those of them that are known.
    pub known_failures: u64,
    pub steps: u64,
    pub requests: u64,
    pub ms: u64,
    /// Steps of each kind that were played.
    pub kinds: BTreeMap<String, u64>,
    /// Outcomes of the contract's table that were seen, `put 201` or `get 404 document-not-found`, and how often; a kind
    /// of request with a status that the table does not have is a failure.
    pub outcomes: BTreeMap<String, u64>,
    /// Why the model did not know an answer, and how often: then the targets were compared with each other only.
    #[serde(default)]
    pub unknown: BTreeMap<String, u64>,
    /// What the suite itself could not do; the outcome is then `harness`.
    pub fault: Option<String>,
    /// Entries of the list of known divergences that do not hold, with how to mend each.
    pub list: Vec<String>,
    /// The suite's own memory at its highest, in bytes.
    pub memory_bytes: u64,
}

/// Counts of one target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub planned: u64,
    pub ran: u64,
    pub passed: u64,
    pub failed: u64,
    pub known: u64,
    pub skipped: u64,
}

/// The outcome of a run; the exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// 0: all targets agree, with each other and with the model.
    Agree,
    /// 1: there is a difference.
    Differ,
    /// 2: the suite could not do its part.
    Harness,
    /// 66: nothing ran.
    Nothing,
}

impl Outcome {
    /// What counts come to; a fault of the suite hides what it found, and a list that does not hold is no pass.
    pub fn of(footer: &Footer) -> Outcome {
        match (&footer.fault, footer.list.as_slice(), footer.ran, footer.failed + footer.failures - footer.known_failures) {
            (Some(_), ..) => Outcome::Harness,
            (None, _, _, 1..) => Outcome::Differ,
            (None, [_, ..], ..) => Outcome::Harness,
            (None, [], 0, 0) => Outcome::Nothing,
            (None, [], _, 0) => Outcome::Agree,
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Agree => 0,
            Outcome::Differ => 1,
            Outcome::Harness => 2,
            Outcome::Nothing => 66,
        }
    }
}
