//! Cases for every error of every operation that a request alone can meet.

use super::outcomes::Outcomes;
use super::set::{Set, and, nested, raw, step, text};
use crate::codegen::contract::Operation;
use anyhow::{bail, ensure};
use serde_json::{Value, json};

/// Errors that need more than a request, and what shows them.
const NEED_MORE: [(&str, &str); 8] = [
    ("document-refused", "a store with a validator: cases/faults"),
    ("cache-unavailable", "a Redis that is down: cases/faults"),
    ("store-unavailable", "a store that is down: cases/faults"),
    ("outcome-unknown", "a store that does not answer a write: cases/faults"),
    ("contention", "other writers at the same time: cases/faults"),
    ("backlog-full", "a full queue: cases/write-behind"),
    ("not-synced", "a queue that waits: cases/write-behind"),
    ("internal-error", "never on purpose"),
];

pub fn sets(outcomes: &Outcomes) -> anyhow::Result<Vec<Set>> {
    for (slug, _) in NEED_MORE {
        outcomes.problem(slug)?;
    }
    let (mut plain, mut blind) = (Vec::new(), Vec::new());
    for error in &outcomes.0.errors {
        let meets =
            |operation: &&Operation| operation.outcomes.iter().any(|outcome| outcome.needs.is_none() && outcome.problem.as_deref() == Some(&error.slug));
        let operations: Vec<&Operation> = outcomes.0.operations.iter().filter(meets).collect();
        if NEED_MORE.iter().any(|(slug, _)| *slug == error.slug) {
            continue;
        }
        ensure!(!operations.is_empty(), "errors.toml: no operation has {}; add it to the outcomes in operations.toml", error.slug);
        for operation in operations {
            let Some(steps) = met(outcomes, &error.slug, operation)? else {
                bail!(
                    "operations.toml: no generated case makes {} answer {}; write how in xtask/src/codegen/cases/errors.rs, or say there what it needs",
                    operation.name,
                    error.slug
                );
            };
            if error.slug == "precondition-required" { &mut blind } else { &mut plain }.push(steps);
        }
    }
    let set = |name: &str, clauses, profile, groups| Set {
        name: name.to_owned(),
        why: "Each error is answered by each operation that has it.".to_owned(),
        clauses,
        modes: &["write-through", "write-behind"],
        stores: &["mongodb"],
        profile,
        groups,
    };
    Ok(vec![
        set("errors", &["problems-are-json"], "plain", plain),
        set("errors-of-blind-writes", &["require-match-refuses-blind-writes"], "require-match", blind),
    ])
}

/// The steps of which the last is answered with the error; none if nobody has said how.
fn met(outcomes: &Outcomes, slug: &str, operation: &Operation) -> anyhow::Result<Option<Vec<Value>>> {
    let expect = outcomes.problem(slug)?;
    let name = operation.name.as_str();
    Ok(match name {
        "any" => of_any(outcomes, slug, expect)?,
        "list" if slug == "bad-query" => Some(vec![step("list", json!({"query": "limit=x"}), expect)]),
        _ => match of_body(outcomes, slug)? {
            Some(body) if operation.body.is_some() => Some(vec![write(name, body, expect)]),
            _ if operation.resource != "document" && operation.body.is_none() => None,
            _ => of_header(outcomes, slug, operation, &expect)?.or(of_document(outcomes, slug, name, &expect)?),
        },
    })
}

/// A body that is refused with the error.
fn of_body(outcomes: &Outcomes, slug: &str) -> anyhow::Result<Option<Value>> {
    Ok(Some(match slug {
        "bad-json" => text("{\"a\":}"),
        "duplicate-name" => text("{\"a\":1,\"a\":1}"),
        "nul-in-name" => text("{\"\\u0000\":1}"),
        "too-deep" => nested(outcomes.limit("depth_levels")? + 1),
        "number-out-of-range" => text("{\"a\":1e309}"),
        "number-precision" => text(format!("{{\"a\":{}}}", outcomes.limit("safe_integer")? + 2)),
        "root-not-object" => text("[]"),
        _ => return Ok(None),
    }))
}

fn write(operation: &str, body: Value, expect: impl Into<String>) -> Value {
    match operation {
        "create" => step("post", json!({"body": body}), expect),
        _ => step(operation, json!({"key": "missing", "body": body}), expect),
    }
}

