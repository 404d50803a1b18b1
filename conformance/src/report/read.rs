//! Reads a report file, and refuses one that does not say all of a run.

use crate::campaign::record::{Batch, Case, FORMAT, Failure, Footer, Header, Outcome, Record};
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::path::Path;

/// A run from its first line to its last.
#[derive(Clone, Debug)]
pub struct Report {
    pub header: Header,
    pub batches: Vec<Batch>,
    pub cases: Vec<Case>,
    pub failures: Vec<Failure>,
    pub footer: Footer,
}

/// The part of the first line that every format has.
#[derive(Deserialize)]
struct First {
    record: String,
    format: Option<u32>,
}

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, or is no whole report; the message says where and why.
pub fn file(path: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

/// Reads the text of a file.
///
/// # Errors
/// A line that is no record or is out of place, a missing footer, counts that are not those of the lines.
pub fn parse(text: &str) -> anyhow::Result<Report> {
    let mut lines = text.split_inclusive('\n').enumerate().map(|(index, line)| (index + 1, line)).peekable();
    let header = header(lines.next().map(|(_, line)| line))?;
    let (mut batches, mut cases, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = 1;
    while let Some((number, line)) = lines.next() {
        last = number;
        match record(number, line)? {
            Record::Header(_) => bail!("line {number}: a second header; a file holds one run"),
            Record::Batch(batch) => batches.push(batch),
            Record::Case(case) => cases.push(case),
            Record::Failure(failure) => failures.push(*failure),
            Record::Footer(footer) => {
                ensure!(lines.peek().is_none(), "line {}: there is more after the footer", number + 1);
                let report = Report { header, batches, cases, failures, footer };
                return report.sound().map(|()| report).with_context(|| format!("line {number}: the footer contradicts the lines before it"));
            }
        }
    }
    bail!("no footer after line {last}: the run was cut off, and has no verdict")
}

fn header(line: Option<&str>) -> anyhow::Result<Header> {
    let line = line.filter(|line| !line.trim().is_empty()).context("the file is empty: no run has written it")?;
    let first: First = serde_json::from_str(line).context("line 1: no header of a report")?;
    ensure!(first.record == "header", "line 1: a report begins with its header, not with a {}", first.record);
    let format = first.format.context("line 1: the header names no format")?;
    ensure!(format == FORMAT, "line 1: this is format {format}, and this suite reads format {FORMAT}");
    match record(1, line)? {
        Record::Header(header) => Ok(header),
        _ => bail!("line 1: a report begins with its header"),
    }
}

fn record(number: usize, line: &str) -> anyhow::Result<Record> {
    ensure!(line.ends_with('\n'), "line {number}: the line is cut off, and so was the run; it has no verdict");
    serde_json::from_str(line).with_context(|| format!("line {number}: no line of a report"))
}

impl Report {
    /// Whether the counts are those of the lines, and agree with each other and with the outcome.
    fn sound(&self) -> anyhow::Result<()> {
        let Report { header, batches, cases, failures, footer } = self;
        let lines = batches.iter().map(|batch| batch.ran).sum::<u64>() + cases.len() as u64;
        ensure!(lines == footer.ran, "it counts {} that ran, and they are {lines}", footer.ran);
        ensure!(failures.len() as u64 == footer.failures, "it counts {} failures, and they are {}", footer.failures, failures.len());
        let mut numbers: Vec<u64> = failures.iter().map(|failure| failure.number).collect();
        numbers.sort_unstable();
        ensure!(numbers.iter().copied().eq(1..=footer.failures), "the failures are not numbered from 1 to {}", footer.failures);
        let missing = cases.iter().filter_map(|case| case.failure).find(|number| !numbers.contains(number));
        ensure!(missing.is_none(), "a case points at failure {}, which is missing", missing.unwrap_or_default());
        let known = failures.iter().filter(|failure| failure.known.is_some()).count() as u64;
        ensure!(known == footer.known_failures, "it counts {} known failures, and they are {known}", footer.known_failures);
        let sums = |planned, ran, passed, failed, known, skipped| passed + failed + known == ran && ran + skipped == planned;
        ensure!(sums(footer.planned, footer.ran, footer.passed, footer.failed, footer.known, footer.skipped), "its counts do not add up");
        let names: Vec<&String> = header.targets.iter().map(|target| &target.name).collect();
        let same = names.len() == footer.targets.len() && names.iter().all(|name| footer.targets.contains_key(*name));
        ensure!(same, "its targets are not those of the header");
        for (name, counts) in &footer.targets {
            let fits = sums(counts.planned, counts.ran, counts.passed, counts.failed, counts.known, counts.skipped) && counts.ran == footer.ran;
            ensure!(fits, "its counts of {name} do not add up");
        }
        ensure!(Outcome::of(footer) == footer.outcome, "its outcome does not follow from its counts");
        Ok(())
    }
}
