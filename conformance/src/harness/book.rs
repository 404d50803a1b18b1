//! The report of `cargo test conformance`: what every test came to, in the same form as that of a campaign.

use crate::campaign::beside::Beside;
use crate::campaign::failures::{self, Fate};
use crate::campaign::header::{Asked, header};
use crate::campaign::known;
use crate::campaign::ledger::Ledger;
use crate::campaign::record::{self, Failure, Fleet, Footer, Origin, Route, Verdict};
use crate::campaign::stage::{Stage, Watch};
use crate::checker::finding::{Finding, Oracle};
use crate::divergences::judge::Run;
use crate::divergences::{List, SEQUENCES};
use crate::golden::variants;
use crate::routes::Variant;
use crate::runner::round::Round;
use crate::sequence::read::Case;
use crate::sequence::{Mode, StoreKind};
use crate::shrink::Budget;
use crate::targets::root;
use crate::world::World;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is counted and written down while tests run.
#[derive(Debug)]
pub struct Book {
    pub file: PathBuf,
    pub ledger: Mutex<Ledger>,
    pub known: List,
    targets: Vec<String>,
    /// Targets of the file, those that do not take part included.
    all: usize,
    /// On how many routes each case had a verdict.
    played: Mutex<BTreeMap<String, usize>>,
    fault: Mutex<Option<String>>,
}

/// One case on one route, as it ended.
pub struct Ended<'a> {
    pub case: &'a Case,
    pub variant: Variant,
    pub took: Duration,
    pub finding: Option<Finding>,
    pub steps: Steps,
}

/// What was seen of a case's steps.
#[derive(Default)]
pub struct Steps {
    /// The step at which an oracle spoke.
    last: Beside,
    unsure: bool,
}

/// The file, or another that CONFORMANCE_REPORT names.
fn file() -> PathBuf {
    std::env::var_os("CONFORMANCE_REPORT").map_or_else(|| root().join("target/conformance/report.ndjson"), PathBuf::from)
}

impl Book {
    /// Opens the report; so many things are planned.
    ///
    /// # Errors
    /// When the file cannot be written, or a target does not say what it is.
    pub async fn open(world: &World, known: List, all: usize, command: String, seed: u64, planned: u64) -> anyhow::Result<Book> {
        let file = file();
        let folder = file.parent().context("a report lies in a folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let subjects: Vec<_> = world.subjects.iter().collect();
        let asked = Asked { command, seed: Some(seed), fleet: Fleet::Separate, planned: Some(planned) };
        let header = header(&subjects, subjects.first().copied(), &world.provider, asked).await?;
        let targets = header.targets.iter().map(|target| target.name.clone()).collect();
        let ledger = Mutex::new(Ledger::open(Some(&file), header)?);
        Ok(Book { file, ledger, known, targets, all, played: Mutex::default(), fault: Mutex::default() })
    }

    /// Notes a step of a case.
    pub fn step(&self, steps: &mut Steps, round: &Round, index: usize, failed: bool) {
        let kind = round.sequence.steps[index].action.kind();
        self.ledger.lock().expect("no holder panics").step(kind, &round.last.played, round.last.foreseen.unsure);
        steps.unsure |= round.unsure > 0;
        if failed {
            steps.last.step(round, index, true);
        }
    }

    /// Writes down what a case came to; why its difference may stand, if it is known.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn case(&self, ended: Ended<'_>) -> anyhow::Result<Option<String>> {
        let Ended { case, variant, took, finding, steps } = ended;
        *self.played.lock().expect("no holder panics").entry(case.name.clone()).or_default() += 1;
        let known = finding.as_ref().and_then(|finding| self.known.covers(finding, &case.name));
        let mut ledger = self.ledger.lock().expect("no holder panics");
        let line = finding.map(|finding| self.line(case, variant, finding, steps.last, known.clone(), ledger.next_failure())).transpose()?;
        let targets = line.as_ref().map_or_else(|| self.all_are(Verdict::Passed), |line| line.targets.clone());
        let route = Some(Route { mode: variant.mode, store: variant.store, profile: case.sequence.profile });
        let failure = line.as_ref().map(|line| line.number);
        line.map_or(Ok(()), |line| ledger.failure(line))?;
        let clauses = case.sequence.clauses.clone();
        ledger.case(record::Case { name: case.name.clone(), route, clauses, targets, ms: ms(took), failure }, steps.unsure)?;
        Ok(known)
    }

