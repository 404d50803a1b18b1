//! Which kinds of steps a sequence has, and how often.

use super::{disturbances, lists, odd, requests};
use crate::sequence::{Action, Drain, Expect, Mode};
use proptest::prelude::*;
use proptest::sample::subsequence;

/// Every kind of step that is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Put,
    Patch,
    Delete,
    Get,
    Head,
    /// POST with a key.
    Keyed,
    /// POST without one.
    Post,
    List,
    Options,
    /// Any method on any target.
    Request,
    Raw,
    Advance,
    Expire,
    Evict,
    Plant,
    Lease,
    Drain,
}

/// How often each is chosen where all are.
const WEIGHTS: [(Kind, u32); 17] = [
    (Kind::Put, 22),
    (Kind::Patch, 11),
    (Kind::Delete, 9),
    (Kind::Get, 18),
    (Kind::Head, 3),
    (Kind::Keyed, 5),
    (Kind::Post, 4),
    (Kind::List, 8),
    (Kind::Options, 1),
    (Kind::Request, 5),
    (Kind::Raw, 2),
    (Kind::Advance, 2),
    (Kind::Expire, 2),
    (Kind::Evict, 2),
    (Kind::Plant, 5),
    (Kind::Lease, 1),
    (Kind::Drain, 4),
];

/// Kinds that mean nothing without a cache.
const OF_THE_CACHE: [Kind; 4] = [Kind::Advance, Kind::Expire, Kind::Evict, Kind::Lease];

/// Kinds with their weights.
pub type Mix = Vec<(Kind, u32)>;

/// What a step is before its references lead anywhere, and what its answers must be.
pub type Draft = (Action, Option<Expect>);

/// All kinds in half of the sequences, a random part of them in the other half: what keeps a bug from showing is then
/// often left out.
pub fn mix(mode: Mode) -> BoxedStrategy<Mix> {
    let part = subsequence(WEIGHTS.to_vec(), 2..WEIGHTS.len());
    // Reading under a foreign lease takes a second, so the full mix has none, and few of the others.
    let all = Just(WEIGHTS.to_vec());
    let chosen = prop_oneof![all.prop_map(|mix| (mix, false)), (part, prop::bool::weighted(0.1))];
    let lists = prop::bool::weighted(0.75);
    (chosen, lists).prop_map(move |((mix, leases), lists)| reasonable(mix, mode, lists, leases)).boxed()
}

/// Ids that a target chooses stand elsewhere in each target's lists, so a sequence has either the one or the other.
fn reasonable(mut mix: Mix, mode: Mode, lists: bool, leases: bool) -> Mix {
    let both = [Kind::Post, Kind::List].iter().all(|kind| mix.iter().any(|(present, _)| present == kind));
    mix.retain(|(kind, _)| match kind {
        Kind::Post => !(both && lists),
        Kind::List => !both || lists,
        Kind::Lease => leases && mode != Mode::Off,
        Kind::Drain => mode == Mode::WriteBehind,
        kind => mode != Mode::Off || !OF_THE_CACHE.contains(kind),
    });
    if mix.is_empty() { vec![(Kind::Get, 1)] } else { mix }
}

/// The strategy for steps of one kind.
pub fn drafts(kind: Kind) -> BoxedStrategy<Draft> {
    let action = match kind {
        Kind::Put => requests::put(),
        Kind::Patch => requests::change(),
        Kind::Delete => requests::delete(),
        Kind::Get => requests::get(),
        Kind::Head => requests::head(),
        Kind::Keyed => requests::keyed(),
        Kind::Post => requests::post(),
        Kind::List => lists::list(),
        Kind::Options => requests::options(),
        Kind::Request => odd::request(),
        Kind::Raw => return odd::raw(),
        Kind::Advance => disturbances::advance(),
        Kind::Expire => disturbances::expire(),
        Kind::Evict => disturbances::evict(),
        Kind::Plant => disturbances::plant(),
        Kind::Lease => disturbances::lease(),
        Kind::Drain => Just(Action::Drain(Drain::default())).boxed(),
    };
    action.prop_map(|action| (action, None)).boxed()
}

/// Every kind.
pub fn kinds() -> impl Iterator<Item = Kind> {
    WEIGHTS.into_iter().map(|(kind, _)| kind)
}
