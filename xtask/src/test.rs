//! Runs every test there is, one step after another, and says what came of each.

pub mod counts;
mod steps;

use crate::process::{self, Service};
use crate::progress::seconds;
use crate::{interrupt, progress, setup};
use anyhow::{Context, bail, ensure};
use counts::Counts;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use steps::Step;

/// How much of a failed step's output is shown; the rest is in its log.
const SHOWN_LINES: usize = 60;

/// A step that has run.
struct Outcome {
    name: &'static str,
    passed: bool,
    time: Duration,
    counts: Counts,
}

/// Prints the names of the steps with what each does.
pub fn list() -> anyhow::Result<()> {
    for step in steps::all() {
        println!("{:12} {}", step.name, step.text);
    }
    Ok(())
}

/// Sets up and runs the steps of these names, or all; an error if any failed.
pub fn run(names: &[String]) -> anyhow::Result<()> {
    let steps = selected(names)?;
    let started = Instant::now();
    setup::run(false)?;
    let outcomes = steps.into_iter().map(play).collect::<anyhow::Result<Vec<Outcome>>>()?;
    summary(&outcomes, started.elapsed());
    let failed: Vec<&str> = outcomes.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.name).collect();
    if !failed.is_empty() {
        bail!("failed: {}; their logs are in {}", failed.join(", "), logs().display());
    }
    Ok(())
}

fn selected(names: &[String]) -> anyhow::Result<Vec<Step>> {
    let all = steps::all();
    for name in names {
        let known = all.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
        ensure!(all.iter().any(|step| step.name == name), "there is no step {name}; known are {known}");
    }
    Ok(all.into_iter().filter(|step| names.is_empty() || names.iter().any(|name| step.name == name)).collect())
}

fn logs() -> PathBuf {
    crate::root().join(".local/test")
}

/// Runs one step to its end. That it fails is an outcome; an error is that it cannot be told, or that the end was asked for.
fn play(mut step: Step) -> anyhow::Result<Outcome> {
    let log = logs().join(format!("{}.log", step.name));
    let started = Instant::now();
    let result = progress::during(step.name, || succeed(&mut step, &log));
    interrupt::check()?;
    let text = std::fs::read(&log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let closing = counts::closing_lines(&text);
    match &result {
        Ok(()) => closing.iter().for_each(|line| println!("    {line}")),
        Err(error) => println!("{}: {error:#}\n{}", step.name, process::tail(&log, SHOWN_LINES)),
    }
    let counts = closing.iter().filter_map(|line| Counts::read(line)).sum();
    Ok(Outcome { name: step.name, passed: result.is_ok(), time: started.elapsed(), counts })
}

fn succeed(step: &mut Step, log: &Path) -> anyhow::Result<()> {
    // Whatever the shell asks for, a failed assertion needs no stack.
    let command = step.command.env("RUST_BACKTRACE", "0");
    let status = Service::start(step.name, command, log)?.finish(step.limit)?;
    ensure!(status.success(), "{}; see {}", process::ended(status), log.display());
    let text = std::fs::read_to_string(log).context("the log cannot be read")?;
    let ran = !step.counts || counts::closing_lines(&text).iter().filter_map(|line| Counts::read(line)).sum::<Counts>().passed > 0;
    ensure!(ran, "it ended well but ran no test; see {}", log.display());
    Ok(())
}

fn summary(outcomes: &[Outcome], time: Duration) {
    println!("\n{:12} {:8} {:>12} {:>8} {:>8} {:>8}", "step", "result", "time", "passed", "failed", "skipped");
    for Outcome { name, passed, time, counts } in outcomes {
        let result = if *passed { "ok" } else { "FAILED" };
        println!("{name:12} {result:8} {:>12} {:>8} {:>8} {:>8}", seconds(*time), counts.passed, counts.failed, counts.skipped);
    }
    let all: Counts = outcomes.iter().map(|outcome| outcome.counts).sum();
    println!("{:12} {:8} {:>12}", "all", "", seconds(time));
    // A line that readers of test output look for, whatever the language.
    println!("\n{} passed, {} failed, {} skipped", all.passed, all.failed, all.skipped);
}
