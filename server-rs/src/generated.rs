//! What codegen writes.

#[allow(clippy::redundant_static_lifetimes)]
pub mod contract;
