//! A bounded storm on a mixed fleet: nothing is lost, nothing is stale, nothing is stuck.

use crate::sequence::{Mode, StoreKind};
use crate::storm::record::Ledger;
use crate::storm::{self, Plan, faults};
use crate::world::World;
use anyhow::ensure;
use serde_json::json;
use std::time::Duration;

const TIME: Duration = Duration::from_secs(30);

/// Clients write behind, through and past the cache while everything around the proxies fails.
pub async fn bounded(world: &World) -> anyhow::Result<()> {
    let plan = Plan {
        seed: crate::commands::run::fresh_seed(),
        time: TIME,
        clients: 24,
        keys: 12,
        once: false,
        modes: vec![Mode::WriteBehind, Mode::WriteThrough, Mode::Off],
        stores: vec![StoreKind::Mysql, StoreKind::Mongodb],
        faults: faults::ALL.iter().map(|fact| fact.fault).collect(),
        targets: world.commands()?.to_vec(),
        until_wrong: false,
    };
    let mut ledger = Ledger::open(None, json!({}), plan.time, false)?;
    let tally = storm::run(&plan, &mut ledger).await?;
    ensure!(tally.acknowledged > 0, "no write was acknowledged");
    ensure!(!tally.is_wrong(), "with the seed {}:\n{}", plan.seed, tally.told());
    Ok(())
}
