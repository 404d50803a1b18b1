//! The conformance suite: plays identical sequences on every target, and compares answers and stored state.

pub mod campaign;
pub mod canonical;
pub mod checker;
pub mod clauses;
pub mod commands;
pub mod coverage;
pub mod driver;
pub mod generated;
pub mod golden;
pub mod harness;
pub mod load;
pub mod model;
pub mod report;
pub mod routes;
pub mod runner;
pub mod samples;
pub mod sequence;
pub mod shrink;
pub mod special;
pub mod state;
pub mod subject;
pub mod supervisor;
pub mod targets;
pub mod transcript;
pub mod workload;
pub mod world;
