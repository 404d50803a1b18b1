//! Generated sequences in `cargo test conformance`: as many as a minute lets play, of a seed that stays the same.

use super::book::{self, Book};
use crate::campaign::progress::Progress;
use crate::campaign::record::Fleet;
use crate::campaign::{self, Plan, warm};
use crate::sequence::{Mode, StoreKind};
use crate::shrink::Budget;
use crate::targets::root;
use crate::workload::Workload;
use crate::world::World;
use anyhow::Context;
use std::sync::atomic::AtomicBool;

/// What the sequences follow from, unless CONFORMANCE_SEED says otherwise; longer campaigns have seeds of their own.
const SEED: u64 = 2_026;
/// Sequences beside each other.
const LANES: usize = 8;
/// Kinds of failures after which a gate ends.
const ENOUGH: usize = 3;

/// Sequences of one kind, which are one test.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Comes after `generated::` in the test's name.
    pub name: &'static str,
    pub fleet: Fleet,
    modes: &'static [Mode],
    stores: &'static [StoreKind],
    pub sequences: u64,
}

/// All of them.
pub const GATES: [Gate; 5] = [
    separate("separate::off::mysql", &[Mode::Off], &[StoreKind::Mysql], 100),
    separate("separate::off::mongodb", &[Mode::Off], &[StoreKind::Mongodb], 60),
    separate("separate::write-through::mysql", &[Mode::WriteThrough], &[StoreKind::Mysql], 200),
    separate("separate::write-through::mongodb", &[Mode::WriteThrough], &[StoreKind::Mongodb], 120),
    Gate { name: "mixed-fleet", fleet: Fleet::Mixed, modes: &[Mode::Off, Mode::WriteThrough], stores: &[StoreKind::Mysql, StoreKind::Mongodb], sequences: 150 },
];

const fn separate(name: &'static str, modes: &'static [Mode], stores: &'static [StoreKind], sequences: u64) -> Gate {
    Gate { name, fleet: Fleet::Separate, modes, stores, sequences }
}

/// The seed of this run.
///
/// # Errors
/// When CONFORMANCE_SEED is no number.
pub fn seed() -> anyhow::Result<u64> {
    match std::env::var("CONFORMANCE_SEED") {
        Ok(text) => text.parse().with_context(|| format!("CONFORMANCE_SEED is {text}, and a seed is a number")),
        Err(_) => Ok(SEED),
    }
}

/// Plays the sequences. How many differences were found that are not known; each was told when it was found.
///
/// # Errors
/// What the suite could not do.
pub async fn play(world: &World, book: &Book, gate: &Gate) -> anyhow::Result<u64> {
    let seed = seed()?;
    let stage = warm::ready(world, gate.fleet, true).await?;
    let plan = Plan {
        seed,
        first: 0,
        sequences: Some(gate.sequences),
        time: None,
        lanes: LANES,
        enough: ENOUGH,
        failures: root().join("conformance/failures"),
        again: book::again(),
        budget: Budget::default(),
    };
    let workload = Workload::new(seed, gate.modes, gate.stores);
    let found = || {
        let ledger = book.ledger.lock().expect("no holder panics");
        ledger.footer.failures - ledger.footer.known_failures
    };
    let before = found();
    campaign::run(&stage, &book.known, &workload, &plan, &Progress::quiet(), &book.ledger, &AtomicBool::new(false)).await?;
    Ok(found() - before)
}
