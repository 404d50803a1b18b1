//! Cases at both edges of every limit that a request can meet.

mod documents;
mod lists;
mod requests;

use super::outcomes::Outcomes;
use super::set::Set;
use anyhow::bail;
use serde_json::Value;

/// Limits that no request meets by itself, and what shows them.
const UNMET: [(&str, &str); 24] = [
    ("list_time_factor", "a slow store: cases/faults"),
    ("write_tries", "other writers: cases/faults"),
    ("lease_factor", "a planted lease: cases/cache"),
    ("intent_factor", "a planted writer: cases/cache"),
    ("wait_interval_ms", "a pause that nobody sees"),
    ("heartbeat_interval_ms", "another fleet: cases/faults"),
    ("fleet_live_ms", "another fleet: cases/faults"),
    ("keep_alive_ms", "half a minute of idleness"),
    ("idle_ping_ms", "half a minute of idleness"),
    ("stop_grace_ms", "a signal: special tests"),
    ("tombstone_s", "a day"),
    ("sweep_interval_s", "an hour"),
    ("visibility_factor", "a drain that dies: cases/faults"),
    ("claim_rows", "a backlog: special tests"),
    ("claim_bytes", "a backlog: special tests"),
    ("claim_interval_ms", "a pause that nobody sees"),
    ("queues_interval_ms", "a pause that nobody sees"),
    ("queues_per_s", "a pause that nobody sees"),
    ("refused_pause_ms", "a document that the store refuses: cases/drain"),
    ("pending_too_old_ms", "a moved clock: cases/ready"),
    ("drain_backoff_first_ms", "a store that is down: cases/faults"),
    ("drain_backoff_most_ms", "a store that is down: cases/faults"),
    ("prefer_wait_s", "a minute"),
    ("ready_timeout_ms", "a silent store: cases/ready"),
];

/// The edges of a limit, by what they are about.
enum Edges {
    Requests(Vec<Value>),
    Documents(Vec<Value>),
    Lists(Vec<Value>),
    /// Documents of the greatest size.
    Size(Vec<Value>),
    /// Lists of collections that the steps fill, each of its own.
    Rows(Vec<Vec<Value>>),
}

pub fn sets(outcomes: &Outcomes) -> anyhow::Result<Vec<Set>> {
    for (name, _) in UNMET {
        outcomes.limit(name)?;
    }
    let (mut requests, mut documents, mut lists, mut size, mut sets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for name in outcomes.0.limits.keys().filter(|name| !UNMET.iter().any(|(unmet, _)| unmet == name)) {
        match edges(outcomes, name, outcomes.limit(name)?)? {
            Some(Edges::Requests(steps)) => requests.push(steps),
            Some(Edges::Documents(steps)) => documents.push(steps),
            Some(Edges::Lists(steps)) => lists.push(steps),
            Some(Edges::Size(steps)) => size.push(steps),
            Some(Edges::Rows(groups)) => sets.extend(rows(name, groups)),
            None => bail!(
                "limits.toml: no generated case meets {name}; write its edges in xtask/src/codegen/cases/limits/, or say in limits.rs why no request meets it"
            ),
        }
    }
    let both = &["mongodb", "mysql"];
    sets.push(set("limits-of-requests".to_owned(), &["target-length-is-limited", "headers-are-limited", "names-are-checked"], "off", &["mysql"], requests));
    sets.push(set(
        "limits-of-documents".to_owned(),
        &["json-depth-is-limited", "json-integer-is-exact", "names-are-checked", "post-key-is-checked"],
        "write-through",
        both,
        documents,
    ));
    sets.push(set("limits-of-lists".to_owned(), &["list-limit-is-bounded", "where-syntax-is-checked"], "off", both, lists));
    sets.push(set("limits-of-size".to_owned(), &["body-size-is-limited"], "write-through", &["mysql"], size));
    Ok(sets)
}

/// Planting rows is slow on MongoDB, and its own cases have fewer.
fn rows(limit: &str, groups: Vec<Vec<Value>>) -> Vec<Set> {
    let several = groups.len() > 1;
    let name = |number: usize| if several { format!("limit-{}-{number:02}", limit.replace('_', "-")) } else { format!("limit-{}", limit.replace('_', "-")) };
    let clauses: &[&str] = if limit.contains("examined") { &["list-examines-a-bounded-number"] } else { &["list-limit-is-bounded", "list-links-next-page"] };
    groups.into_iter().enumerate().map(|(number, group)| set(name(number + 1), clauses, "off", &["mysql"], vec![group])).collect()
}

fn set(name: String, clauses: &'static [&'static str], mode: &'static str, stores: &'static [&'static str], groups: Vec<Vec<Value>>) -> Set {
    let why = "What is just at a limit is taken, and what is one beyond is not.".to_owned();
    Set { name, why, clauses, modes: if mode == "off" { &["off"] } else { &["write-through"] }, stores, profile: "plain", groups }
}

fn edges(outcomes: &Outcomes, name: &str, n: i64) -> anyhow::Result<Option<Edges>> {
    Ok(match requests::edges(outcomes, name, n)? {
        None => match documents::edges(outcomes, name, n)? {
            None => lists::edges(outcomes, name, n)?,
            met => met,
        },
        met => met,
    })
}
