//! Concurrent clients over a fleet of proxies while everything around them fails, and the check of what they saw.

pub mod arena;
pub mod clients;
pub mod exchange;
pub mod faults;
pub mod fleet;
pub mod meaning;
pub mod record;
pub mod settle;
pub mod weather;

use crate::dice::Dice;
use crate::history::check::{Kind, Violation};
use crate::sequence::{Mode, StoreKind};
use crate::targets::Target;
use anyhow::Context;
use arena::Arena;
use faults::Fault;
use fleet::Fleet;
use record::{Found, Ledger, Tally};
use std::time::{Duration, Instant};

/// A round has documents of its own, and ends with a check.
const ROUND: Duration = Duration::from_secs(20);

/// What a storm is like.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub time: Duration,
    pub clients: u64,
    /// Documents at a time, or in all if each is written once.
    pub keys: u64,
    pub once: bool,
    pub modes: Vec<Mode>,
    pub stores: Vec<StoreKind>,
    pub faults: Vec<Fault>,
    pub targets: Vec<Target>,
    /// Nothing more is asked once something is wrong.
    pub until_wrong: bool,
}

/// Everything of one storm, until its time is over.
///
/// # Errors
/// When the suite cannot do its part, which is no verdict.
pub async fn run(plan: &Plan, ledger: &mut Ledger) -> anyhow::Result<Tally> {
    let fleet = Fleet::start(plan).await.context("the fleet did not start")?;
    let began = Instant::now();
    let mut number = 0;
    let mut total = Tally::default();
    while began.elapsed() < plan.time || number == 0 {
        let left = plan.time.saturating_sub(began.elapsed()).max(Duration::from_secs(1));
        // Documents that are written once are all in one round.
        let length = if plan.once { left } else { left.min(round_of(plan)) };
        let tally = round(&fleet, plan, number, length, ledger, &total).await?;
        total.add(&tally);
        number += 1;
        if plan.once || plan.until_wrong && total.is_wrong() {
            break;
        }
    }
    total.ms = u64::try_from(began.elapsed().as_millis())?;
    Ok(total)
}

fn round_of(plan: &Plan) -> Duration {
    if plan.until_wrong { ROUND / 2 } else { ROUND }
}

/// Clients and faults beside each other, then the check.
async fn round(fleet: &Fleet, plan: &Plan, number: u64, length: Duration, ledger: &mut Ledger, total: &Tally) -> anyhow::Result<Tally> {
    let seed = Dice::stream(plan.seed, number).roll();
    let arena = Arena::new(fleet, plan, number, seed, length);
    let weather = async {
        let strikes = weather::rage(fleet, &plan.faults, Dice::new(seed), arena.end, if plan.until_wrong { 4 } else { 1 }).await;
        // Whatever happened, all is well again when it is over.
        fleet.calm().await.and(strikes)
    };
    let (strikes, ()) = tokio::join!(weather, async {
        tokio::join!(clients::run(&arena, plan), ledger.watch(&arena, total));
    });
    let strikes = strikes.context("a fault could not be made or mended")?;
    let settled = settle::settle(fleet, &arena).await?;
    let documents = arena.documents.into_inner();
    let mut tally = Tally { strikes: strikes.len() as u64, documents: documents.len() as u64, stuck: settled.stuck.len() as u64, ..arena.tally.into_inner() };
    tally.rounds = 1;
    for strike in strikes {
        ledger.strike(number, &strike)?;
    }
    for text in settled.stuck {
        ledger.found(Found { round: number, document: String::new(), violation: Violation { kind: Kind::Stuck, text, operations: Vec::new() } })?;
    }
    for document in &documents {
        tally.retired += u64::from(document.cut.is_some());
        for violation in document.check() {
            tally.note(violation.kind);
            ledger.found(Found { round: number, document: document.path(), violation })?;
        }
    }
    for (document, violation) in arena.wrong.into_inner() {
        tally.note(violation.kind);
        ledger.found(Found { round: number, document, violation })?;
    }
    Ok(tally)
}
