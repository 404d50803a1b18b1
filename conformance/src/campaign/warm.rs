//! Prepares targets for being played on and counted.

use super::failures::Unwatched;
use super::record::Fleet;
use super::stage::{Lane, Stage};
use crate::routes::Variant;
use crate::runner::Failure;
use crate::runner::round::Look;
use crate::sequence::{Mode, StoreKind, read};
use crate::world::World;

/// Starts what is played on, and lets every script be loaded before commands are counted.
///
/// # Errors
/// When something does not start.
pub async fn ready<'w>(world: &'w World, fleet: Fleet, model: bool) -> anyhow::Result<Stage<'w>> {
    let mut stage = Stage::new(world, fleet, false).await?;
    warm_up(&stage).await?;
    stage.model = model;
    Ok(stage)
}

/// Plays what needs every script, on every route and on every target of a fleet.
async fn warm_up(stage: &Stage<'_>) -> anyhow::Result<()> {
    let steps = "{\"put\": {\"key\": 0, \"body\": {\"json\": {}}}}, {\"expire\": 0}, {\"get\": {\"key\": 0}}, {\"delete\": {\"key\": 0}}, {\"drain\": {}}";
    let steps = vec![steps; stage.subjects().len()].join(", ");
    let sequence = read::parse(&format!("{{\"why\": \"Warms up.\", \"steps\": [{steps}]}}"))?;
    for mode in [Mode::WriteThrough, Mode::Off, Mode::WriteBehind] {
        for store in [StoreKind::Mysql, StoreKind::Mongodb] {
            let warmed = stage.play(&mut Lane::default(), &sequence, Variant { mode, store }, Look::Thrifty, None, &mut Unwatched).await;
            // A difference will be found again by those whose task it is.
            if let Err(Failure::Harness(error)) = warmed {
                return Err(error.context("the first requests"));
            }
        }
    }
    Ok(())
}
