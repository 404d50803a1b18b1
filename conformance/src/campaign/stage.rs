//! Where sequences are played: each on fresh collections, on all targets at once, by several lanes beside each other.

use super::fleet::Fleet;
use super::record;
use crate::driver::Driver;
use crate::driver::faults::heal_all;
use crate::driver::kept::Kept;
use crate::routes::{Variant, prefix};
use crate::runner::Failure;
use crate::runner::round::{Look, Round, Side, Terms};
use crate::sequence::Sequence;
use crate::state::known::cache_keys;
use crate::subject::Subject;
use crate::supervisor::tally::Tally;
use crate::world::World;
use anyhow::Context;
use futures_util::future::try_join_all;
use mysql_async::Conn;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A sequence that takes longer is stuck.
const AT_MOST: Duration = Duration::from_secs(120);

/// The targets, ready to be played on.
#[derive(Debug)]
pub struct Stage<'w> {
    pub world: &'w World,
    fleet: Option<Fleet>,
    /// Whether the model speaks.
    pub model: bool,
    /// Of each side; a restart of Redis changes it.
    generations: Mutex<Vec<String>>,
    tallies: Vec<Option<Arc<Tally>>>,
    /// Collections are numbered, so that none is used twice.
    next: AtomicU32,
    salt: String,
    /// Collections in use, and those that are left behind with what may lie there.
    pub traces: Mutex<Traces>,
}

/// What sequences leave behind.
#[derive(Debug, Default)]
pub struct Traces {
    pub open: BTreeSet<String>,
    pub left: BTreeMap<String, Left>,
}

/// One collection that is not used any more.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The number of its sequence, if it was a generated one played for the first time.
    pub number: Option<u64>,
    /// The keys in Redis that the sequence knows of, for each side.
    pub keys: Vec<BTreeSet<String>>,
}

/// What belongs to one lane: connections of its own.
#[derive(Debug, Default)]
pub struct Lane {
    held: Vec<Held>,
    /// How long an answer may take, where that is not as usual.
    pub patience: Option<Duration>,
}

/// The connections of one side.
#[derive(Debug, Default)]
struct Held {
    store: Option<Conn>,
    targets: Option<Kept>,
}

/// Looks at each step that was played.
pub trait Watch {
    /// `failed`: an oracle has spoken at this step.
    fn step(&mut self, round: &Round, index: usize, failed: bool);
}

impl<'w> Stage<'w> {
    /// Prepares the targets; for a mixed fleet, starts it.
    pub async fn new(world: &'w World, fleet: record::Fleet, model: bool) -> anyhow::Result<Stage<'w>> {
        let fleet = if fleet == record::Fleet::Mixed { Some(Fleet::start(world).await?) } else { None };
        let salt = if world.keeps_state() { format!("{}-{:?}", std::process::id(), std::time::SystemTime::now()) } else { String::new() };
        let (generations, tallies) = Default::default();
        let mut stage = Stage { world, fleet, model, generations, tallies, next: AtomicU32::new(0), salt, traces: Mutex::default() };
        stage.look_at_generations().await?;
        let mut tallies = Vec::new();
        for subject in stage.bases() {
            // A fleet goes past the relays, and so does a target that ran already.
            let goes_past = stage.fleet.is_some() || world.targets.iter().any(|target| target.name == subject.name && target.url.is_some());
            tallies.push(if goes_past { None } else { Some(subject.relays.lock().await.redis.tally.clone()) });
        }
        stage.tallies = tallies;
        Ok(stage)
    }

    async fn look_at_generations(&self) -> anyhow::Result<()> {
        let found = try_join_all(self.bases().iter().map(|subject| subject.generation())).await?;
        *self.generations.lock().expect("no holder panics") = found;
        Ok(())
    }

    /// One subject for each set of stores.
    pub fn bases(&self) -> Vec<&Subject> {
        match &self.fleet {
            Some(fleet) => fleet.subjects.iter().take(1).collect(),
            None => self.world.subjects.iter().collect(),
        }
    }

    /// Every target that is played on.
    pub fn subjects(&self) -> Vec<&Subject> {
        self.fleet.as_ref().map_or(&self.world.subjects, |fleet| &fleet.subjects).iter().collect()
    }

    /// How a target's process ended, if the suite has started it and it has.
    pub fn ended(&self, name: &str) -> Option<String> {
        self.fleet.as_ref().map_or_else(|| self.world.ended(name), |fleet| fleet.ended(name))
    }

    /// Starts a target anew at its address.
    ///
    /// # Errors
    /// When it does not start, or was not started by the suite.
    pub async fn revive(&self, name: &str) -> anyhow::Result<()> {
        match &self.fleet {
            Some(fleet) => fleet.revive(name).await,
            None => self.world.revive(name).await,
        }
    }

    fn collection(&self, sequence: &Sequence, variant: Variant) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = if self.salt.is_empty() {
            format!("{number:08x}")
        } else {
            crate::canonical::hex(&Sha256::digest(format!("{}{number}", self.salt)))[..8].to_owned()
        };
        format!("{}{name}", prefix(variant, sequence.profile))
    }

