//! What the contract says of answers, in the words of a step's `expect`.

use crate::codegen::contract::{Contract, Operation};
use anyhow::Context;
use serde_json::{Value, json};

/// What a write is answered that goes on without its base, which only a store that is away makes it do.
const UNKNOWN_BASE: u16 = 202;

/// The contract, asked for outcomes.
pub struct Outcomes<'a>(pub &'a Contract);

impl Outcomes<'_> {
    /// `404 not-found`.
    pub fn problem(&self, slug: &str) -> anyhow::Result<String> {
        let error = self.0.errors.iter().find(|error| error.slug == slug);
        let error = error.with_context(|| format!("errors.toml has no {slug}, which generated cases expect"))?;
        Ok(format!("{} {slug}", error.status))
    }

    /// The status without the problem, for an answer that has no body to name it in.
    pub fn status_of(&self, slug: &str) -> anyhow::Result<String> {
        Ok(self.problem(slug)?.split(' ').next().unwrap_or_default().to_owned())
    }

    pub fn operation(&self, name: &str) -> anyhow::Result<&Operation> {
        self.0.operations.iter().find(|operation| operation.name == name).with_context(|| format!("operations.toml has no {name}, which generated cases use"))
    }

    /// What an operation answers when all is well and nothing new comes of it.
    pub fn done(&self, name: &str) -> anyhow::Result<String> {
        let status = successes(self.operation(name)?).min();
        Ok(status.with_context(|| format!("operations.toml: {name} never succeeds"))?.to_string())
    }

    /// What an operation answers when it has created something.
    pub fn created(&self, name: &str) -> anyhow::Result<String> {
        let status = successes(self.operation(name)?).max();
        Ok(status.with_context(|| format!("operations.toml: {name} never succeeds"))?.to_string())
    }

    /// The value of a limit.
    pub fn limit(&self, name: &str) -> anyhow::Result<i64> {
        let limit = self.0.limits.get(name).and_then(|limit| limit.get("value")?.as_integer());
        limit.with_context(|| format!("limits.toml has no {name}, which generated cases use"))
    }

    /// The operation that a resource has for a method.
    pub fn of(&self, resource: &str, method: &str) -> Option<&Operation> {
        self.0.operations.iter().find(|operation| operation.resource == resource && operation.methods.iter().any(|known| known == method))
    }

    /// The value of Allow of a resource.
    pub fn allow(&self, resource: &str) -> Value {
        let takes = |method: &&String| self.of(resource, method).or(self.of("any", method)).is_some();
        json!(self.0.headers.methods.iter().filter(takes).map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

fn successes(operation: &Operation) -> impl Iterator<Item = u16> {
    operation.outcomes.iter().map(|outcome| outcome.status).filter(|status| (200..300).contains(status) && *status != UNKNOWN_BASE)
}