fn of_header(outcomes: &Outcomes, slug: &str, operation: &Operation, expect: &str) -> anyhow::Result<Option<Vec<Value>>> {
    let name = operation.name.as_str();
    let mut step = match (name, operation.body.is_some()) {
        (_, true) => write(name, text("{}"), expect),
        _ => step(name, json!({"key": "missing"}), expect),
    };
    let kind = if name == "create" { "post" } else { name };
    match (slug, operation.body.as_deref()) {
        ("bad-header", _) if name == "create" => step[kind]["idempotency_key"] = json!(""),
        ("bad-header", _) => step[kind]["if_match"] = json!("x"),
        ("unsupported-media-type", Some(_)) => step[kind]["content_type"] = json!("text/plain"),
        ("body-too-large", Some(media)) => {
            let target = if name == "create" { "/v1/${coll}" } else { "/v1/${coll}/missing" };
            let length = outcomes.limit("body_bytes")? + 1;
            let lines = [format!("{} {target} HTTP/1.1", operation.methods[0]), "Host: ${host}".to_owned(), format!("Content-Type: {media}")];
            step = raw([&lines[..], &[format!("Content-Length: {length}")]].concat(), expect);
        }
        _ => return Ok(None),
    }
    Ok(Some(vec![step]))
}

/// What a document, or its absence, has to do with it.
fn of_document(outcomes: &Outcomes, slug: &str, name: &str, expect: &str) -> anyhow::Result<Option<Vec<Value>>> {
    let body = json!({"json": {"a": 1}});
    let operands = |key: &str| if matches!(name, "put" | "patch") { json!({"key": key, "body": body}) } else { json!({"key": key}) };
    let key = format!("{slug}-{name}");
    let keyed = |content: i64, expect: String| step("post", json!({"body": {"json": {"a": content}}, "idempotency_key": slug}), expect);
    Ok(Some(match (slug, name) {
        ("document-not-found", _) => vec![step(name, operands("missing"), expect)],
        // Whether the document is there is asked before, but for a PUT.
        ("precondition-required", "put" | "patch" | "delete") => {
            let there = json!({"key": key, "body": body, "if_none_match": "*"});
            vec![step("put", there, outcomes.created("put")?), step(name, operands(&key), expect)]
        }
        ("precondition-failed", _) => {
            let mut failed = operands(&key);
            failed["if_match"] = json!("\"x\"");
            vec![step("put", json!({"key": key, "body": body}), outcomes.created("put")?), step(name, failed, expect)]
        }
        ("key-reused", "create") => vec![keyed(1, outcomes.created("create")?), keyed(2, expect.to_owned())],
        ("key-conflict", "create") => vec![
            and(keyed(1, outcomes.created("create")?), "as", json!(key)),
            step("delete", json!({"key": {"id_of": key}}), outcomes.done("delete")?),
            keyed(1, expect.to_owned()),
        ],
        _ => return Ok(None),
    }))
}

fn of_any(outcomes: &Outcomes, slug: &str, expect: String) -> anyhow::Result<Option<Vec<Value>>> {
    let asked = |method: &str, target: String| step("request", json!({"method": method, "target": target}), &*expect);
    let lines = |more: &[String]| raw([&["GET /v1/${coll} HTTP/1.1".to_owned()], more].concat(), &*expect);
    let host = || "Host: ${host}".to_owned();
    Ok(Some(vec![match slug {
        "unknown-method" => asked("PROPFIND", "/v1/${coll}".to_owned()),
        "target-too-long" => asked("GET", format!("/${{repeat:x:{}}}", outcomes.limit("target_bytes")?)),
        "bad-path" => asked("GET", "/v1/${coll}/%zz".to_owned()),
        "not-found" => asked("GET", "/v1".to_owned()),
        "unknown-collection" => asked("GET", "/v1/zz-none".to_owned()),
        "method-not-allowed" => asked("DELETE", "/v1/${coll}".to_owned()),
        "bad-query" => asked("GET", "/v1/${coll}/missing?a=1".to_owned()),
        "headers-too-large" => lines(&[host(), format!("X: ${{repeat:x:{}}}", outcomes.limit("header_bytes")?)]),
        "bad-request" => lines(&[host(), host()]),
        "expectation-failed" => lines(&[host(), "Expect: x".to_owned()]),
        _ => return Ok(None),
    }]))
}
