//! The edges of what a document, its id and its numbers may be.

use super::super::outcomes::Outcomes;
use super::super::set::{nested, repeat, step, text};
use super::Edges;
use serde_json::{Value, json};

/// The steps for a limit of this kind; none for others.
pub fn edges(outcomes: &Outcomes, name: &str, n: i64) -> anyhow::Result<Option<Edges>> {
    Ok(Some(match name {
        "body_bytes" => {
            let body = |bytes: i64| json!({"parts": [text("{\"a\":\""), repeat("x", bytes - 8), text("\"}")]});
            Edges::Size(written(outcomes, "size", &body(n), &body(n + 1), "body-too-large")?)
        }
        "depth_levels" => Edges::Documents(written(outcomes, "depth", &nested(n), &nested(n + 1), "too-deep")?),
        "safe_integer" => Edges::Documents(integers(outcomes, n)?),
        "id_bytes" => Edges::Documents(ids(outcomes, n)?),
        "idempotency_key_bytes" => Edges::Documents(keys(outcomes, n)?),
        _ => return Ok(None),
    }))
}

/// By each operation that takes a body.
fn written(outcomes: &Outcomes, key: &str, taken: &Value, refused: &Value, slug: &str) -> anyhow::Result<Vec<Value>> {
    let (written, read) = (outcomes.problem(slug)?, outcomes.done("get")?);
    let put = |key: &str, body: &Value, expect: String| step("put", json!({"key": key, "body": body}), expect);
    let patch = |body: &Value, expect: String| step("patch", json!({"key": format!("{key}-2"), "body": body}), expect);
    let post = |body: &Value, expect: String| step("post", json!({"body": body, "idempotency_key": key}), expect);
    Ok(vec![
        put(key, taken, outcomes.created("put")?),
        put(key, refused, written.clone()),
        step("get", json!({"key": key}), read),
        put(&format!("{key}-2"), &text("{}"), outcomes.created("put")?),
        patch(taken, outcomes.done("patch")?),
        patch(refused, written.clone()),
        post(taken, outcomes.created("create")?),
        post(refused, written),
    ])
}

/// One beyond is a power of two, which its digits still name; two beyond is none.
fn integers(outcomes: &Outcomes, n: i64) -> anyhow::Result<Vec<Value>> {
    let mut steps = Vec::new();
    for (number, value) in [n, n + 1, n + 2, -n, -n - 1, -n - 2].into_iter().enumerate() {
        let expect = if value.abs() == n + 2 { outcomes.problem("number-precision")? } else { outcomes.created("put")? };
        steps.push(step("put", json!({"key": format!("integer-{number}"), "body": text(format!("{{\"a\":{value}}}"))}), expect));
    }
    Ok(steps)
}

fn ids(outcomes: &Outcomes, n: i64) -> anyhow::Result<Vec<Value>> {
    let id = |bytes: i64| "x".repeat(usize::try_from(bytes).unwrap_or_default());
    let refused = outcomes.problem("bad-path")?;
    Ok(vec![
        step("put", json!({"key": id(n), "body": text("{}")}), outcomes.created("put")?),
        step("get", json!({"key": id(n)}), outcomes.done("get")?),
        step("put", json!({"key": id(n + 1), "body": text("{}")}), refused.clone()),
        step("get", json!({"key": id(n + 1)}), refused),
        step("list", json!({"after": id(n)}), outcomes.done("list")?),
        step("list", json!({"after": id(n + 1)}), outcomes.problem("bad-query")?),
    ])
}

fn keys(outcomes: &Outcomes, n: i64) -> anyhow::Result<Vec<Value>> {
    let post = |key: String, expect: &str| step("post", json!({"body": text("{}"), "idempotency_key": key}), expect);
    let (created, refused) = (outcomes.created("create")?, outcomes.problem("bad-header")?);
    Ok(vec![
        post(format!("${{repeat:k:{n}}}"), &created),
        post(format!("${{repeat:k:{}}}", n + 1), &refused),
        post(format!("\"${{repeat:q:{n}}}\""), &created),
        post(format!("\"${{repeat:q:{}}}\"", n + 1), &refused),
    ])
}
