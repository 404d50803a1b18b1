//! Holds single answers to the contract's tables, so that all targets cannot be wrong together there.

use crate::canonical;
use crate::coverage::{self, Resource};
use crate::driver::answer::{Answer, readable};
use crate::driver::fill::Outgoing;
use crate::generated::contract::{PROBLEMS, media};
use crate::targets::root;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Table {
    answer: Vec<Row>,
}

/// Which headers an answer carries: `Y` always, `?…` perhaps, else this value.
#[derive(Deserialize)]
struct Row {
    name: String,
    headers: BTreeMap<String, String>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("contract/headers.toml")).expect("contract/headers.toml is there");
    toml::from_str::<Table>(&text).expect("contract/headers.toml is well-formed").answer
});

/// What is wrong with an answer by itself.
pub fn fault(request: &Outgoing, answer: &Answer) -> Option<String> {
    if answer.status == 0 {
        return Some("the connection ended without an answer".to_owned());
    }
    let resource = coverage::resource(&request.target);
    let slug = answer.problem();
    let problem = answer.header("content-type") == Some(media::PROBLEM);
    headers(row(&request.method, resource, answer, problem, slug.as_deref()), answer)
        .or_else(|| if problem && request.method != "HEAD" { problem_body(answer, slug.as_deref()) } else { None })
        .or_else(|| etag(request, resource, answer))
}

fn row(method: &str, resource: Resource, answer: &Answer, problem: bool, slug: Option<&str>) -> &'static str {
    let reads = method == "GET" || method == "HEAD";
    // A HEAD has no body to tell two problems of one status apart by; only one kind names the cache.
    let of_document = slug.map_or(answer.header("cache-status").is_some(), |slug| matches!(slug, "document-not-found" | "precondition-failed"));
    match (resource, answer.status) {
        (Resource::Document, 200) if reads => "document",
        (Resource::Document, 304) => "not-modified",
        (Resource::Document, 404 | 412) if reads && of_document => "document-problem",
        (Resource::Collection, 200) if reads => "list",
        (_, 202) if method == "PUT" => "put-blind",
        (_, 202) if method == "DELETE" => "delete-blind",
        (_, 200 | 201) if method == "PUT" => "put",
        (_, 200 | 201) if method == "PATCH" || method == "POST" => "patch",
        (_, 204) if method == "DELETE" => "deleted",
        (_, 204) => "options",
        (_, _) if problem => "problem",
        _ => "status",
    }
}

fn headers(name: &str, answer: &Answer) -> Option<String> {
    let row = ROWS.iter().find(|row| row.name == name)?;
    for (header, rule) in &row.headers {
        match (answer.header(header), rule.as_str()) {
            (None, rule) if !rule.starts_with('?') => return Some(format!("no {header}, which answer {name:?} always carries")),
            (Some(value), rule) if rule != "Y" && !rule.starts_with('?') && value != rule => {
                return Some(format!("{header} is {value:?}, and {rule:?} in answer {name:?}"));
            }
            _ => {}
        }
    }
    let stranger = answer.headers.iter().find(|(header, _)| !row.headers.keys().any(|known| known.eq_ignore_ascii_case(header)));
    stranger.map(|(header, _)| format!("{header}, which answer {name:?} never carries"))
}

fn problem_body(answer: &Answer, slug: Option<&str>) -> Option<String> {
    let Some(fact) = PROBLEMS.iter().find(|fact| Some(fact.slug) == slug) else {
        return Some(format!("a problem that the contract does not know: {}", readable(&answer.body)));
    };
    let retry = fact.retry_after_s.map(|seconds| seconds.to_string());
    if i64::from(answer.status) != fact.status || answer.body != fact.body.as_bytes() {
        return Some(format!("{} with a status or body that is not the contract's", fact.slug));
    }
    (answer.header("retry-after") != retry.as_deref()).then(|| format!("{} with another Retry-After than {}", fact.slug, retry.as_deref().unwrap_or("none")))
}

/// The entity tag of a document that was sent is that of its bytes, unless a cache entry was planted with another.
fn etag(request: &Outgoing, resource: Resource, answer: &Answer) -> Option<String> {
    if request.method != "GET" || resource != Resource::Document || answer.status != 200 {
        return None;
    }
    let right = answer.header("etag") == Some(&format!("\"{}\"", canonical::etag(&answer.body)));
    let planted = answer.header("cache-status").is_some_and(|status| status.ends_with("hit"));
    (!right && !planted).then(|| "ETag is not that of the body".to_owned())
}
