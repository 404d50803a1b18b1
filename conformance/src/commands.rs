//! The commands of the command line; each returns its exit code.

pub mod controls;
pub mod list;
pub mod replay;
pub mod report;
pub mod run;
pub mod storm;
pub mod story;

use crate::campaign::ledger::Ledger;
use crate::campaign::record::{FORMAT, Fleet, Footer, Header, Outcome, Target};
use crate::campaign::stage::{Lane, Stage, Watch};
use crate::routes::Variant;
use crate::runner::round::Look;
use crate::sequence::{Mode, StoreKind, read};
use crate::subject::Subject;
use crate::targets;
use crate::world::World;
use anyhow::{Context, ensure};
use mysql_async::prelude::Queryable;
use std::collections::BTreeMap;
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
    /// The chosen targets.
    fn targets(&self) -> anyhow::Result<Vec<targets::Target>> {
        let mut all = match &self.file {
            Some(file) => targets::read_file(file)?,
            None => targets::read()?,
        };
        if let Some(stranger) = self.names.iter().find(|name| !all.iter().any(|target| target.name == **name)) {
            anyhow::bail!("--targets names {stranger}, and there is no such target");
        }
        all.retain(|target| self.names.is_empty() || self.names.contains(&target.name));
        ensure!(!all.is_empty(), "there are no targets");
        Ok(all)
    }
}

/// Starts everything that is played on, and lets every script be loaded before commands are counted.
async fn stage<'w>(world: &'w World, fleet: Fleet, model: bool) -> anyhow::Result<Stage<'w>> {
    let mut stage = Stage::new(world, fleet, false).await?;
    warm_up(&stage).await?;
    stage.model = model;
    Ok(stage)
}

/// Plays what needs every script, on every route and on every target of a fleet.
async fn warm_up(stage: &Stage<'_>) -> anyhow::Result<()> {
    let steps = "{\"put\": {\"key\": 0, \"body\": {\"json\": {}}}}, {\"expire\": 0}, {\"get\": {\"key\": 0}}, {\"delete\": {\"key\": 0}}, {\"drain\": {}}";
    let steps = vec![steps; stage.subjects().len()].join(", ");
    let sequence = read::parse(&format!("{{\"why\": \"Warms up.\", \"steps\": [{steps}]}}"))?;
    for mode in [Mode::WriteThrough, Mode::Off, Mode::WriteBehind] {
        for store in [StoreKind::Mysql, StoreKind::Mongodb] {
            let warmed = stage.play(&mut Lane::default(), &sequence, Variant { mode, store }, Look::Thrifty, None, &mut Nobody).await;
            // A difference will be found again by those whose task it is.
            if let Err(crate::runner::Failure::Harness(error)) = warmed {
                return Err(error.context("the first requests"));
            }
        }
    }
    Ok(())
}

struct Nobody;

impl Watch for Nobody {
    fn step(&mut self, _: &crate::runner::round::Round, _: usize, _: bool) {}
}

/// The header of a run's report.
async fn header(stage: &Stage<'_>, command: String, seed: Option<u64>, fleet: Fleet, planned: Option<u64>) -> anyhow::Result<Header> {
    let mut targets = Vec::new();
    for subject in stage.subjects() {
        let (_, stats) = subject.status("/_stats").await.with_context(|| format!("target {}", subject.name))?;
        let word = |name: &str| stats[name].as_str().unwrap_or("unknown").to_owned();
        targets.push(Target { name: subject.name.clone(), implementation: word("implementation"), version: word("version") });
    }
    let stores = match stage.bases().first() {
        Some(subject) => versions(subject).await?,
        None => BTreeMap::new(),
    };
    let started = mongodb::bson::DateTime::now().try_to_rfc3339_string()?;
    let (suite, provider) = (env!("CARGO_PKG_VERSION").to_owned(), stage.world.provider.clone());
    Ok(Header { format: FORMAT, suite, started, command, seed, fleet, targets, provider, stores, planned })
}

async fn versions(subject: &Subject) -> anyhow::Result<BTreeMap<String, String>> {
    let info: String = subject.redis.ask(redis::cmd("INFO").arg("server")).await?;
    let redis = info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("unknown").to_owned();
    let mysql: Option<String> = subject.mysql.get_conn().await?.query_first("SELECT VERSION()").await?;
    let built = subject.mongo.run_command(mongodb::bson::doc! {"buildInfo": 1}).await?;
    let mongodb = built.get_str("version").unwrap_or("unknown").to_owned();
    Ok(BTreeMap::from([("redis".to_owned(), redis), ("mysql".to_owned(), mysql.unwrap_or_default()), ("mongodb".to_owned(), mongodb)]))
}

/// Ends a run: the report's footer, the last lines, the exit code.
fn conclude(ledger: Ledger, planned: u64, fault: Option<anyhow::Error>, what: &str) -> u8 {
    let fault = fault.map(|error| format!("{error:#}"));
    if let Some(fault) = &fault {
        eprintln!("conformance: the suite could not go on, which is no verdict on any target: {fault}");
    }
    match ledger.close(planned, fault) {
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
    let Footer { planned, ran, passed, failed, skipped, unsure, failures, steps, requests, ms, memory_bytes, .. } = footer;
    let seconds = *ms as f64 / 1000.0;
    let rate = *ran as f64 / seconds.max(0.001);
    let mut lines = vec![format!(
        "conformance: {planned} {what} planned, {ran} ran, {passed} passed ({unsure} of them with answers that the model does not know), {failed} failed, {skipped} skipped"
    )];
    for (name, counts) in &footer.targets {
        lines.push(format!(
            "  {name}: {} planned, {} ran, {} passed, {} failed, {} skipped",
            counts.planned, counts.ran, counts.passed, counts.failed, counts.skipped
        ));
    }
    lines.push(format!("  {steps} steps, {requests} requests in {seconds:.1} s: {rate:.1} {what}/s; at most {} MiB", memory_bytes / 1024 / 1024));
    lines.push(match footer.outcome {
        Outcome::Agree => "conformance: all targets agree".to_owned(),
        Outcome::Differ => format!("conformance: there are differences, {failures} are told above"),
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
