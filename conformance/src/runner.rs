//! Plays one case on one route of all targets, comparing after every step.

pub mod foresight;
pub mod judge;
pub mod round;

use crate::checker::finding::{Finding, Oracle};
use crate::driver::exchange::NoAnswer;
use crate::driver::{Driver, faults, queue};
use crate::golden::{Sections, label};
use crate::routes::{Variant, prefix};
use crate::sequence::read::Case;
use crate::sequence::{Action, Compare, Mode};
use crate::state::{self, whole};
use crate::transcript::Transcript;
use crate::world::World;
use anyhow::Context;
use futures_util::future::try_join_all;
use round::{Look, Round, Side, Terms};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A sequence that takes longer is stuck.
const AT_MOST: Duration = Duration::from_secs(120);

/// Why a sequence failed.
#[derive(Debug)]
pub enum Failure {
    /// The targets, or one of them, are wrong.
    Differs(Box<Finding>),
    /// The suite itself could not do its part.
    Harness(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Harness(error)
    }
}

impl Failure {
    /// The target that did not answer, if that is why.
    pub fn no_answer(&self) -> Option<&NoAnswer> {
        match self {
            Failure::Harness(error) => error.downcast_ref(),
            Failure::Differs(_) => None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Differs(finding) => write!(out, "{finding}"),
            Failure::Harness(error) => write!(out, "not a verdict, the suite could not go on: {error:#}"),
        }
    }
}

/// Looks at each step that was played, by its index, and whether an oracle has spoken at it.
pub type Watch<'a> = &'a mut dyn FnMut(&Round<'_>, usize, bool);

/// Plays a case; the sections of its transcript if all targets agree.
///
/// # Errors
/// The finding; or what the suite could not do.
pub async fn run(world: &World, case: &Case, variant: Variant, watch: Watch<'_>) -> Result<Sections, Failure> {
    let collection = collection(world, case, variant);
    whole::announce(&collection);
    let played = tokio::time::timeout(AT_MOST, play(world, case, variant, &collection, watch)).await;
    if variant.mode == Mode::WriteBehind {
        // Before readiness is asked for, which looks at every queue.
        try_join_all(world.subjects.iter().map(|subject| queue::forget(subject, &collection))).await?;
    }
    if case.sequence.runs_alone() {
        try_join_all(world.subjects.iter().map(|subject| faults::heal_all(subject, &collection))).await?;
    }
    let sections = played.context("the sequence takes too long")??;
    for strays in try_join_all(world.subjects.iter().map(whole::strays)).await?.iter().zip(&world.subjects) {
        if let (Some(first), subject) = (strays.0.first(), strays.1) {
            return Err(Failure::Differs(Box::new(stray(case, &subject.name, first))));
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

fn stray(case: &Case, target: &str, what: &str) -> Finding {
    let (step, kind) = case.sequence.steps.iter().enumerate().next_back().map_or((0, ""), |(index, step)| (index, step.action.kind()));
    Finding {
        oracle: Oracle::Invariant,
        step,
        kind: kind.to_owned(),
        path: "outside".to_owned(),
        alone: vec![target.to_owned()],
        values: vec![(vec![target.to_owned()], Some(what.to_owned()))],
        text: format!("after the sequence, outside its collection: {target} has {what}"),
    }
}

async fn play(world: &World, case: &Case, variant: Variant, collection: &str, watch: Watch<'_>) -> Result<Sections, Failure> {
    let new = |subject| async move { Ok::<_, anyhow::Error>(Side::new(Driver::new(subject, &case.sequence, variant, collection).await?)) };
    let sides: Vec<Side> = try_join_all(world.subjects.iter().map(new)).await?;
    let terms = Terms { name: case.name.clone(), variant, model: false, look: Look::Whole };
    let mut round = Round::new(&case.sequence, sides, terms);
    let mut transcript = Transcript::new(collection, &world.subjects[0].address);
    for (index, step) in case.sequence.steps.iter().enumerate() {
        let outcome = round.step(index).await;
        watch(&round, index, outcome.is_err());
        outcome?;
        let first = &round.sides[0];
        let changes = state::difference(&first.before.rows, &first.now.rows);
        transcript.add(index, &step.action, &round.last.played[0], compare(&step.action), &changes);
    }
    let mut sections = Sections::from([(label(variant), transcript.text.trim().to_owned())]);
    let raw = &round.sides[0].now.raw;
    if (1..=20).contains(&raw.len()) {
        let mut stored: Vec<String> = raw.iter().map(|line| crate::transcript::short(&transcript.neutral(line))).collect();
        // By what stands for a random id, not by the id.
        stored.sort();
        sections.insert(format!("{}, as stored", label(variant)), stored.join("\n"));
    }
    Ok(sections)
}

/// How much of a step's answers is compared.
pub fn compare(action: &Action) -> Compare {
    match action {
        Action::Raw(raw) => raw.compare,
        Action::Request(request) => request.compare,
        _ => Compare::Full,
    }
}
