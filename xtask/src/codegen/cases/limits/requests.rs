//! The edges of what a request's target and header section may be.

use super::super::outcomes::Outcomes;
use super::super::set::{raw, step};
use super::Edges;
use serde_json::{Value, json};

/// The steps for a limit of this kind; none for others.
pub fn edges(outcomes: &Outcomes, name: &str, n: i64) -> anyhow::Result<Option<Edges>> {
    Ok(Some(Edges::Requests(match name {
        "target_bytes" => vec![
            asked(format!("/${{repeat:/:{}}}", n - 1), outcomes.problem("not-found")?),
            asked(format!("/${{repeat:/:{n}}}"), outcomes.problem("target-too-long")?),
        ],
        "query_bytes" => {
            let query = |bytes: i64| format!("/v1/${{coll}}?where=%7B${{repeat:+:{}}}%7D", bytes - 12);
            vec![asked(query(n), outcomes.done("list")?), asked(query(n + 1), outcomes.problem("target-too-long")?)]
        }
        "collection_bytes" => {
            // No route matches these, which is found out after the name was looked at.
            let target = |bytes: i64| format!("/v1/zz-${{repeat:x:{}}}", bytes - 3);
            vec![asked(target(n), outcomes.problem("unknown-collection")?), asked(target(n + 1), outcomes.problem("bad-path")?)]
        }
        "header_names" => {
            let lines = |names: i64| (1..names).map(|number| format!("X-{number}: v")).collect();
            headers(outcomes, &[lines(n)], &[lines(n + 1)])?
        }
        "header_bytes" => {
            let each = outcomes.limit("header_overhead_bytes")?;
            let rest = n - (5 + each) - (1 + each);
            headers(outcomes, &[vec![long("X", rest)]], &[vec![long("X", rest + 1)]])?
        }
        "header_overhead_bytes" => {
            // It counts once a name: with ten names, ten times.
            let names: Vec<String> = (0..9).map(|number| format!("Y{number}")).collect();
            let rest = outcomes.limit("header_bytes")? - (5 + n) - (1 + n) - 9 * (3 + n);
            let lines = |length: i64| names.iter().map(|name| format!("{name}: v")).chain([long("X", length)]).collect::<Vec<_>>();
            headers(outcomes, &[lines(rest)], &[lines(rest + 1)])?
        }
        _ => return Ok(None),
    })))
}

fn asked(target: String, expect: String) -> Value {
    step("request", json!({"method": "GET", "target": target}), expect)
}

fn long(name: &str, bytes: i64) -> String {
    format!("{name}: ${{repeat:x:{bytes}}}")
}

fn headers(outcomes: &Outcomes, taken: &[Vec<String>], refused: &[Vec<String>]) -> anyhow::Result<Vec<Value>> {
    let start = ["GET /v1/${coll}?limit=1 HTTP/1.1".to_owned(), "Host: h".to_owned()];
    let mut steps = Vec::new();
    for (all, expect) in [(taken, outcomes.done("list")?), (refused, outcomes.problem("headers-too-large")?)] {
        steps.extend(all.iter().map(|lines| raw([&start[..], lines].concat(), expect.clone())));
    }
    Ok(steps)
}
