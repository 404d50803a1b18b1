//! Counts what ran, and writes the report file as the run goes on.

use super::record::{Batch, Case, Counts, Failure, Footer, Header, Outcome, Record, Verdict};
use crate::coverage;
use crate::driver::Played;
use crate::generated::contract::media;
use anyhow::Context;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Sequences that make a line.
const BATCH: u64 = 100;
const BATCH_AT_MOST: Duration = Duration::from_secs(10);

/// The counts of a run, and its file if there is one.
#[derive(Debug)]
pub struct Ledger {
    file: Option<BufWriter<File>>,
    began: Instant,
    pub footer: Footer,
    batch: Batch,
    batch_began: Instant,
}

/// What one sequence came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Came {
    Passed {
        unsure: bool,
    },
    Failed,
    /// It failed in a way that is known.
    Known,
}

impl Ledger {
    /// Opens the report file, if one is wanted, and writes the header.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(path: Option<&Path>, header: Header) -> anyhow::Result<Ledger> {
        let file = path.map(|path| File::create(path).with_context(|| format!("{} cannot be written", path.display()))).transpose()?;
        let footer = Footer {
            outcome: Outcome::Nothing,
            planned: header.planned.unwrap_or_default(),
            ran: 0,
            passed: 0,
            failed: 0,
            known: 0,
            skipped: 0,
            unsure: 0,
            targets: header.targets.iter().map(|target| (target.name.clone(), Counts::default())).collect(),
            failures: 0,
            known_failures: 0,
            steps: 0,
            requests: 0,
            ms: 0,
            kinds: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            unknown: BTreeMap::new(),
            fault: None,
            list: Vec::new(),
            memory_bytes: 0,
        };
        let now = Instant::now();
        let mut ledger = Ledger { file: file.map(BufWriter::new), began: now, footer, batch: Batch::default(), batch_began: now };
        ledger.write(&Record::Header(header))?;
        Ok(ledger)
    }

    fn write(&mut self, record: &Record) -> anyhow::Result<()> {
        if let Some(file) = &mut self.file {
            serde_json::to_writer(&mut *file, record)?;
            file.write_all(b"\n")?;
            file.flush()?;
        }
        Ok(())
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Notes a step that was played on all targets.
    pub fn step(&mut self, kind: &str, played: &[Played], unknown: Option<&str>) {
        *self.footer.kinds.entry(kind.to_owned()).or_default() += 1;
        if let Some(why) = unknown {
            *self.footer.unknown.entry(why.to_owned()).or_default() += 1;
        }
        self.footer.steps += 1;
        self.batch.steps += 1;
        let requests: usize = played.iter().map(|played| played.answers.len()).sum();
        self.footer.requests += requests as u64;
        self.batch.requests += requests as u64;
        let Some(first) = played.first() else { return };
        for (sent, answer) in first.sent.iter().zip(&first.answers) {
            let problem = answer.header("content-type") == Some(media::PROBLEM);
            let outcome = if problem { answer.outcome() } else { answer.status.to_string() };
            *self.footer.outcomes.entry(format!("{} {outcome}", coverage::operation(sent))).or_default() += 1;
        }
    }

    /// Notes a sequence that ended.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn ended(&mut self, number: u64, came: Came, failed: &[String]) -> anyhow::Result<()> {
        if self.batch.ran == 0 {
            (self.batch.first, self.batch.last) = (number, number);
        }
        (self.batch.first, self.batch.last) = (self.batch.first.min(number), self.batch.last.max(number));
        self.batch.ran += 1;
        match came {
            Came::Passed { unsure } => {
                self.batch.passed += 1;
                self.batch.unsure += u64::from(unsure);
                self.footer.unsure += u64::from(unsure);
            }
            Came::Failed => self.batch.failed += 1,
            Came::Known => self.batch.known += 1,
        }
        let verdict = match came {
            Came::Passed { .. } => Verdict::Passed,
            Came::Failed => Verdict::Failed,
            Came::Known => Verdict::Known,
        };
        self.count(verdict, failed);
        if self.batch.ran >= BATCH || self.batch_began.elapsed() >= BATCH_AT_MOST { self.settle() } else { Ok(()) }
    }

    /// Something ran and came to this: on these targets, on all if none is named; the others have passed.
    fn count(&mut self, came: Verdict, on: &[String]) {
        let Footer { ran, passed, failed, known, targets, .. } = &mut self.footer;
        *ran += 1;
        *[passed, failed, known][place(came)] += 1;
        for (name, Counts { ran, passed, failed, known, .. }) in targets {
            let own = if on.is_empty() || on.contains(name) { came } else { Verdict::Passed };
            *ran += 1;
            *[passed, failed, known][place(own)] += 1;
        }
    }

    fn settle(&mut self) -> anyhow::Result<()> {
        if self.batch.ran == 0 {
            return Ok(());
        }
        self.batch.ms = milliseconds(self.batch_began.elapsed());
        self.batch_began = Instant::now();
        let batch = std::mem::take(&mut self.batch);
        self.write(&Record::Batch(batch))
    }

    /// Notes a case that ended.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn case(&mut self, case: Case, unsure: bool) -> anyhow::Result<()> {
        let has = |verdict: Verdict| case.targets.values().any(|found| *found == verdict);
        let came = [Verdict::Failed, Verdict::Known].into_iter().find(|verdict| has(*verdict)).unwrap_or(Verdict::Passed);
        let wrong: Vec<String> = case.targets.iter().filter(|(_, verdict)| **verdict == came).map(|(name, _)| name.clone()).collect();
        self.count(came, &wrong);
        self.footer.unsure += u64::from(unsure && came == Verdict::Passed);
        self.write(&Record::Case(case))
    }

    /// The number of the next failure.
    pub fn next_failure(&self) -> u64 {
        self.footer.failures + 1
    }

    /// Writes a failure down.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn failure(&mut self, failure: Failure) -> anyhow::Result<()> {
        self.footer.failures += 1;
        self.footer.known_failures += u64::from(failure.known.is_some());
        self.write(&Record::Failure(Box::new(failure)))
    }

    /// Writes the footer; `planned` is what should have run, `list` what is wrong with the list of known divergences.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn close(&mut self, planned: u64, fault: Option<String>, list: Vec<String>) -> anyhow::Result<Footer> {
        self.settle()?;
        let footer = &mut self.footer;
        footer.planned = planned.max(footer.ran);
        footer.skipped = footer.planned - footer.ran;
        for counts in footer.targets.values_mut() {
            (counts.planned, counts.skipped) = (footer.planned, footer.skipped);
        }
        (footer.fault, footer.list) = (fault, list);
        footer.outcome = Outcome::of(footer);
        footer.ms = milliseconds(self.began.elapsed());
        footer.memory_bytes = peak_memory_bytes();
        let footer = self.footer.clone();
        self.write(&Record::Footer(footer.clone()))?;
        Ok(footer)
    }
}

/// Where the count of a verdict stands among passed, failed, known.
fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Passed | Verdict::Skipped => 0,
        Verdict::Failed => 1,
        Verdict::Known => 2,
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// The most memory that this process has had, as Linux counts it; 0 elsewhere.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() * 1024
}
