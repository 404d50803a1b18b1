//! Tests that are not sequences: what they count or stress cannot be said step by step.

pub mod cost;
pub mod counters;
pub mod mixed_fleet;
pub mod monitor;
pub mod samples;

use crate::world::World;
use futures_util::future::LocalBoxFuture;

/// A test written in Rust; it runs alone.
pub struct Special {
    pub name: &'static str,
    /// Ids of `contract/clauses.toml` that it shows.
    pub clauses: &'static [&'static str],
    pub run: for<'a> fn(&'a World) -> LocalBoxFuture<'a, anyhow::Result<()>>,
}

/// All of them, in the order in which they run.
pub fn all() -> Vec<Special> {
    vec![
        Special {
            name: "cost::commands-of-each-request-are-the-contracts",
            clauses: &["hit-is-answered-from-cache", "route-without-cache-is-bypass", "lists-come-from-the-store"],
            run: |world| Box::pin(cost::commands(world)),
        },
        Special { name: "cost::a-hit-is-one-get", clauses: &["hit-is-answered-from-cache"], run: |world| Box::pin(cost::hits(world)) },
        Special { name: "stats::counters-count-what-was-asked", clauses: &["stats-counts"], run: |world| Box::pin(counters::counters(world)) },
        Special {
            name: "samples::through-every-target-into-mysql",
            clauses: &["document-round-trips", "where-is-exact", "list-pages-join"],
            run: |world| Box::pin(samples::mysql(world)),
        },
        Special {
            name: "samples::through-every-target-into-mongodb",
            clauses: &["document-round-trips", "where-is-exact", "list-pages-join"],
            run: |world| Box::pin(samples::mongodb(world)),
        },
        Special { name: "mixed-fleet::one-of-fifty-creates-wins", clauses: &["one-create-wins"], run: |world| Box::pin(mixed_fleet::creates(world)) },
    ]
}
