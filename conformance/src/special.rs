//! Tests that are not sequences: what they count or stress cannot be said step by step.

use crate::world::World;
use tokio::runtime::Runtime;

/// A test written in Rust; it runs alone.
pub struct Special {
    pub name: &'static str,
    pub run: fn(&Runtime, &World) -> anyhow::Result<()>,
}

/// All of them, in the order in which they run.
pub fn all() -> Vec<Special> {
    vec![]
}
