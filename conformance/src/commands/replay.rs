//! The command `replay`: case files, saved failures or others, on all targets.

use super::Choice;
use crate::campaign::beside::Beside;
use crate::campaign::failures::{self, Fate};
use crate::campaign::ledger::Ledger;
use crate::campaign::record::{Case, Failure, Fleet, Origin, Route, Verdict};
use crate::campaign::stage::{Lane, Stage};
use crate::campaign::warm;
use crate::checker::finding::Finding;
use crate::divergences::judge::Run;
use crate::divergences::{List, SEQUENCES};
use crate::routes::Variant;
use crate::runner::round::Look;
use crate::sequence::{Sequence, read};
use crate::shrink::Budget;
use crate::targets::root;
use crate::world::{Paths, World};
use anyhow::Context;
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
    if let Some(code) = asked.choice.refused(asked.times == 0) {
        return code;
    }
    match super::runtime().and_then(|runtime| runtime.block_on(all(asked))) {
        Ok(code) => code,
        Err(error) => super::not_begun(&error),
    }
}

async fn all(asked: &Asked) -> anyhow::Result<u8> {
    let plays = plays(asked)?;
    let (known, all) = asked.choice.known()?;
    let world = World::start_with(asked.choice.targets()?, Paths::Relayed).await?;
    let stage = warm::ready(&world, Fleet::Separate, asked.choice.model).await?;
    let names: Vec<String> = asked.files.iter().map(|file| file.display().to_string()).collect();
    let planned = plays.len() as u64 * asked.times;
    let header = super::header(
        &stage,
        super::Asked { command: format!("replay {}{}", names.join(" "), asked.choice.again()), seed: None, fleet: Fleet::Separate, planned: Some(planned) },
    )
    .await?;
    let mut ledger = Ledger::open(asked.choice.report.as_deref(), header)?;
    let mut fault = None;
    for play in &plays {
        for _ in 0..asked.times {
            if fault.is_none() {
                fault = one(&stage, play, &known, &mut ledger).await.err();
            }
        }
    }
    let complaints = if fault.is_none() { complaints(&stage, &plays, &known, all) } else { Vec::new() };
    let code = super::conclude(ledger, planned, fault, complaints, "plays");
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
    Ok(plays)
}

/// Plays a file once, and tells what every target did if something is wrong.
async fn one(stage: &Stage<'_>, play: &Play, known: &List, ledger: &mut Ledger) -> anyhow::Result<()> {
    let Play { name, sequence, variant } = play;
    let began = Instant::now();
    let mut beside = Beside::default();
    let finding = failures::play(stage, &mut Lane::default(), sequence, *variant, Look::Whole, &mut beside).await?;
    let route = Route { mode: variant.mode, store: variant.store, profile: sequence.profile };
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let unsure = beside.unsure;
    let line = finding.map(|finding| told(stage, play, finding, known, beside, ledger.next_failure())).transpose()?;
    let (word, targets) = match &line {
        Some(line) => (if line.known.is_some() { "differs, as is known" } else { "differs" }, line.targets.clone()),
        None => ("all agree", stage.subjects().into_iter().map(|subject| (subject.name.clone(), Verdict::Passed)).collect()),
    };
    println!("{name} ({}): {word}", crate::golden::label(*variant));
    let failure = line.as_ref().map(|line| line.number);
    let case = Case { name: name.clone(), route: Some(route), clauses: sequence.clauses.clone(), targets, ms, failure };
    if let Some(line) = line {
        println!("{}", failures::told(&line));
        ledger.failure(line)?;
    }
    ledger.case(case, unsure)
}

fn told(stage: &Stage<'_>, play: &Play, finding: Finding, known: &List, beside: Beside, number: u64) -> anyhow::Result<Failure> {
    let fate = Fate { origin: Origin::Case(play.name.clone()), variant: play.variant, folder: PathBuf::new(), again: String::new(), budget: Budget::default() };
    let known = known.covers(&finding, &place(&play.name));
    let line = failures::line(stage, &play.sequence, finding, &fate)?;
    let line = Failure { number, side_by_side: beside.text, curl: beside.script.text(), ..line };
    Ok(match known {
        Some(known) => failures::known(line, known),
        None => line,
    })
}

/// What the list of known divergences calls a file: a case by its name, any other a sequence.
fn place(file: &str) -> String {
    let path = std::path::absolute(file).unwrap_or_default().with_extension("");
    path.strip_prefix(root().join("conformance/cases")).map_or(SEQUENCES.to_owned(), |name| name.display().to_string())
}

/// What the files that were played say of the list.
fn complaints(stage: &Stage<'_>, plays: &[Play], known: &List, all: usize) -> Vec<String> {
    let targets: Vec<String> = stage.subjects().iter().map(|subject| subject.name.clone()).collect();
    for index in known.in_scope(Run { targets: &targets, all, model: stage.model }) {
        let entry = &known.entries[index];
        let file = |example: &PathBuf| plays.iter().any(|play| std::path::absolute(&play.name).is_ok_and(|path| path == root().join(example)));
        let played = entry.example.as_ref().map_or_else(|| plays.iter().any(|play| place(&play.name) == entry.place), file);
        if played {
            known.reach(index);
        }
    }
    known.complaints()
}
