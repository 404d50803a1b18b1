//! What the contract promises, for the matrices: its clauses with every outcome of its operations.

use crate::generated::contract::OUTCOMES;
use anyhow::Context;
use serde::Deserialize;

const CLAUSES: &str = include_str!("../../../contract/clauses.toml");

/// A sentence of the contract.
#[derive(Clone, Debug, Deserialize)]
pub struct Clause {
    pub id: String,
    /// `MUST` or `SHOULD`.
    pub level: String,
    pub text: String,
}

/// An outcome that an operation may have.
#[derive(Clone, Debug)]
pub struct Possible {
    pub operation: String,
    /// `201`, or `404 document-not-found`.
    pub outcome: String,
    /// What it is reachable with only, such as `write-behind`.
    pub needs: Option<String>,
}

/// All that can be shown.
#[derive(Clone, Debug, Default)]
pub struct Contract {
    pub clauses: Vec<Clause>,
    pub outcomes: Vec<Possible>,
}

#[derive(Deserialize)]
struct Table {
    clause: Vec<Clause>,
}

impl Contract {
    /// The contract that the suite was built with.
    ///
    /// # Errors
    /// When contract/clauses.toml is no table of clauses.
    pub fn own() -> anyhow::Result<Contract> {
        let Table { clause } = toml::from_str(CLAUSES).context("contract/clauses.toml")?;
        let outcomes = OUTCOMES.iter().map(|fact| Possible {
            operation: fact.operation.to_owned(),
            outcome: fact.problem.map_or_else(|| fact.status.to_string(), |problem| format!("{} {}", fact.status, problem.fact().slug)),
            needs: fact.needs.map(str::to_owned),
        });
        Ok(Contract { clauses: clause, outcomes: outcomes.collect() })
    }
}
