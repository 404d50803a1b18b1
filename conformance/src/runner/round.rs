//! One sequence under way on all targets: plays a step on each, and lets every oracle speak before the next one.

use super::Failure;
use super::foresight::{Foreseen, Foresight};
use super::judge::{self, Oracles};
use crate::checker::finding::Finding;
use crate::checker::names::Names;
use crate::driver::{Driver, Played};
use crate::model::{Moment, Stored};
use crate::routes::Variant;
use crate::sequence::{Action, Mode, Sequence};
use crate::state::clock::Clock;
use crate::state::known::Worth;
use crate::state::{self, State};
use crate::subject::Subject;
use crate::supervisor::tally::{Count, Tally};
use anyhow::Context;
use futures_util::future::{join_all, try_join_all};
use mysql_async::Conn;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a sequence is played.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Stands before every verdict.
    pub name: String,
    pub variant: Variant,
    /// Whether the model speaks.
    pub model: bool,
    pub look: Look,
}

/// How thoroughly the stored state is looked at after each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Only what should have changed is read again, and only of ids that the sequence knows; after the last step everything
    /// of these ids. What a step changes that it should not is seen then, or with the next one that may change something.
    Thrifty,
    /// Everything of ids that the sequence knows, after every step.
    Known,
    /// Everything of the collection, after every step.
    Whole,
}

/// Everything that is remembered of one target from step to step.
#[derive(Debug)]
pub struct Side<'a> {
    pub driver: Driver<'a>,
    /// Those that take turns at the requests, if this is a fleet and not one target.
    pub turns: Vec<&'a Subject>,
    pub names: Names,
    pub clock: Clock,
    pub before: State,
    pub now: State,
    /// The ids that the sequence has named.
    pub ids: Vec<String>,
    /// The caller's own connection to MySQL.
    pub connection: Option<Conn>,
    /// Counts the Redis commands of this side, if they go through a relay.
    pub tally: Option<Arc<Tally>>,
}

impl<'a> Side<'a> {
    pub fn new(driver: Driver<'a>) -> Side<'a> {
        let (before, now) = Default::default();
        Side { driver, turns: Vec::new(), names: Names::random(), clock: Clock::default(), before, now, ids: Vec::new(), connection: None, tally: None }
    }

    /// The name of the target whose turn it is.
    pub fn name(&self) -> &str {
        &self.driver.subject.name
    }

    fn take_turn(&mut self, index: usize) {
        if !self.turns.is_empty() {
            self.driver.subject = self.turns[index % self.turns.len()];
        }
    }
}

/// A sequence under way.
#[derive(Debug)]
pub struct Round<'a> {
    pub sequence: &'a Sequence,
    pub terms: Terms,
    pub sides: Vec<Side<'a>>,
    foresight: Option<Foresight>,
    began: Instant,
    /// When the cache was read last: what ends by itself does so whether anybody looks or not.
    looked: Moment,
    /// Steps whose answers the model did not know.
    pub unsure: u32,
    /// The last step, also if something was wrong with it.
    pub last: Moved,
}

/// What a step was on all targets.
#[derive(Debug, Default)]
pub struct Moved {
    pub played: Vec<Played>,
    /// Until all had answered.
    pub took: Duration,
    /// What the model says of the answers.
    pub foreseen: Foreseen,
    /// What the model says of the stored state of each side, or of all; not there before the state was read.
    pub stored: Vec<Option<Stored>>,
    pub counts: Vec<Option<Count>>,
}

impl Moved {
    /// The right state of the side of this index, if the model knows it.
    pub fn right(&self, side: usize) -> Option<&Stored> {
        self.stored.get(side).or(self.stored.first()).and_then(Option::as_ref)
    }
}

