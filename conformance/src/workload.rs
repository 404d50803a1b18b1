//! Generated sequences: which steps, in which mix, from which seed.
//!
//! The strategies are proptest's, driven by hand: the loop is the campaign's, and so is making failures small, since
//! that has to know what a step means.

pub mod bodies;
pub mod disturbances;
pub mod keys;
pub mod lists;
pub mod mix;
pub mod numbers;
pub mod odd;
pub mod requests;
pub mod settle;
pub mod spelling;
pub mod strays;

use crate::routes::Variant;
use crate::sequence::{Mode, Profile, Sequence, StoreKind};
use anyhow::anyhow;
use mix::{Draft, Kind, Mix};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// References of drafts begin here; what is more chooses a step. No sequence is so long.
pub const FAR: usize = 1_000_000;

/// A sequence that was generated, and the route that it is for.
#[derive(Clone, Debug)]
pub struct Generated {
    pub number: u64,
    pub variant: Variant,
    pub sequence: Sequence,
}

/// Makes the sequences of one seed.
#[derive(Debug)]
pub struct Workload {
    seed: u64,
    modes: Vec<Mode>,
    stores: Vec<StoreKind>,
    config: Config,
    drafts: BTreeMap<Kind, BoxedStrategy<Draft>>,
}

impl Workload {
    /// Of these modes and stores each sequence takes one of each.
    pub fn new(seed: u64, modes: &[Mode], stores: &[StoreKind]) -> Workload {
        let config = Config { failure_persistence: None, ..Config::default() };
        let drafts = mix::kinds().map(|kind| (kind, mix::drafts(kind))).collect();
        Workload { seed, modes: modes.to_vec(), stores: stores.to_vec(), config, drafts }
    }

    /// The sequence of this number. It follows from seed and number alone (and from the modes and stores).
    ///
    /// # Errors
    /// When a strategy gives up, which is a fault of the suite.
    pub fn sequence(&self, number: u64) -> anyhow::Result<Generated> {
        let seed = Sha256::digest([self.seed.to_be_bytes(), number.to_be_bytes()].concat());
        let mut runner = TestRunner::new_with_rng(self.config.clone(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        // A route without a cache has fewer states to be in.
        let modes = self.modes.iter().map(|mode| (if *mode == Mode::Off { 1 } else { 3 }, Just(*mode)));
        let mode = pick(&Union::new_weighted(modes.collect()), &mut runner)?;
        let store = pick(&proptest::sample::select(self.stores.clone()), &mut runner)?;
        let mix = pick(&mix::mix(mode), &mut runner)?;
        let profile = pick(&profile(mode, &mix), &mut runner)?;
        let (length, pool) = pick(&(length(), prop_oneof![6 => Just(6_u8), 2 => 1_u8..3, 1 => Just(64)]), &mut runner)?;
        let kinds = Union::new_weighted(mix.into_iter().map(|(kind, weight)| (weight, self.drafts[&kind].clone())).collect());
        let drafts = pick(&vec(kinds, length), &mut runner)?;
        let sequence = Sequence {
            why: format!("Sequence {number} of seed {}.", self.seed),
            clauses: Vec::new(),
            modes: vec![mode],
            stores: vec![store],
            profile,
            steps: settle::steps(drafts, pool, mode)?,
        };
        Ok(Generated { number, variant: Variant { mode, store }, sequence })
    }
}

fn pick<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> anyhow::Result<S::Value> {
    let tree = strategy.new_tree(runner).map_err(|reason| anyhow!("a strategy gave up: {}", reason.message()))?;
    Ok(tree.current())
}

fn length() -> BoxedStrategy<usize> {
    prop_oneof![6 => 25_usize..36, 1 => 4_usize..12].boxed()
}

/// Where readers wait for leases, the route whose leases are short.
fn profile(mode: Mode, mix: &Mix) -> BoxedStrategy<Profile> {
    match mode {
        Mode::WriteThrough | Mode::WriteBehind if mix.iter().any(|(kind, _)| *kind == Kind::Lease) => Just(Profile::Hasty).boxed(),
        Mode::Off => prop_oneof![6 => Just(Profile::Plain), 1 => Just(Profile::RequireMatch)].boxed(),
        Mode::WriteBehind => {
            prop_oneof![12 => Just(Profile::Plain), 2 => Just(Profile::RequireMatch), 2 => Just(Profile::NoNegative), 4 => Just(Profile::Few)].boxed()
        }
        Mode::WriteThrough => {
            prop_oneof![14 => Just(Profile::Plain), 2 => Just(Profile::RequireMatch), 2 => Just(Profile::NoNegative), 1 => Just(Profile::CacheBypass)].boxed()
        }
    }
}
