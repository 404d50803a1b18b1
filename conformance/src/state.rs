//! Reads everything stored for a collection, as rows that are the same whichever target and store kept them.

pub mod clock;
pub mod documents;
pub mod keys;
pub mod known;
pub mod queue;
pub mod whole;

use crate::routes::Variant;
use crate::sequence::StoreKind;
use crate::subject::Subject;
use std::collections::BTreeMap;
use std::time::Instant;

/// What identifies a row, and what it holds.
pub type Rows = BTreeMap<String, String>;

/// Everything of one collection at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// `store <id>`, `cache <id> <place>` and `queue <id> <place>` to their content.
    pub rows: Rows,
    /// Mongo documents as they lie there, for people to read.
    pub raw: Vec<String>,
}

/// What the reader must know besides the target: which collection, and how old things can be.
#[derive(Clone, Debug)]
pub struct Scope {
    pub variant: Variant,
    pub collection: String,
    pub generation: String,
    /// That of the store behind the route.
    pub store_timeout_ms: u64,
    /// How long a write waits in the queue of the route, if it has one.
    pub delay_ms: u64,
    pub began: Instant,
    /// Sum of the time the sequence has let pass in Redis.
    pub advanced_ms: u64,
    /// The same, one after another.
    pub advances: Vec<u64>,
}

/// Reads the state of one target.
pub async fn read(subject: &Subject, scope: &Scope) -> anyhow::Result<State> {
    let store = async {
        match scope.variant.store {
            StoreKind::Mysql => documents::mysql(subject, &scope.collection).await,
            StoreKind::Mongodb => documents::mongodb(subject, &scope.collection).await,
        }
    };
    let (store, cache) = tokio::try_join!(store, keys::read(subject, scope))?;
    let mut state = store;
    state.rows.extend(cache);
    Ok(state)
}

/// The rows that changed between two states, one line each.
pub fn difference(before: &Rows, after: &Rows) -> Vec<String> {
    let mut lines = Vec::new();
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        match (before.get(name), after.get(name)) {
            (None, Some(new)) => lines.push(format!("+ {name}: {new}")),
            (Some(_), None) => lines.push(format!("- {name}")),
            (Some(old), Some(new)) if old != new => lines.push(format!("~ {name}: {new}")),
            _ => {}
        }
    }
    lines
}