    fn line(&self, case: &Case, variant: Variant, finding: Finding, last: Beside, known: Option<String>, number: u64) -> anyhow::Result<Failure> {
        let path = case.path.strip_prefix(root()).unwrap_or(&case.path).display().to_string();
        let fate = Fate { origin: Origin::Case(case.name.clone()), variant, folder: PathBuf::new(), again: again(), budget: Budget::default() };
        let line = failures::line_of(&self.targets, &case.sequence, finding, &fate)?;
        let replay = Some(format!("cargo run -p conformance -- replay {path}{}", fate.again));
        let line = Failure { number, side_by_side: last.text, file: Some(path), replay, ..line };
        Ok(match known {
            Some(why) => failures::known(line, why),
            None => line,
        })
    }

    /// Writes down what a test written in Rust came to: such a test is about all targets.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn special(&self, name: &str, clauses: &[&str], took: Duration, error: Option<String>) -> anyhow::Result<()> {
        let mut ledger = self.ledger.lock().expect("no holder panics");
        let number = ledger.next_failure();
        let verdict = if error.is_some() { Verdict::Failed } else { Verdict::Passed };
        let failure = error.as_ref().map(|_| number);
        if let Some(text) = error {
            ledger.failure(self.untold(number, name, text))?;
        }
        let clauses = clauses.iter().map(|clause| (*clause).to_owned()).collect();
        ledger.case(record::Case { name: name.to_owned(), route: None, clauses, targets: self.all_are(verdict), ms: ms(took), failure }, false)
    }

    /// A failure without a sequence.
    fn untold(&self, number: u64, name: &str, text: String) -> Failure {
        let values = vec![(self.targets.clone(), Some(text.clone()))];
        Failure {
            number,
            of: Origin::Case(name.to_owned()),
            route: None,
            finding: Finding { oracle: Oracle::Expectation, step: 0, kind: "test".to_owned(), path: name.to_owned(), alone: Vec::new(), values, text },
            targets: self.all_are(Verdict::Failed),
            alike: false,
            known: None,
            shrink: None,
            file: None,
            replay: Some(format!("cargo test conformance {name}")),
            sequence: serde_json::Value::Null,
            side_by_side: String::new(),
            curl: String::new(),
        }
    }

    fn all_are(&self, verdict: Verdict) -> BTreeMap<String, Verdict> {
        self.targets.iter().map(|name| (name.clone(), verdict)).collect()
    }

    /// The suite itself could not do its part; the first time counts.
    pub fn fault(&self, what: String) {
        self.fault.lock().expect("no holder panics").get_or_insert(what);
    }

    /// Ends the report. `stage` is there if generated sequences were played with the targets beside each other.
    ///
    /// # Errors
    /// When the report cannot be written, or the suite could not play what the list of known divergences names.
    pub async fn close(&self, cases: &[Arc<Case>], stage: Option<&Stage<'_>>, planned: u64) -> anyhow::Result<Footer> {
        let played = std::mem::take(&mut *self.played.lock().expect("no holder panics"));
        for index in self.known.in_scope(Run { targets: &self.targets, all: self.all, model: true }) {
            let place = &self.known.entries[index].place;
            let whole = |case: &&Arc<Case>| case.name == *place && played.get(place) == Some(&variants(case).len());
            if place != SEQUENCES && cases.iter().any(|case| whole(&case)) {
                self.known.reach(index);
            }
        }
        let list = match stage {
            Some(stage) => {
                known::judge(stage, &self.known, Fleet::Separate, self.all, &[Mode::Off, Mode::WriteThrough], &[StoreKind::Mongodb, StoreKind::Mysql]).await?
            }
            None => self.known.complaints(),
        };
        list.iter().for_each(|complaint| println!("conformance: the list of known divergences does not hold: {complaint}"));
        let fault = self.fault.lock().expect("no holder panics").clone();
        self.ledger.lock().expect("no holder panics").close(planned, fault, list)
    }
}

/// What a golden transcript says against all targets.
pub fn unlike_snapshot(case: &Case, targets: &[String], text: &str) -> Finding {
    let (step, kind) = case.sequence.steps.iter().enumerate().next_back().map_or((0, ""), |(index, step)| (index, step.action.kind()));
    let values = vec![(targets.to_vec(), Some(text.to_owned()))];
    Finding { oracle: Oracle::Expectation, step, kind: kind.to_owned(), path: "snapshot".to_owned(), alone: Vec::new(), values, text: text.to_owned() }
}

/// The arguments that choose the same targets again.
pub fn again() -> String {
    let of = |variable: &str, flag: &str| std::env::var(variable).ok().map(|value| format!(" {flag} {value}")).unwrap_or_default();
    of("CONFORMANCE_TARGETS", "--targets") + &of("CONFORMANCE_TARGETS_FILE", "--targets-file")
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
