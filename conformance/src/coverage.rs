//! Which outcomes of which operations were seen, against the contract's table.

use crate::driver::answer::Answer;
use crate::driver::fill::Outgoing;
use crate::generated::contract::{OPERATIONS, OUTCOMES, OutcomeFact};
use percent_encoding::percent_decode_str;
use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

/// What a target names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Document,
    Collection,
    /// A page of its own; the index in the contract's operations.
    Page(usize),
    Other,
}

static SEEN: LazyLock<Mutex<BTreeSet<usize>>> = LazyLock::new(Mutex::default);

/// What a request target names, as the contract splits paths.
pub fn resource(target: &str) -> Resource {
    let target = target.split_once("://").map_or(target, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let path = target.split('?').next().unwrap_or_default();
    if let Some(index) = OPERATIONS.iter().position(|operation| operation.path == Some(path)) {
        return Resource::Page(index);
    }
    let segments: Vec<String> = path.split('/').skip(1).map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
    match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["v1", collection] if !collection.is_empty() => Resource::Collection,
        ["v1", collection, id] if !collection.is_empty() && !id.is_empty() => Resource::Document,
        _ => Resource::Other,
    }
}

/// The name of the operation that a request asks for; `any` if there is none.
pub fn operation(request: &Outgoing) -> &'static str {
    let kind = match resource(&request.target) {
        Resource::Document => "document",
        Resource::Collection => "collection",
        Resource::Page(index) => OPERATIONS[index].resource,
        Resource::Other => "other",
    };
    let takes =
        |resource: &str, methods: &[&str]| (resource == kind || request.method == "OPTIONS" && resource == "any") && methods.contains(&request.method.as_str());
    OPERATIONS.iter().find(|operation| takes(operation.resource, operation.methods)).map_or("any", |operation| operation.name)
}

/// Notes an answer; says so if the table does not have it.
pub fn note(request: &Outgoing, answer: &Answer) -> Option<String> {
    let name = operation(request);
    let slug = answer.problem();
    let fits = |outcome: &OutcomeFact, of: &str| {
        outcome.operation == of && outcome.status == i64::from(answer.status) && outcome.problem.map(|problem| problem.fact().slug) == slug.as_deref()
    };
    let found = OUTCOMES.iter().position(|outcome| fits(outcome, name)).or_else(|| OUTCOMES.iter().position(|outcome| fits(outcome, "any")));
    match found {
        Some(index) => {
            SEEN.lock().expect("no holder panics").insert(index);
            None
        }
        // Without a body an error cannot be told from another.
        None if request.method == "HEAD" && answer.status >= 400 => None,
        None => Some(format!("{} is no outcome of {name} in contract/operations.toml", answer.outcome())),
    }
}

/// Outcomes that these modes can reach and nothing has shown; and how many there are in all.
pub fn uncovered() -> (Vec<String>, usize) {
    let seen = SEEN.lock().expect("no holder panics");
    let reachable: Vec<(usize, &OutcomeFact)> = OUTCOMES.iter().enumerate().filter(|(_, outcome)| outcome.needs.is_none()).collect();
    let missing = reachable.iter().filter(|(index, _)| !seen.contains(index)).map(|(_, outcome)| {
        let slug = outcome.problem.map_or("", |problem| problem.fact().slug);
        format!("{} {} {slug}", outcome.operation, outcome.status).trim_end().to_owned()
    });
    (missing.collect(), reachable.len())
}