    fn sides<'s>(&'s self, sequence: &'s Sequence, variant: Variant, collection: &str, lane: &mut Lane) -> Vec<Side<'s>> {
        let generations = self.generations.lock().expect("no holder panics").clone();
        lane.held.resize_with(generations.len(), Held::default);
        let parts = self.bases().into_iter().zip(generations).zip(&self.tallies).zip(&mut lane.held);
        parts
            .map(|(((subject, generation), tally), held)| {
                let mut side = Side::new(Driver::of(subject, sequence, variant, collection, generation));
                side.turns = self.fleet.as_ref().map(|fleet| fleet.subjects.iter().collect()).unwrap_or_default();
                side.connection = held.store.take();
                let mut kept = held.targets.take().unwrap_or_default();
                kept.patience = lane.patience.unwrap_or(kept.patience);
                side.driver.kept = Some(kept);
                side.tally.clone_from(tally);
                side
            })
            .collect()
    }

    /// Plays a sequence to its end or to the first finding.
    ///
    /// # Errors
    /// The finding; or what the suite could not do.
    pub async fn play(
        &self,
        lane: &mut Lane,
        sequence: &Sequence,
        variant: Variant,
        look: Look,
        number: Option<u64>,
        watch: &mut dyn Watch,
    ) -> Result<(), Failure> {
        let collection = self.collection(sequence, variant);
        self.traces.lock().expect("no holder panics").open.insert(collection.clone());
        let terms = Terms { name: name(sequence, number), variant, model: self.model, look };
        let mut round = Round::new(sequence, self.sides(sequence, variant, &collection, lane), terms);
        let played = tokio::time::timeout(AT_MOST, steps(&mut round, watch)).await.context("the sequence takes too long");
        let mut left = Left { number, keys: Vec::new() };
        let whole = !matches!(played, Err(_) | Ok(Err(Failure::Harness(_))));
        for (side, held) in round.sides.iter_mut().zip(&mut lane.held) {
            *held = Held { store: side.connection.take(), targets: side.driver.kept.take() };
            // Of a step that was not answered nobody knows which ids it named.
            left.keys.extend(whole.then(|| cache_keys(&side.driver.scope, &side.ids).into_iter().collect()));
        }
        if sequence.runs_alone() {
            try_join_all(self.bases().into_iter().map(|subject| heal_all(subject, &collection))).await?;
            self.look_at_generations().await?;
        }
        let mut traces = self.traces.lock().expect("no holder panics");
        traces.open.remove(&collection);
        traces.left.insert(collection, left);
        drop(traces);
        played?
    }
}

fn name(sequence: &Sequence, number: Option<u64>) -> String {
    number.map_or_else(|| sequence.why.clone(), |number| format!("sequence {number}"))
}

async fn steps(round: &mut Round<'_>, watch: &mut dyn Watch) -> Result<(), Failure> {
    for index in 0..round.sequence.steps.len() {
        let outcome = round.step(index).await;
        watch.step(round, index, outcome.is_err());
        outcome?;
    }
    Ok(())
}
