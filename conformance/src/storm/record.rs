//! Counts and tells what happens in a storm: on the terminal, and as NDJSON for whoever reads it later.

use super::arena::Arena;
use super::weather::Strike;
use crate::history::check::{Kind, Violation};
use crate::history::{Act, Outcome};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Time between lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(200);
/// Violations of one kind that are told; all are counted.
const TOLD: u64 = 3;

/// What happened, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    pub rounds: u64,
    pub ms: u64,
    pub strikes: u64,
    pub documents: u64,
    /// Writes that were acknowledged.
    pub acknowledged: u64,
    pub reads: u64,
    /// Writes of which nobody was told what became of them.
    pub unknown: u64,
    /// Writes that were certainly not done.
    pub refused: u64,
    /// Requests that could not be served while something was broken.
    pub unavailable: u64,
    /// Documents that could be judged only up to an unknown write-through write.
    pub retired: u64,
    /// Documents that did not come out of the queue, and whatever else was not as it must be at the end.
    pub stuck: u64,
    pub violations: BTreeMap<Kind, u64>,
}

impl Tally {
    /// Counts what was learned of one request.
    pub fn count(&mut self, acts: &[(Act, Outcome)]) {
        for (act, outcome) in acts {
            match (act, outcome) {
                (Act::Read(_), _) => self.reads += 1,
                (_, Outcome::Done) => self.acknowledged += 1,
                (_, Outcome::Maybe) => self.unknown += 1,
                (_, Outcome::Refused) => self.refused += 1,
            }
        }
    }

    pub fn note(&mut self, kind: Kind) {
        *self.violations.entry(kind).or_default() += 1;
    }

    pub fn add(&mut self, other: &Tally) {
        self.rounds += other.rounds;
        self.strikes += other.strikes;
        self.documents += other.documents;
        self.acknowledged += other.acknowledged;
        self.reads += other.reads;
        self.unknown += other.unknown;
        self.refused += other.refused;
        self.unavailable += other.unavailable;
        self.retired += other.retired;
        self.stuck += other.stuck;
        for (kind, count) in &other.violations {
            *self.violations.entry(*kind).or_default() += count;
        }
    }

    pub fn of(&self, kind: Kind) -> u64 {
        self.violations.get(&kind).copied().unwrap_or(0)
    }

    pub fn is_wrong(&self) -> bool {
        self.stuck > 0 || !self.violations.is_empty()
    }

    /// The last lines of a run.
    pub fn told(&self) -> String {
        let other: u64 = self.violations.iter().filter(|(kind, _)| !matches!(kind, Kind::Lost | Kind::Stale)).map(|(_, count)| count).sum();
        let seconds = self.ms as f64 / 1000.0;
        format!(
            "conformance: {} acknowledged writes and {} reads of {} documents in {seconds:.1} s, under {} faults\n  \
             {} writes had an unknown end, {} were refused, {} requests could not be served; {} documents could be judged in part only\n  \
             {} lost, {} stale, {} stuck, {other} otherwise wrong",
            self.acknowledged,
            self.reads,
            self.documents,
            self.strikes,
            self.unknown,
            self.refused,
            self.unavailable,
            self.retired,
            self.of(Kind::Lost),
            self.of(Kind::Stale),
            self.stuck
        )
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    pub round: u64,
    pub document: String,
    #[serde(flatten)]
    pub violation: Violation,
}

/// Where a storm is told.
#[derive(Debug)]
pub struct Ledger {
    file: Option<BufWriter<File>>,
    bar: Option<ProgressBar>,
    planned: Duration,
    began: Instant,
    told: BTreeMap<Kind, u64>,
    is_quiet: bool,
}

impl Ledger {
    /// `header` becomes the first line.
    pub fn open(file: Option<&Path>, header: Value, planned: Duration, is_quiet: bool) -> anyhow::Result<Ledger> {
        let file = file.map(File::create).transpose()?.map(BufWriter::new);
        let bar = (!is_quiet && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{elapsed_precise} [{bar:32}] {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(planned.as_secs().max(1)).with_style(style.progress_chars("=> "))
        });
        let mut ledger = Ledger { file, bar, planned, began: Instant::now(), told: BTreeMap::new(), is_quiet };
        ledger.line("header", header)?;
        Ok(ledger)
    }

    fn line(&mut self, record: &str, mut value: Value) -> anyhow::Result<()> {
        if let Some(file) = &mut self.file {
            value["record"] = json!(record);
            serde_json::to_writer(&mut *file, &value)?;
            file.write_all(b"\n")?;
            file.flush()?;
        }
        Ok(())
    }

    /// Tells now and then how a round goes on, until it is over.
    pub async fn watch(&self, arena: &Arena<'_>, before: &Tally) {
        let mut told = Instant::now();
        while !arena.is_over() {
            tokio::time::sleep(LOOK).await;
            let now = arena.tally.borrow().acknowledged + before.acknowledged;
            let text = format!("{now} writes acknowledged, {} faults so far, {} wrong", before.strikes, before.violations.values().sum::<u64>());
            match &self.bar {
                Some(bar) => {
                    bar.set_position(self.began.elapsed().as_secs().min(self.planned.as_secs()));
                    bar.set_message(text);
                }
                None if !self.is_quiet && told.elapsed() > EVERY => {
                    eprintln!("conformance: {} of {} s, {text}", self.began.elapsed().as_secs(), self.planned.as_secs());
                    told = Instant::now();
                }
                None => {}
            }
        }
    }

    pub fn strike(&mut self, round: u64, strike: &Strike) -> anyhow::Result<()> {
        let mut value = serde_json::to_value(strike)?;
        value["round"] = json!(round);
        self.line("fault", value)
    }

    /// Writes down what is wrong, and tells the first of each kind.
    pub fn found(&mut self, found: Found) -> anyhow::Result<()> {
        let told = self.told.entry(found.violation.kind).or_default();
        *told += 1;
        if *told <= TOLD && !self.is_quiet {
            let lines: Vec<String> = found.violation.operations.iter().map(|line| format!("\n    {line}")).collect();
            let text = format!("conformance: {:?} {}: {}{}", found.violation.kind, found.document, found.violation.text, lines.concat());
            match &self.bar {
                Some(bar) => bar.suspend(|| println!("{text}")),
                None => println!("{text}"),
            }
        }
        self.line("violation", serde_json::to_value(&found)?)
    }

    /// The last line.
    pub fn close(mut self, tally: &Tally, outcome: crate::campaign::record::Outcome, fault: Option<String>) -> anyhow::Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let mut value = serde_json::to_value(tally)?;
        value["outcome"] = serde_json::to_value(outcome)?;
        value["fault"] = json!(fault);
        self.line("footer", value)
    }
}
