//! The only reader of arguments, environment and routing file; what it returns never changes.

pub mod address;
pub mod arguments;
pub mod messages;
pub mod routing_file;

use std::time::Duration;

use crate::routing::Route;

/// A routing file that was understood, defaults filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// HOST:PORT.
    pub listen: String,
    pub redis: Option<RedisConfig>,
    /// By name, in canonical order.
    pub stores: Vec<StoreConfig>,
    /// Largest document, as sent and in canonical form.
    pub body_bytes: usize,
    pub routes: Vec<Route>,
    /// Names the fleet: 32 hex digits.
    pub fleet: String,
}

/// The cache as the file has it.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// With its variables filled in; never logged, it may hold a password.
    pub url: String,
    /// Limit of one command.
    pub timeout: Duration,
}

/// A store as the file has it.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    pub name: String,
    pub kind: StoreKind,
    /// With its variables filled in; never logged, it may hold a password.
    pub url: String,
    /// Limit of one statement; leases and intents derive from it.
    pub timeout: Duration,
}

/// Which driver a store needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    Mongodb,
    Mysql,
}
