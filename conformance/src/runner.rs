//! Plays one case on one route of all targets, comparing after every step.

use crate::checker::names::Names;
use crate::checker::{self, Face, forms, wanted};
use crate::coverage;
use crate::driver::{Driver, Played, faults};
use crate::golden::{Sections, label};
use crate::routes::{Variant, prefix};
use crate::sequence::read::Case;
use crate::sequence::{Action, Compare, Step};
use crate::state::{self, Rows, State, whole};
use crate::subject::Subject;
use crate::transcript::Transcript;
use crate::world::World;
use anyhow::Context;
use futures_util::future::{join_all, try_join_all};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A sequence that takes longer is stuck.
const AT_MOST: Duration = Duration::from_secs(120);

/// Why a sequence failed.
#[derive(Debug)]
pub enum Failure {
    /// The targets, or one of them, are wrong.
    Differs(String),
    /// The suite itself could not do its part.
    Harness(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Harness(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Differs(verdict) => out.write_str(verdict),
            Failure::Harness(error) => write!(out, "not a verdict, the suite could not go on: {error:#}"),
        }
    }
}

/// Plays a case; the sections of its transcript if all targets agree.
pub async fn run(world: &World, case: &Case, variant: Variant) -> Result<Sections, Failure> {
    let collection = collection(world, case, variant);
    whole::announce(&collection);
    let played = tokio::time::timeout(AT_MOST, play(world, case, variant, &collection)).await;
    if case.sequence.runs_alone() {
        try_join_all(world.subjects.iter().map(|subject| faults::heal_all(subject, &collection))).await?;
    }
    let sections = played.context("the sequence takes too long")??;
    for strays in try_join_all(world.subjects.iter().map(whole::strays)).await?.iter().zip(&world.subjects) {
        if let (Some(first), subject) = (strays.0.first(), strays.1) {
            return Err(Failure::Differs(format!("after the sequence, outside its collection: {} has {first}", subject.name)));
        }
    }
    Ok(sections)
}

/// A name that is fresh in this run and the same in every run, since ids of keyed POSTs and the order of lists depend on it.
fn collection(world: &World, case: &Case, variant: Variant) -> String {
    let salt = if world.keeps_state() { std::process::id().to_string() } else { String::new() };
    let digest = Sha256::digest(format!("{}{salt}", case.name).as_bytes());
    format!("{}{}", prefix(variant, case.sequence.profile), &crate::canonical::hex(&digest)[..8])
}

/// Everything that is remembered of one target from step to step.
struct Side<'a> {
    driver: Driver<'a>,
    names: Names,
    before: State,
}

async fn play(world: &World, case: &Case, variant: Variant, collection: &str) -> Result<Sections, Failure> {
    let new = |subject| async move { Ok::<_, anyhow::Error>(Side { driver: Driver::new(subject, &case.sequence, variant, collection).await?, names: Names::random(), before: State::default() }) };
    let mut sides: Vec<Side> = try_join_all(world.subjects.iter().map(new)).await?;
    let mut transcript = Transcript::new(collection, &world.subjects[0].address);
    for (index, step) in case.sequence.steps.iter().enumerate() {
        let place = || format!("{} step {index} ({}), {}", case.name, step.action.kind(), label(variant));
        let played = join_all(sides.iter_mut().map(|side| side.driver.play(index))).await;
        let played = played.into_iter().collect::<anyhow::Result<Vec<Played>>>().with_context(place)?;
        let differs = |verdict: String| Failure::Differs(format!("{}: {verdict}", place()));
        judge_each(&world.subjects, step, variant, &played).map_err(&differs)?;
        for (side, played) in sides.iter().zip(&played) {
            for answer in &played.answers {
                let fault = wanted::fault(&side.driver, &step.wanted, answer).with_context(place)?;
                fault.map_or(Ok(()), |fault| Err(differs(format!("{} answers unlike the step says: {fault}", side.driver.subject.name))))?;
            }
        }
        judge_answers(&mut sides, step, &played).map_err(&differs)?;
        let states = try_join_all(sides.iter().map(|side| state::read(side.driver.subject, &side.driver.scope))).await.with_context(place)?;
        judge_state(&mut sides, &states).map_err(&differs)?;
        let changes = state::difference(&sides[0].before.rows, &states[0].rows);
        transcript.add(index, &step.action, &played[0], compare(&step.action), &changes);
        for (side, state) in sides.iter_mut().zip(states) {
            side.before = state;
        }
    }
    let mut sections = Sections::from([(label(variant), transcript.text.trim().to_owned())]);
    if (1..=20).contains(&sides[0].before.raw.len()) {
        let stored: Vec<String> = sides[0].before.raw.iter().map(|line| crate::transcript::short(&transcript.neutral(line))).collect();
        sections.insert(format!("{}, as stored", label(variant)), stored.join("\n"));
    }
    Ok(sections)
}

/// How much of a step's answers is compared.
fn compare(action: &Action) -> Compare {
    match action {
        Action::Raw(raw) => raw.compare,
        Action::Request(request) => request.compare,
        _ => Compare::Full,
    }
}

/// Oracles that look at one target alone: the step's expectation, the contract's tables.
fn judge_each(subjects: &[Subject], step: &Step, variant: Variant, played: &[Played]) -> Result<(), String> {
    for (subject, played) in subjects.iter().zip(played) {
        let expectation = step.expect.as_ref().and_then(|expect| checker::unexpected(expect, variant.mode, &played.answers));
        if let Some(fault) = expectation {
            return Err(format!("{} answers unlike the step says: {fault}", subject.name));
        }
        if matches!(compare(&step.action), Compare::Status | Compare::Class | Compare::Nothing) {
            continue;
        }
        for (number, answer) in played.answers.iter().enumerate() {
            let Some(request) = played.sent.get(number).or(played.sent.first()) else { continue };
            // Of pipelined bytes only the first request is known.
            let known = number == 0 || played.sent.len() > 1;
            let fault = if known { forms::fault(request, answer).or_else(|| coverage::note(request, answer)) } else { None };
            if let Some(fault) = fault {
                return Err(format!("{} breaks the contract's tables: {fault}", subject.name));
            }
        }
    }
    Ok(())
}

fn judge_answers(sides: &mut [Side], step: &Step, played: &[Played]) -> Result<(), String> {
    let unordered = matches!(step.action, Action::Together(_));
    let faces: Vec<Face> = sides.iter_mut().zip(played).map(|(side, played)| {
        let face = checker::face(&played.answers, compare(&step.action), unordered);
        face.into_iter().map(|(path, value)| (path, side.names.apply(&value))).collect()
    }).collect();
    disagreement("response", sides, &faces)
}

fn judge_state(sides: &mut [Side], states: &[State]) -> Result<(), String> {
    let mut faces: Vec<Face> = Vec::new();
    for (side, state) in sides.iter_mut().zip(states) {
        let rows: Rows = state.rows.iter().map(|(name, value)| (side.names.apply(name), side.names.apply(value))).collect();
        faces.push(rows.into_iter().collect());
    }
    disagreement("stored state", sides, &faces)
}

fn disagreement(oracle: &str, sides: &[Side], faces: &[Face]) -> Result<(), String> {
    let named: Vec<(&str, &Face)> = sides.iter().map(|side| side.driver.subject.name.as_str()).zip(faces).collect();
    match checker::first_difference(&named) {
        Some(difference) => Err(format!("{oracle}, {difference}")),
        None => Ok(()),
    }
}
