//! The command `replay`: case files, saved failures or others, on all targets.

use super::Choice;
use crate::campaign::beside::Beside;
use crate::campaign::failures::{self, Fate};
use crate::campaign::ledger::Ledger;
use crate::campaign::record::{Case, Failure, Fleet, Origin, Route, Verdict};
use crate::campaign::stage::{Lane, Stage};
use crate::checker::finding::Finding;
use crate::routes::Variant;
use crate::runner::round::Look;
use crate::sequence::{Sequence, read};
use crate::shrink::Budget;
use crate::world::{Paths, World};
use anyhow::{Context, ensure};
use std::path::PathBuf;
use std::time::Instant;

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub files: Vec<PathBuf>,
    pub times: u64,
    pub choice: Choice,
}

/// A file on one route.
struct Play {
    name: String,
    sequence: Sequence,
    variant: Variant,
}

/// Plays the files; the exit code.
pub fn replay(asked: &Asked) -> u8 {
    match super::runtime().and_then(|runtime| runtime.block_on(all(asked))) {
        Ok(code) => code,
        Err(error) => super::not_begun(&error),
    }
}

async fn all(asked: &Asked) -> anyhow::Result<u8> {
    let plays = plays(asked)?;
    let world = World::start_with(asked.choice.targets()?, Paths::Relayed).await?;
    let stage = super::stage(&world, Fleet::Separate, asked.choice.model).await?;
    let names: Vec<String> = asked.files.iter().map(|file| file.display().to_string()).collect();
    let planned = plays.len() as u64 * asked.times;
    let header = super::header(&stage, format!("replay {}", names.join(" ")), None, Fleet::Separate, Some(planned)).await?;
    let mut ledger = Ledger::open(asked.choice.report.as_deref(), header)?;
    let mut fault = None;
    for play in &plays {
        for _ in 0..asked.times {
            if fault.is_none() {
                fault = one(&stage, play, &mut ledger).await.err();
            }
        }
    }
    let code = super::conclude(ledger, planned, fault, "plays");
    drop(stage);
    if code == 0 {
        world.clean();
    }
    Ok(code)
}

fn plays(asked: &Asked) -> anyhow::Result<Vec<Play>> {
    let mut plays = Vec::new();
    for file in &asked.files {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let sequence = read::parse(&text).with_context(|| file.display().to_string())?;
        for mode in &sequence.modes {
            for store in &sequence.stores {
                plays.push(Play { name: file.display().to_string(), sequence: sequence.clone(), variant: Variant { mode: *mode, store: *store } });
            }
        }
    }
    ensure!(asked.times > 0 && !plays.is_empty(), "there is nothing to play");
    Ok(plays)
}

/// Plays a file once, and tells what every target did if something is wrong.
async fn one(stage: &Stage<'_>, play: &Play, ledger: &mut Ledger) -> anyhow::Result<()> {
    let Play { name, sequence, variant } = play;
    let began = Instant::now();
    let mut beside = Beside::default();
    let finding = failures::play(stage, &mut Lane::default(), sequence, *variant, Look::Whole, &mut beside).await?;
    let route = Route { mode: variant.mode, store: variant.store, profile: sequence.profile };
    let targets = match &finding {
        Some(finding) => failures::verdicts(stage, finding),
        None => stage.subjects().into_iter().map(|subject| (subject.name.clone(), Verdict::Passed)).collect(),
    };
    println!("{name} ({}): {}", crate::golden::label(*variant), if finding.is_some() { "differs" } else { "all agree" });
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let unsure = beside.unsure;
    let failure = finding.as_ref().map(|_| ledger.next_failure());
    let case = Case { name: name.clone(), route: Some(route), clauses: sequence.clauses.clone(), targets, ms, failure };
    if let Some(finding) = finding {
        ledger.failure(told(stage, play, finding, beside, ledger.next_failure())?)?;
    }
    ledger.case(case, unsure)
}

fn told(stage: &Stage<'_>, play: &Play, finding: Finding, beside: Beside, number: u64) -> anyhow::Result<Failure> {
    let fate = Fate { origin: Origin::Case(play.name.clone()), variant: play.variant, folder: PathBuf::new(), budget: Budget::default() };
    let line = failures::line(stage, &play.sequence, finding, &fate)?;
    let failure = Failure { number, side_by_side: beside.text, curl: beside.script.text(), ..line };
    println!("{}", failures::told(&failure));
    Ok(failure)
}
