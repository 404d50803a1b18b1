//! What codegen writes.

pub mod contract;
