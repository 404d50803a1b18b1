//! The edges of what a list may ask for, and of what it looks at.

use super::super::outcomes::Outcomes;
use super::super::set::{and, repeat, step, text};
use super::Edges;
use anyhow::ensure;
use serde_json::{Value, json};

/// The steps for a limit of this kind; none for others.
pub fn edges(outcomes: &Outcomes, name: &str, n: i64) -> anyhow::Result<Option<Edges>> {
    let (taken, refused) = (outcomes.done("list")?, outcomes.problem("bad-query")?);
    let both =
        |filter: &dyn Fn(i64) -> Value| vec![step("list", json!({"where": filter(n)}), &*taken), step("list", json!({"where": filter(n + 1)}), &*refused)];
    let query = |query: String, expect: &str| step("list", json!({"query": query}), expect);
    Ok(Some(match name {
        "list_max_items" => Edges::Lists(vec![
            query(format!("limit={n}"), &taken),
            query(format!("limit={}", n + 1), &refused),
            query("limit=1".to_owned(), &taken),
            query("limit=0".to_owned(), &refused),
        ]),
        "where_escaped_bytes" => {
            let filter = |bytes: i64| format!("where=%7B%22a%22%3A%22${{repeat:x:{}}}%22%7D", bytes - 22);
            Edges::Lists(vec![query(filter(n), &taken), query(filter(n + 1), &refused)])
        }
        "where_operators" => Edges::Lists(both(&|count| json!({"$or": (0..count).map(|value| json!({"b": value})).collect::<Vec<_>>()}))),
        "where_operands" => {
            Edges::Lists(["$in", "$nin", "$all"].iter().flat_map(|operator| both(&|count| json!({"b": {*operator: (0..count).collect::<Vec<_>>()}}))).collect())
        }
        "where_pushdown_names" => Edges::Lists(deep(outcomes, n)?),
        "list_default_items" => Edges::Rows(vec![pages(outcomes, n, json!({}), json!({"after": row(0)}))?]),
        "list_batch_rows" => Edges::Rows(vec![pages(outcomes, n, json!({"limit": n}), json!({"limit": n + 1}))?]),
        "list_examined_rows" => Edges::Rows(vec![rows(outcomes, n)?]),
        "list_examined_bytes" => Edges::Rows(sizes(outcomes, n)?),
        _ => return Ok(None),
    }))
}

fn row(number: i64) -> String {
    format!("r{number:05}")
}

fn path(names: i64) -> String {
    vec!["p"; usize::try_from(names).unwrap_or_default()].join(".")
}

/// Documents that only paths of this length, and of one name more, find.
fn deep(outcomes: &Outcomes, n: i64) -> anyhow::Result<Vec<Value>> {
    ensure!(n < outcomes.limit("depth_levels")?, "limits.toml: where_pushdown_names leaves no longer path that a document can have");
    let document = |names: i64| json!({"parts": [repeat("{\"p\":", names), text("1"), repeat("}", names)]});
    let mut steps = Vec::new();
    for names in [n, n + 1] {
        steps.push(step("put", json!({"key": format!("p{names}"), "body": document(names)}), outcomes.created("put")?));
    }
    for names in [n, n + 1] {
        let list = step("list", json!({"where": {path(names): 1}}), outcomes.done("list")?);
        steps.push(and(list, "ids", json!([format!("p{names}")])));
    }
    Ok(steps)
}

/// A page that ends with the n-th of n + 1 rows, and says so, and one that ends with the last.
fn pages(outcomes: &Outcomes, n: i64, first: Value, last: Value) -> anyhow::Result<Vec<Value>> {
    let limit = first.get("limit").and_then(Value::as_i64).unwrap_or(outcomes.limit("list_default_items")?);
    let taken = outcomes.done("list")?;
    Ok(vec![
        json!({"plant_rows": {"count": n + 1}}),
        and(step("list", first, &*taken), "carries", link(limit, n - 1, "")),
        and(step("list", last, &*taken), "carries", json!({"Link": null})),
    ])
}

fn link(limit: i64, last: i64, filter: &str) -> Value {
    json!({"Link": format!("</v1/${{coll}}?limit={limit}&after={}{filter}>; rel=\"next\"", row(last))})
}

/// Asks for what no row has, so that the page ends where looking ends: after this row.
fn looks_to(outcomes: &Outcomes, last: i64) -> anyhow::Result<Value> {
    let list = and(step("list", json!({"where": {"i": {"$lt": 0}}}), outcomes.done("list")?), "ids", json!([]));
    Ok(and(list, "carries", link(outcomes.limit("list_default_items")?, last, "&where=%7B%22i%22%3A%7B%22%24lt%22%3A0%7D%7D")))
}

fn rows(outcomes: &Outcomes, n: i64) -> anyhow::Result<Vec<Value>> {
    let rest = json!({"after": row(1), "where": {"i": {"$lt": 0}}});
    let fewer = and(step("list", rest, outcomes.done("list")?), "carries", json!({"Link": null}));
    Ok(vec![json!({"plant_rows": {"count": n + 1}}), looks_to(outcomes, n - 1)?, fewer])
}

/// Rows that reach the limit exactly, with a small document before them; and rows one byte shorter, of which it takes one more.
fn sizes(outcomes: &Outcomes, n: i64) -> anyhow::Result<Vec<Vec<Value>>> {
    let count = n / outcomes.limit("body_bytes")? + 2;
    let rest = n - bare(0) - (0..count).map(bare).sum::<i64>();
    let small = step("put", json!({"key": 0, "body": {"json": {"i": 0, "pad": "x".repeat(usize::try_from(rest % count)?)}}}), outcomes.created("put")?);
    let group = |pad: i64, last: i64| {
        let planted = json!({"plant_rows": {"count": count + 2, "pad_bytes": pad}});
        anyhow::Ok(vec![small.clone(), planted, looks_to(outcomes, last)?])
    };
    Ok(vec![group(rest / count, count - 1)?, group(rest / count - 1, count)?])
}

/// The bytes of a planted row without its padding.
fn bare(number: i64) -> i64 {
    json!({"i": number, "pad": ""}).to_string().len() as i64
}
