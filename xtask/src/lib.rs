//! Everything behind `cargo xtask`: it launches and generates, and imports none of the crates that it launches.

pub mod codegen;
pub mod digest;
pub mod interrupt;
pub mod mongo;
pub mod process;
pub mod progress;
pub mod setup;
pub mod stores;
pub mod targets;
pub mod test;
pub mod tidy;
pub mod up;

use std::path::{Path, PathBuf};

/// The root of the repository; `DOCPROXY_ROOT` names a copy instead.
pub fn root() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned();
    std::env::var_os("DOCPROXY_ROOT").map_or_else(own, PathBuf::from)
}
