//! docproxy in Rust: the rooms of the house, imports pointing downwards only (ARCHITECTURE.md).

pub mod app;
pub mod cache;
pub mod config;
pub mod documents;
pub mod errors;
pub mod filter;
pub mod fleet;
pub mod generated;
pub mod http;
pub mod json;
pub mod log;
pub mod metrics;
pub mod queue;
pub mod redis;
pub mod routing;
pub mod status;
pub mod store;
