//! The model against the contract's vectors and the hand-written cases.

#[path = "model/behind.rs"]
mod behind;
#[path = "model/cases.rs"]
mod cases;
#[path = "model/filling.rs"]
mod filling;
#[path = "model/state.rs"]
mod state;
#[path = "model/vectors.rs"]
mod vectors;
