//! Tests texts against the patterns of the contract.

use regex::Regex;

/// Whether the whole text has the form of an anchored pattern; the contract's own patterns always compile.
pub fn fits(pattern: &str, text: &str) -> bool {
    // `$` of the crate means the very end, as in ECMAScript.
    Regex::new(pattern).is_ok_and(|form| form.is_match(text))
}

/// Whether HOST:PORT has a port that exists.
pub fn has_port(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}
