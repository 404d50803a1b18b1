//! Tests that are not sequences: what they count or stress cannot be said step by step.

pub mod cost;
pub mod counters;
pub mod leftovers;
pub mod lifecycle;
pub mod log;
pub mod mixed_fleet;
pub mod monitor;
pub mod queues;
pub mod samples;
pub mod single_flight;
pub mod start;
pub mod storm;

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
    let mut all = vec![
        Special {
            name: "cost::commands-of-each-request-are-the-contracts",
            clauses: &["hit-is-answered-from-cache", "route-without-cache-is-bypass", "lists-come-from-the-store"],
            run: |world| Box::pin(cost::commands(world)),
        },
        Special { name: "cost::a-hit-is-one-get", clauses: &["hit-is-answered-from-cache"], run: |world| Box::pin(cost::hits(world)) },
        Special {
            name: "cost::readers-at-once-share-one-read",
            clauses: &["lease-lets-one-reader-fill"],
            run: |world| Box::pin(single_flight::readers(world)),
        },
        Special { name: "log::each-request-is-one-line", clauses: &["log-is-json-lines"], run: |world| Box::pin(log::lines(world)) },
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
        Special { name: "mixed-fleet::no-patch-is-lost", clauses: &["write-updates-cache"], run: |world| Box::pin(mixed_fleet::patches(world)) },
        Special {
            name: "mixed-fleet::each-step-by-another-target",
            clauses: &["hit-is-answered-from-cache", "write-updates-cache"],
            run: |world| Box::pin(mixed_fleet::relay_race(world)),
        },
        Special {
            name: "start::refusals-say-what-is-wrong",
            clauses: &["routing-file-is-checked", "arguments-are-checked"],
            run: |world| Box::pin(start::refusals(world)),
        },
        Special { name: "start::health-asks-a-running-one", clauses: &["ready-names-reasons"], run: |world| Box::pin(start::health(world)) },
        Special {
            name: "start::an-unsafe-redis-is-refused",
            clauses: &["unsafe-redis-is-refused", "another-fleet-is-refused", "durability-is-checked"],
            run: |world| Box::pin(start::unsafe_redis(world)),
        },
        Special {
            name: "start::without-any-dependency",
            clauses: &["starts-without-dependencies", "recovers-without-restart", "live-always-answers"],
            run: |world| Box::pin(lifecycle::starts_alone(world)),
        },
        Special { name: "stop::after-finishing-what-is-going-on", clauses: &["stops-after-finishing"], run: |world| Box::pin(lifecycle::stops(world)) },
        Special { name: "stop::at-an-interrupt-too", clauses: &["stops-after-finishing"], run: |world| Box::pin(lifecycle::interrupted(world)) },
        Special {
            name: "storm::nothing-is-lost-or-stale",
            clauses: &[
                "queued-write-is-acknowledged",
                "dirty-record-never-expires",
                "drain-keeps-newer-writes",
                "drain-never-overwrites-newer",
                "store-down-keeps-the-queue",
            ],
            run: |world| Box::pin(storm::bounded(world)),
        },
    ];
    all.extend(write_behind());
    all
}

/// What is particular about queues.
fn write_behind() -> Vec<Special> {
    vec![
        Special {
            name: "write-behind::stats-tell-what-waits",
            clauses: &["stats-counts", "drain-stores-what-is-due"],
            run: |world| Box::pin(queues::counts(world)),
        },
        Special {
            name: "write-behind::a-broken-queue-holds-up-no-other",
            clauses: &["broken-queue-stands-alone"],
            run: |world| Box::pin(queues::broken(world)),
        },
        Special {
            name: "write-behind::what-a-dead-drainer-has-claimed-comes-back",
            clauses: &["claim-hides-until-stored"],
            run: |world| Box::pin(queues::claimed(world)),
        },
        Special {
            name: "write-behind::a-change-of-mode-loses-nothing",
            clauses: &["changed-mode-drains-first", "queue-without-route-is-kept", "old-pending-fails-ready"],
            run: |world| Box::pin(leftovers::leftovers(world)),
        },
    ]
}
