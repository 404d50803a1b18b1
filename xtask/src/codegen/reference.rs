//! Writes the reference pages.

use super::Generated;
use super::contract::Contract;

pub fn emit(_contract: &Contract) -> Vec<Generated> {
    Vec::new()
}
