//! Plays the steps of a sequence on one target.

pub mod answer;
pub mod exchange;
pub mod faults;
pub mod fill;
pub mod kept;
pub mod plant;
pub mod queue;
pub mod wire;

use crate::routes::{Variant, delay_ms, store_timeout_ms};
use crate::sequence::{Action, Sequence, StepRef};
use crate::state::Scope;
use crate::subject::Subject;
use answer::Answer;
use anyhow::Context;
use exchange::NoAnswer;
use fill::Outgoing;
use futures_util::future::try_join_all;
use kept::Kept;
use std::time::{Duration, Instant};

/// What later steps can refer to.
#[derive(Clone, Debug, Default)]
pub struct Yield {
    pub etag: Option<String>,
    pub id: Option<String>,
    pub cursor: Option<String>,
    /// The target of a Link to the next page.
    pub next: Option<String>,
}

/// What was sent and what came back; several of each for `together` and pipelined bytes.
#[derive(Clone, Debug, Default)]
pub struct Played {
    pub sent: Vec<Outgoing>,
    pub answers: Vec<Answer>,
}

/// One sequence on one target.
#[derive(Debug)]
pub struct Driver<'a> {
    pub subject: &'a Subject,
    pub sequence: &'a Sequence,
    pub scope: Scope,
    /// The caller's connections; without them an HTTP client sends what it does not change.
    pub kept: Option<Kept>,
    /// How long what waits is waited for, which depends on the faults there are.
    patience: Duration,
    yields: Vec<Yield>,
}

impl<'a> Driver<'a> {
    /// Prepares a sequence for a target.
    pub async fn new(subject: &'a Subject, sequence: &'a Sequence, variant: Variant, collection: &str) -> anyhow::Result<Driver<'a>> {
        let generation = subject.generation().await?;
        Ok(Driver::of(subject, sequence, variant, collection, generation))
    }

    /// The same where the generation of the target's cache keys is known.
    pub fn of(subject: &'a Subject, sequence: &'a Sequence, variant: Variant, collection: &str, generation: String) -> Driver<'a> {
        let scope = Scope {
            variant,
            collection: collection.to_owned(),
            generation,
            store_timeout_ms: store_timeout_ms(sequence.profile),
            began: Instant::now(),
            advanced_ms: 0,
            advances: Vec::new(),
            delay_ms: delay_ms(sequence.profile),
        };
        Driver { subject, sequence, scope, kept: None, patience: queue::AT_MOST, yields: vec![Yield::default(); sequence.steps.len()] }
    }

    /// What the step that a reference names has yielded.
    pub fn yielded(&self, reference: &StepRef) -> Yield {
        self.sequence.resolve(reference).map(|index| self.yields[index].clone()).unwrap_or_default()
    }

    /// Plays the step of this index.
    pub async fn play(&mut self, index: usize) -> anyhow::Result<Played> {
        let action = &self.sequence.steps[index].action;
        let played = self.perform(action).await?;
        if let Some(last) = played.answers.last() {
            self.yields[index] = last.yields();
        }
        Ok(played)
    }

    async fn perform(&mut self, action: &Action) -> anyhow::Result<Played> {
        match action {
            Action::Raw(raw) => {
                let bytes = self.raw_bytes(raw)?;
                let sent = Outgoing::from_bytes(bytes);
                let bytes = sent.raw.as_deref().unwrap_or_default();
                let answers = wire::raw(&self.subject.address, bytes, raw).await.with_context(|| NoAnswer::new(self.subject, &sent))?;
                Ok(Played { sent: vec![sent], answers })
            }
            Action::Together(actions) => {
                let sent = actions.iter().map(|action| self.outgoing(action)).collect::<anyhow::Result<Vec<_>>>()?;
                let answers = try_join_all(sent.iter().map(|request| exchange::send(self.subject, request))).await?;
                Ok(Played { sent, answers })
            }
            request if request.is_request() => {
                let outgoing = self.outgoing(request)?;
                let answer = match &mut self.kept {
                    Some(kept) => kept.send(&self.subject.address, &outgoing).await.with_context(|| NoAnswer::new(self.subject, &outgoing))?,
                    None => exchange::send(self.subject, &outgoing).await?,
                };
                Ok(Played { sent: vec![outgoing], answers: vec![answer] })
            }
            other => {
                self.disturb(other).await?;
                Ok(Played::default())
            }
        }
    }

    async fn disturb(&mut self, action: &Action) -> anyhow::Result<()> {
        self.note_fault(action);
        match action {
            Action::Advance(by_ms) => self.advance(*by_ms).await,
            Action::Expire(key) => self.remove(key, crate::sequence::Place::Entry).await,
            Action::Evict(evict) => self.remove(&evict.key, evict.at).await,
            Action::Plant(plant) => self.plant(plant).await,
            Action::PlantRows(rows) => self.plant_rows(rows).await,
            Action::Drain(drain) => self.drain(*drain).await,
            Action::Redis(fault) => self.break_redis(*fault).await,
            Action::Store(fault) => self.break_store(*fault).await,
            Action::StoreError(error) => self.refuse_writes(error).await,
            Action::ForeignFleet(change) => self.foreign_fleet(*change).await,
            request => anyhow::bail!("{} is a request", request.kind()),
        }
    }
}