impl<'a> Round<'a> {
    /// All sides are at the beginning of the same sequence.
    pub fn new(sequence: &'a Sequence, sides: Vec<Side<'a>>, terms: Terms) -> Round<'a> {
        let foresight = terms.model.then(|| Foresight::new(sides.first().map_or("", |side| &side.driver.scope.collection)));
        Round {
            sequence,
            terms,
            sides,
            foresight,
            began: Instant::now(),
            looked: Moment { earliest: Duration::ZERO, latest: Duration::ZERO },
            unsure: 0,
            last: Moved::default(),
        }
    }

    /// Plays the step of this index on every side.
    ///
    /// # Errors
    /// The first oracle's finding; or what the suite could not do.
    pub async fn step(&mut self, index: usize) -> Result<(), Failure> {
        let sequence = self.sequence;
        let step = &sequence.steps[index];
        self.last = Moved::default();
        self.sides.iter_mut().for_each(|side| side.take_turn(index));
        let place = self.place(index);
        let at = self.play(index).await.with_context(|| place.clone())?;
        if let Some(foresight) = &mut self.foresight {
            self.last.foreseen = foresight.step(&step.action, &self.sides, &self.last.played, at)?;
            self.unsure += u32::from(self.last.foreseen.unsure.is_some());
        }
        let oracles = Oracles { index, step, terms: &self.terms, last: &self.last };
        oracles.answers(&mut self.sides).map_err(|fault| named(fault, &place))?;
        self.last.counts = self.sides.iter().map(|side| side.tally.as_ref().map(|tally| tally.take(&side.driver.scope.collection))).collect();
        let states = self.look(index).await.with_context(|| place.clone())?;
        for (side, mut state) in self.sides.iter_mut().zip(states) {
            if self.terms.variant.mode == Mode::WriteBehind {
                side.clock.apply(&mut state);
            }
            side.before = std::mem::replace(&mut side.now, state);
        }
        self.last.stored = self.foresight.as_ref().map(|foresight| foresight.stored(self.looked)).unwrap_or_default();
        let oracles = Oracles { index, step, terms: &self.terms, last: &self.last };
        oracles.stored(&mut self.sides).map_err(|fault| named(fault, &place))?;
        oracles.invariants(&self.sides, sequence).map_err(|fault| named(fault, &place))?;
        oracles.commands(&self.sides, sequence).map_err(|fault| named(fault, &place))?;
        if let Some(foresight) = &mut self.foresight {
            foresight.catch_up(&self.sides, self.looked);
        }
        Ok(())
    }

    fn place(&self, index: usize) -> String {
        let Terms { name, variant, .. } = &self.terms;
        format!("{name} step {index} ({}), {}", self.sequence.steps[index].action.kind(), crate::golden::label(*variant))
    }

    /// Plays a step on every side; of a side that does not answer nothing is noted.
    async fn play(&mut self, index: usize) -> anyhow::Result<Moment> {
        let earliest = self.began.elapsed();
        let mut silent = None;
        for played in join_all(self.sides.iter_mut().map(|side| side.driver.play(index))).await {
            self.last.played.push(played.unwrap_or_else(|error| {
                silent.get_or_insert(error);
                Played::default()
            }));
        }
        let moment = Moment { earliest, latest: self.began.elapsed() };
        self.last.took = moment.width();
        for (side, played) in self.sides.iter_mut().zip(&self.last.played) {
            judge::learn_ids(side, &self.sequence.steps[index].action, played);
        }
        silent.map_or(Ok(moment), Err)
    }

    /// The stored state of every side.
    async fn look(&mut self, index: usize) -> anyhow::Result<Vec<State>> {
        let earliest = self.began.elapsed();
        let states = if self.terms.look != Look::Whole {
            let all = self.terms.look == Look::Known || index + 1 == self.sequence.steps.len();
            let worth = if all { Worth { cache: true, store: true } } else { worth(&self.sequence.steps[index].action, &self.last, self.terms.variant.mode) };
            let states = try_join_all(self.sides.iter_mut().map(|side| {
                let Side { driver, ids, now, connection, .. } = side;
                state::known::read(driver.subject, &driver.scope, ids, worth, now, connection)
            }))
            .await?;
            if !worth.cache {
                return Ok(states);
            }
            states
        } else {
            try_join_all(self.sides.iter().map(|side| state::read(side.driver.subject, &side.driver.scope))).await?
        };
        self.looked = Moment { earliest, latest: self.began.elapsed() };
        Ok(states)
    }
}

fn named(mut finding: Box<Finding>, place: &str) -> Failure {
    finding.text = format!("{place}: {}", finding.text);
    Failure::Differs(finding)
}

/// What should have changed: the cache if the suite or a command other than GET went there, the store if the suite did or
/// a request may have written and was not refused.
fn worth(action: &Action, last: &Moved, mode: Mode) -> Worth {
    let suite = !action.is_request() && !matches!(action, Action::Raw(_) | Action::Together(_));
    let commands = last.counts.iter().any(|count| count.is_none_or(|count| count.others > 0));
    let reads = matches!(action, Action::Get(_) | Action::Head(_) | Action::List(_) | Action::Options(_));
    let cache_only = matches!(action, Action::Advance(_) | Action::Expire(_) | Action::Evict(_));
    let answers: Vec<u16> = last.played.iter().flat_map(|played| &played.answers).map(|answer| answer.status).collect();
    // On write-behind only the queue writes to the store.
    let queued = mode == Mode::WriteBehind && !suite;
    let refused = !answers.is_empty() && answers.iter().all(|status| (400..500).contains(status));
    Worth { cache: suite || mode != Mode::Off && commands, store: !reads && !cache_only && !refused && !queued }
}
