//! The model against the contract's vectors and the hand-written cases.

#[path = "model/cases.rs"]
mod cases;
#[path = "model/filling.rs"]
mod filling;
#[path = "model/time.rs"]
mod time;
#[path = "model/vectors.rs"]
mod vectors;
