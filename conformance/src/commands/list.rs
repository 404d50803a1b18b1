//! The commands that play nothing: `list` and `load`.

use crate::campaign::record::Outcome;
use crate::sequence::read::cases;
use crate::targets::root;

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
