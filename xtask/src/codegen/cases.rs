//! Writes the cases that follow from the contract and its vectors, in the form of docs/guide/cases.md.

mod bodies;
mod errors;
mod limits;
mod outcomes;
mod preconditions;
mod resources;
mod set;

use super::Generated;
use super::contract::Contract;
use anyhow::Context;
use outcomes::Outcomes;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Nothing in this folder of the suite's cases is written by hand.
pub const FOLDER: &str = "conformance/cases/generated";

/// The vectors that say what becomes of a body.
pub struct Vectors {
    /// What the JSON reader makes of a text, whatever its root.
    pub json: Vec<Value>,
    /// What the service makes of the body of a PUT.
    pub body: Vec<Value>,
}

impl Vectors {
    /// Reads them from contract/vectors.
    ///
    /// # Errors
    /// Names the file that is no list of vectors.
    pub fn read(folder: &Path) -> anyhow::Result<Vectors> {
        let list = |name: &str| {
            let text = fs::read_to_string(folder.join(name)).with_context(|| name.to_owned())?;
            serde_json::from_str(&text).with_context(|| name.to_owned())
        };
        Ok(Vectors { json: list("json.json")?, body: list("body.json")? })
    }
}

/// Every generated case.
///
/// # Errors
/// Names what the contract has and no case can be made of: a new limit, error, outcome or operation.
pub fn emit(contract: &Contract, vectors: &Vectors) -> anyhow::Result<Vec<Generated>> {
    let outcomes = Outcomes(contract);
    let mut sets = resources::sets(&outcomes)?;
    sets.extend(errors::sets(&outcomes)?);
    sets.extend(limits::sets(&outcomes)?);
    sets.extend(preconditions::sets(&outcomes)?);
    sets.extend(bodies::sets(&outcomes, vectors)?);
    Ok(sets.iter().flat_map(set::Set::files).collect())
}
