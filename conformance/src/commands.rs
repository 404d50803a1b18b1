//! The commands of the command line; each returns its exit code.

pub mod controls;
pub mod list;
pub mod replay;
pub mod report;
pub mod run;
pub mod storm;
pub mod story;

use crate::campaign::header::{self, Asked};
use crate::campaign::ledger::Ledger;
use crate::campaign::record::{Footer, Header, Outcome};
use crate::campaign::stage::Stage;
use crate::divergences::{self, List};
use crate::targets;
use anyhow::ensure;
use std::path::PathBuf;

/// Exit code for arguments that make no sense.
pub const USAGE: u8 = 64;

/// Which targets, and what is wanted of every run.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Empty: all of the file.
    pub names: Vec<String>,
    /// None: `conformance/targets.toml`.
    pub file: Option<PathBuf>,
    pub report: Option<PathBuf>,
    /// Whether the model speaks.
    pub model: bool,
}

impl Choice {
    fn path(&self) -> PathBuf {
        self.file.clone().unwrap_or_else(targets::file)
    }

    /// The list of known divergences, and how many targets the file has.
    fn known(&self) -> anyhow::Result<(List, usize)> {
        let all: Vec<String> = targets::all(&self.path())?.into_iter().map(|target| target.name).collect();
        Ok((divergences::read::beside(&self.path(), &all)?, all.len()))
    }

    /// What was chosen, as further arguments of a command; each begins with a space.
    fn again(&self) -> String {
        let names = if self.names.is_empty() { String::new() } else { format!(" --targets {}", self.names.join(",")) };
        let model = if self.model { "" } else { " --without-model" };
        let file = self.file.clone().or_else(|| std::env::var_os("CONFORMANCE_TARGETS_FILE").map(PathBuf::from));
        let file = file.map(|file| format!(" --targets-file {}", file.display())).unwrap_or_default();
        format!("{names}{file}{model}")
    }

    /// What makes no sense in the choice.
    fn stranger(&self) -> anyhow::Result<Option<String>> {
        let all = targets::read_file(&self.path())?;
        let stranger = self.names.iter().find(|name| !all.iter().any(|target| target.name == **name));
        let known: Vec<&str> = all.iter().map(|target| target.name.as_str()).collect();
        Ok(stranger.map(|name| format!("--targets names \"{name}\", and there is no such target; there are {}", known.join(", "))))
    }

    /// The exit code of a command that is not worth beginning, with what it says: a target that is not there, or nothing to play.
    fn refused(&self, nothing: bool) -> Option<u8> {
        match self.stranger() {
            Err(error) => Some(not_begun(&error)),
            Ok(Some(stranger)) => {
                eprintln!("conformance: {stranger}");
                Some(USAGE)
            }
            Ok(None) if nothing => {
                eprintln!("conformance: nothing is to be played, and running nothing is not passing");
                Some(Outcome::Nothing.code())
            }
            Ok(None) => None,
        }
    }

    /// The chosen targets.
    fn targets(&self) -> anyhow::Result<Vec<targets::Target>> {
        let mut all = targets::read_file(&self.path())?;
        all.retain(|target| self.names.is_empty() || self.names.contains(&target.name));
        ensure!(!all.is_empty(), "there are no targets");
        Ok(all)
    }
}

async fn header(stage: &Stage<'_>, asked: Asked) -> anyhow::Result<Header> {
    header::header(&stage.subjects(), stage.bases().first().copied(), &stage.world.provider, asked).await
}

/// Ends a run: the report's footer, the last lines, the exit code.
fn conclude(mut ledger: Ledger, planned: u64, fault: Option<anyhow::Error>, list: Vec<String>, what: &str) -> u8 {
    let fault = fault.map(|error| format!("{error:#}"));
    if let Some(fault) = &fault {
        eprintln!("conformance: the suite could not go on, which is no verdict on any target: {fault}");
    }
    for complaint in &list {
        eprintln!("conformance: the list of known divergences does not hold: {complaint}");
    }
    match ledger.close(planned, fault, list) {
        Ok(footer) => {
            println!("{}", summary(&footer, what));
            footer.outcome.code()
        }
        Err(error) => {
            eprintln!("conformance: the report cannot be written: {error:#}");
            Outcome::Harness.code()
        }
    }
}

fn summary(footer: &Footer, what: &str) -> String {
    let Footer { planned, ran, passed, failed, known, skipped, unsure, failures, steps, requests, ms, memory_bytes, .. } = footer;
    let seconds = *ms as f64 / 1000.0;
    let rate = *ran as f64 / seconds.max(0.001);
    let mut lines = vec![format!(
        "conformance: {planned} {what} planned, {ran} ran, {passed} passed ({unsure} of them with answers that the model does not know), {failed} failed, {known} known to differ, {skipped} skipped"
    )];
    for (name, counts) in &footer.targets {
        lines.push(format!(
            "  {name}: {} planned, {} ran, {} passed, {} failed, {} known to differ, {} skipped",
            counts.planned, counts.ran, counts.passed, counts.failed, counts.known, counts.skipped
        ));
    }
    lines.push(format!("  {steps} steps, {requests} requests in {seconds:.1} s: {rate:.1} {what}/s; at most {} MiB", memory_bytes / 1024 / 1024));
    lines.push(match footer.outcome {
        Outcome::Agree if *known > 0 => "conformance: all targets agree but for known divergences".to_owned(),
        Outcome::Agree => "conformance: all targets agree".to_owned(),
        Outcome::Differ => format!("conformance: there are differences, {} are told above", failures - footer.known_failures),
        Outcome::Harness if footer.fault.is_none() => "conformance: not passed, the list of known divergences has to be mended".to_owned(),
        Outcome::Harness => "conformance: no verdict".to_owned(),
        Outcome::Nothing => "conformance: nothing ran, and that is not passing".to_owned(),
    });
    lines.join("\n")
}

/// Says that nothing could begin.
fn not_begun(error: &anyhow::Error) -> u8 {
    eprintln!("conformance: the suite could not begin: {error:#}");
    Outcome::Harness.code()
}

/// The runtime of a command: one thread, since the cores are the targets', and nothing has to be handed to another one.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
