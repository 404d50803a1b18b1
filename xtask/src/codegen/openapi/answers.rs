//! What can come of an operation: its outcomes by status, with headers and bodies.

use super::schemas::{ADA, reference};
use crate::codegen::contract::{Contract, Error, Operation, Outcome};
use crate::digest::etag;
use serde_json::{Map, Value, json};

/// What is decided before the operation is known, and cannot be met where path and method are those described.
const ELSEWHERE: [&str; 3] = ["not-found", "method-not-allowed", "unknown-method"];

/// One example for each problem, by its slug.
pub fn examples(contract: &Contract) -> Value {
    let example = |error: &Error| {
        let value: Value = serde_json::from_str(&error.body()).expect("a problem is JSON");
        (error.slug.clone(), json!({"value": value}))
    };
    Value::Object(contract.errors.iter().map(example).collect())
}

/// The responses of one method on one resource, by status.
pub fn responses(contract: &Contract, operation: &Operation, method: &str, resource: &str) -> Value {
    let any = contract.operations.iter().find(|each| each.name == "any").expect("the contract has any");
    let here = any.outcomes.iter().filter(|outcome| applies(outcome, resource));
    let outcomes: Vec<&Outcome> = operation.outcomes.iter().chain(here).collect();
    let mut statuses: Vec<u16> = outcomes.iter().map(|outcome| outcome.status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let mut responses = Map::new();
    for status in statuses {
        let same: Vec<&Outcome> = outcomes.iter().copied().filter(|outcome| outcome.status == status).collect();
        responses.insert(status.to_string(), response(contract, operation, method, resource, &same));
    }
    responses.insert(
        "default".to_owned(),
        json!({
            "description": "Any other refusal",
            "headers": headers(contract, "problem", &[]),
            "content": problem_content(method, &ELSEWHERE.map(str::to_owned).into_iter().chain(["internal-error".to_owned()]).collect::<Vec<_>>()),
        }),
    );
    Value::Object(responses)
}

fn applies(outcome: &Outcome, resource: &str) -> bool {
    let slug = outcome.problem.as_deref().unwrap_or_default();
    let named = matches!(resource, "document" | "collection");
    !ELSEWHERE.contains(&slug) && (named || !matches!(slug, "unknown-collection" | "bad-path"))
}

fn response(contract: &Contract, operation: &Operation, method: &str, resource: &str, outcomes: &[&Outcome]) -> Value {
    let slugs: Vec<String> = outcomes.iter().filter_map(|outcome| outcome.problem.clone()).collect();
    let mut answers: Vec<&str> = outcomes.iter().map(|outcome| answer_of(operation, outcome)).collect();
    answers.dedup();
    let mut response = json!({"description": description(contract, outcomes)});
    let mut all = headers(contract, answers[0], &conditions(outcomes[0].status, operation, resource));
    for answer in &answers[1..] {
        // A header that only one of several answers with this status carries is not required.
        let others = headers(contract, answer, &conditions(outcomes[0].status, operation, resource));
        all = merged(&all, &others);
    }
    response["headers"] = Value::Object(all);
    let content = if slugs.is_empty() { content(operation, outcomes[0].status, method) } else { problem_content(method, &slugs) };
    if content.as_object().is_some_and(|content| !content.is_empty()) {
        response["content"] = content;
    }
    response
}

/// A name of headers.toml for what an outcome answers.
fn answer_of(operation: &Operation, outcome: &Outcome) -> &'static str {
    match (operation.name.as_str(), outcome.status, outcome.problem.as_deref()) {
        ("get", 200, _) => "document",
        ("get", 304, _) => "not-modified",
        ("get", _, Some("document-not-found" | "precondition-failed")) => "document-problem",
        (_, _, Some(_)) => "problem",
        ("put", 202, _) => "put-blind",
        ("put", ..) => "put",
        ("patch" | "create", ..) => "patch",
        ("delete", 202, _) => "delete-blind",
        ("delete", ..) => "deleted",
        ("list", ..) => "list",
        ("options", ..) => "options",
        _ => "status",
    }
}

/// Those of an answer's conditional headers that this very response can have.
fn conditions(status: u16, operation: &Operation, resource: &str) -> Vec<(&'static str, bool)> {
    vec![
        ("Location", status == 201),
        ("Retry-After", status == 503),
        ("Allow", operation.name == "options" || status == 405),
        ("Accept-Patch", operation.name == "options" && resource == "document" || operation.name == "patch" && status == 415),
    ]
}

