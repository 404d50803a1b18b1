//! Plays the vectors of HTTP's texts.

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use server_rs::documents::create::keyed_id;
use server_rs::documents::preconditions::{Preconditions, Tags, Verdict};
use server_rs::errors::Problem;
use server_rs::generated::contract::{OPERATIONS, OperationFact, limits, names};
use server_rs::http::target::{self, Resource};
use server_rs::http::{headers, query};

use crate::operand::bytes;
use crate::rooms::error;

pub fn paths(input: &Value) -> Value {
    match target::parse(input["method"].as_str().expect("a method"), &bytes(&input["target"])) {
        Ok(target) => match target.resource {
            Resource::Document { collection, id } => json!({ "resource": "document", "collection": collection, "id": id }),
            Resource::Collection(collection) => json!({ "resource": "collection", "collection": collection }),
            other => json!({ "resource": other.word() }),
        },
        Err(problem) => error(problem),
    }
}

pub fn lists(input: &Value) -> Value {
    match query::parse(&bytes(&input["query"])) {
        Ok(wanted) => json!({ "limit": wanted.limit, "after": wanted.after, "where": wanted.filter.map(|filter| filter.canonical) }),
        Err(problem) => error(problem),
    }
}

pub fn links(input: &Value) -> Value {
    let text = |name: &str| input[name].as_str().expect("a text");
    json!(query::link(text("collection"), input["limit"].as_i64().expect("a number"), text("next"), input["where"].as_str()))
}

pub fn preconditions(input: &Value) -> Value {
    let tags = |name: &str| input[name].as_str().map(|value| Tags::parse(value.as_bytes())).transpose();
    let parsed = tags("if_match").and_then(|if_match| Ok(Preconditions { if_match, if_none_match: tags("if_none_match")? }));
    let Ok(parsed) = parsed else { return json!(Problem::BadHeader.fact().slug) };
    let method = input["method"].as_str().expect("a method");
    let reads = matches!(method, "GET" | "HEAD");
    match (input["etag"].as_str(), method) {
        (None, "GET" | "HEAD" | "PATCH" | "DELETE") => json!(Problem::DocumentNotFound.fact().slug),
        (etag, _) => match parsed.judge(etag) {
            Verdict::Pass => json!("pass"),
            Verdict::Matched if reads => json!("not-modified"),
            Verdict::Matched | Verdict::Failed => json!(Problem::PreconditionFailed.fact().slug),
        },
    }
}

pub fn content_type(input: &Value) -> Value {
    let method = input["method"].as_str().expect("a method");
    let operation = OPERATIONS.iter().find(|fact| fact.methods.contains(&method)).expect("an operation of the method");
    let lines = [(names::CONTENT_TYPE, &input["content_type"]), (names::CONTENT_ENCODING, &input["content_encoding"])];
    match judge_content(&header_map(&lines), operation) {
        Ok(()) => json!("accepted"),
        Err(problem) => json!(problem.fact().slug),
    }
}

fn judge_content(headers: &HeaderMap, operation: &OperationFact) -> Result<(), Problem> {
    headers::fields(headers, operation)?;
    headers::body(headers, operation.body.expect("a body"), limits::BODY_BYTES as usize)
}

pub fn idempotency(input: &Value) -> Value {
    let headers = header_map(&[(names::IDEMPOTENCY_KEY, &input["lines"])]);
    let value = headers::joined(&headers, names::IDEMPOTENCY_KEY).expect("at least one line");
    match headers::idempotency_key(&value) {
        Ok(key) => json!({ "id": keyed_id(input["collection"].as_str().expect("a collection"), &key) }),
        Err(problem) => error(problem),
    }
}

/// Controls cannot stand in a header map, as hyper refuses them before; a byte over 7F is as bad.
fn header_map(fields: &[(&str, &Value)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, lines) in fields {
        for line in lines.as_array().expect("an array").iter().filter_map(Value::as_str) {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap_or_else(|_| HeaderValue::from_bytes(b"\x80").expect("a value"));
            headers.append(HeaderName::try_from(*name).expect("a name"), value);
        }
    }
    headers
}
