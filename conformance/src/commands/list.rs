//! The commands that play nothing: `list`, `routing`, `load`.

use crate::campaign::record::Outcome;
use crate::sequence::read::cases;
use crate::targets::root;
use crate::world;

/// Prints every case with what it is there for.
pub fn list() -> u8 {
    match cases(&root().join("conformance/cases")) {
        Ok(cases) => {
            for case in &cases {
                println!("{}: {}", case.name, case.sequence.why);
            }
            if cases.is_empty() { Outcome::Nothing.code() } else { 0 }
        }
        Err(error) => super::not_begun(&error),
    }
}

/// Prints the routing file for a target that the suite does not start, with the stores that the environment names.
pub fn routing(name: &str) -> u8 {
    match world::environment(name) {
        Some(urls) => {
            println!("{:#}", crate::routes::routing_file(&urls));
            0
        }
        None => super::not_begun(&anyhow::anyhow!("CONFORMANCE_<TARGET>_REDIS_URL, _MONGODB_URL and _MYSQL_URL are not set for {name}")),
    }
}

/// Loads the samples into a running proxy.
pub fn load(url: &str, collection_prefix: &str) -> u8 {
    let loaded = super::runtime().and_then(|runtime| runtime.block_on(crate::load::load(url, collection_prefix)));
    match loaded {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("conformance: the samples could not be loaded: {error:#}");
            Outcome::Harness.code()
        }
    }
}