fn headers(contract: &Contract, answer: &str, conditions: &[(&'static str, bool)]) -> Map<String, Value> {
    let answer = contract.headers.answer.iter().find(|each| each.name == answer).expect("an answer of headers.toml");
    let mut headers = Map::new();
    for (name, when) in &answer.headers {
        let when = when.as_str().expect("a text");
        let known = conditions.iter().find(|(header, _)| header == name).map(|(_, possible)| *possible);
        // The format has the content's type in a place of its own.
        if name == "Content-Type" || known == Some(false) {
            continue;
        }
        let required = when.strip_prefix("? ").is_none() || known == Some(true);
        let mut header = json!({"required": required, "schema": schema(contract, name, when)});
        if let Some(condition) = when.strip_prefix("? ").filter(|_| !required) {
            header["description"] = format!("Present: {condition}.").into();
        }
        headers.insert(name.clone(), header);
    }
    headers
}

fn merged(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut all = one.clone();
    for (name, header) in other {
        all.entry(name.clone()).or_insert_with(|| header.clone());
    }
    for (name, header) in &mut all {
        if !(one.contains_key(name) && other.contains_key(name)) {
            header["required"] = false.into();
        }
    }
    all
}

/// What values a header takes.
fn schema(contract: &Contract, name: &str, when: &str) -> Value {
    let values = |table: &toml::Table| table.values().filter_map(toml::Value::as_str).map(Value::from).collect::<Vec<_>>();
    match name {
        "ETag" => json!({"type": "string", "pattern": "^\"[0-9a-f]{32}\"$", "examples": [format!("\"{}\"", etag(ADA))]}),
        "Cache-Control" => json!({"const": when}),
        "Cache-Status" => json!({"enum": values(&contract.headers.cache_status)}),
        "Write-Status" if when != "Y" => json!({"const": when}),
        "Write-Status" => json!({"enum": values(&contract.headers.write_status)}),
        "Content-Length" => json!({"type": "integer", "minimum": 0}),
        "Retry-After" => json!({"type": "integer", "minimum": 1, "description": "Seconds."}),
        "Accept-Patch" => json!({"const": contract.headers.media["merge_patch"].as_str()}),
        "Allow" => json!({"type": "string", "examples": [contract.headers.methods.join(", ")]}),
        "Location" => json!({"type": "string", "format": "uri-reference", "examples": ["/v1/people/ada"]}),
        "Pending-Writes" => json!({"type": "integer", "minimum": 0, "description": "Writes that the list may not show yet."}),
        "Link" => json!({"type": "string", "examples": ["</v1/people?limit=50&after=ada>; rel=\"next\""]}),
        other => unreachable!("{other} has no schema"),
    }
}

fn description(contract: &Contract, outcomes: &[&Outcome]) -> String {
    let sentence = |outcome: &&Outcome| {
        let needs = outcome.needs.as_ref().map_or(String::new(), |needs| format!(" (only with {needs})"));
        match &outcome.problem {
            Some(slug) => {
                let error = contract.errors.iter().find(|error| error.slug == *slug).expect("reading the contract looked for it");
                format!("`{slug}`{needs}: {}", error.detail)
            }
            None => format!("{}{needs}", done(outcome.status)),
        }
    };
    outcomes.iter().map(sentence).collect::<Vec<_>>().join("\n\n")
}

fn done(status: u16) -> &'static str {
    match status {
        200 => "Done",
        201 => "Created",
        202 => "Taken without having been compared with what is stored",
        204 => "Done; nothing more to say",
        304 => "The client's copy is the current one",
        503 => "Not ready",
        other => unreachable!("{other} is no outcome without a problem"),
    }
}

fn content(operation: &Operation, status: u16, method: &str) -> Value {
    let schema = match operation.name.as_str() {
        _ if method == "HEAD" || matches!(status, 204 | 304) => return json!({}),
        "get" => "Document",
        "list" => "Page",
        "live" => "Live",
        "ready" => "Ready",
        "stats" => "Stats",
        _ => "Receipt",
    };
    json!({"application/json": {"schema": reference(schema)}})
}

fn problem_content(method: &str, slugs: &[String]) -> Value {
    if method == "HEAD" {
        return json!({});
    }
    let examples: Map<String, Value> = slugs.iter().map(|slug| (slug.clone(), json!({"$ref": format!("#/components/examples/{slug}")}))).collect();
    json!({"application/problem+json": {"schema": reference("Problem"), "examples": examples}})
}
