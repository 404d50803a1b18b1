//! The conformance suite: plays identical sequences on every target, and compares answers and stored state.

pub mod sequence;
