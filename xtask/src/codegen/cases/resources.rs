//! Cases for every method on every resource: taken, refused with Allow, or unknown.

use super::outcomes::Outcomes;
use super::set::{Set, and, step, text};
use serde_json::{Value, json};

/// A method that no resource knows.
const UNKNOWN: &str = "PROPFIND";
/// Its numbers differ between targets, so only its form is compared.
const COUNTS: &str = "stats";

pub fn sets(outcomes: &Outcomes) -> anyhow::Result<Vec<Set>> {
    let mut resources: Vec<(&str, String)> = Vec::new();
    for operation in outcomes.0.operations.iter().filter(|operation| operation.resource != "any") {
        let target = match operation.path.as_deref() {
            Some(path) => path.to_owned(),
            None => crate::codegen::path_of(&operation.resource).replace("{collection}", "${coll}").replace("{id}", "a"),
        };
        if !resources.iter().any(|(resource, _)| *resource == operation.resource) {
            resources.push((&operation.resource, target));
        }
    }
    let mut groups = Vec::new();
    for (resource, target) in &resources {
        groups.push(group(outcomes, resource, target)?);
    }
    groups.push(star(outcomes)?);
    Ok(vec![Set {
        name: "every-method-of-every-resource".to_owned(),
        why: "A resource takes its methods, names them where it is asked for another, and nothing knows a method outside the contract.".to_owned(),
        clauses: &["resources-are-listed", "method-unknown-is-501", "method-not-allowed-names-allowed", "options-tells-allow", "options-star-tells-all"],
        modes: &["off", "write-through", "write-behind"],
        stores: &["mysql"],
        profile: "plain",
        groups,
    }])
}

fn group(outcomes: &Outcomes, resource: &str, target: &str) -> anyhow::Result<Vec<Value>> {
    let mut steps = Vec::new();
    // Whether there is a document, for those methods that need one.
    let mut there = false;
    for method in &outcomes.0.headers.methods {
        let mut request = json!({"method": method, "target": target});
        let operation = outcomes.of(resource, method).or(outcomes.of("any", method));
        if let Some(media) = operation.and_then(|operation| operation.body.as_deref()) {
            request["headers"] = json!([["Content-Type", media]]);
            request["body"] = text("{}");
        }
        if resource == COUNTS && operation.is_some_and(|operation| operation.resource == COUNTS) {
            request["compare"] = json!(if method == "HEAD" { "status" } else { "shape" });
        }
        if operation.is_some_and(|operation| operation.resource == "document") && !there {
            steps.push(step("put", json!({"key": 0, "body": text("{}")}), outcomes.created("put")?));
            there = true;
        }
        there &= method != "DELETE";
        steps.push(match operation {
            Some(operation) if operation.resource == "any" => {
                and(step("request", request, outcomes.done(&operation.name)?), "carries", allowed(outcomes, resource)?)
            }
            Some(operation) => step("request", request, outcomes.done(&operation.name)?),
            None => and(step("request", request, outcomes.problem("method-not-allowed")?), "carries", json!({"Allow": outcomes.allow(resource)})),
        });
    }
    steps.push(step("request", json!({"method": UNKNOWN, "target": target}), outcomes.problem("unknown-method")?));
    Ok(steps)
}

/// What OPTIONS tells of a resource.
fn allowed(outcomes: &Outcomes, resource: &str) -> anyhow::Result<Value> {
    let patch = outcomes.of(resource, "PATCH").and_then(|operation| operation.body.clone());
    Ok(json!({"Allow": outcomes.allow(resource), "Accept-Patch": patch}))
}

/// The target `*`, which a parser may refuse for all methods but one before the service sees it.
fn star(outcomes: &Outcomes) -> anyhow::Result<Vec<Value>> {
    let mut steps = Vec::new();
    for method in &outcomes.0.headers.methods {
        let mut raw = json!({"lines": [format!("{method} * HTTP/1.1"), "Host: ${host}", "Connection: close"]});
        match outcomes.of("any", method) {
            Some(operation) => {
                let all = json!({"Allow": outcomes.0.headers.methods.join(", "), "Accept-Patch": null});
                steps.push(and(step("raw", raw, outcomes.done(&operation.name)?), "carries", all));
            }
            None => {
                raw["compare"] = json!("class");
                steps.push(step("raw", raw, outcomes.status_of("bad-path")?));
            }
        }
    }
    Ok(steps)
}
