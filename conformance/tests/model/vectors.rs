//! Every vector that the model's pure parts can answer.

use crate::filling::bytes_of;
use conformance::canonical;
use conformance::generated::contract::{Problem, limits};
use conformance::model::headers::{Headers, Hidden};
use conformance::model::preconditions::{Preconditions, Weighed};
use conformance::model::record::{Kind, Record, ttl_ms};
use conformance::model::target::{self, Resource};
use conformance::model::{body, filter, json, keyed, media, page, query, router};
use mongodb::bson::Bson;
use serde_json::{Value, json};

/// Asks `answer` for every vector of a file and compares what it says.
fn hold(file: &str, answer: impl Fn(&Value, &Value) -> Value) {
    let path = conformance::targets::root().join(format!("contract/vectors/{file}.json"));
    let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).expect("the file is there")).expect("it is JSON");
    assert!(!vectors.is_empty(), "{file} has no vectors");
    let mut wrong = Vec::new();
    for vector in &vectors {
        let (input, expected) = (&vector["input"], &vector["expect"]);
        let found = answer(input, expected);
        if found != *expected {
            wrong.push(format!("{}: {} expected, the model says {}", vector["name"], short(expected), short(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} vectors of {file} differ:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}

fn slug(problem: Problem) -> &'static str {
    problem.fact().slug
}

fn error(problem: Problem) -> Value {
    json!({ "error": slug(problem) })
}

/// The operand that the vector wrote, if it stands for this text; else the text itself.
fn as_operand(text: &str, expected: &Value) -> Value {
    if bytes_of(expected) == text.as_bytes() { expected.clone() } else { json!({ "text": text }) }
}

fn read(text: &Value) -> Value {
    json::read(text.as_str().expect("a text").as_bytes()).expect("it is strict JSON")
}

fn lines(value: &Value) -> Vec<String> {
    value.as_array().expect("lines").iter().map(|line| line.as_str().expect("a line").to_owned()).collect()
}

fn headers(fields: &[(&str, Vec<String>)]) -> Headers {
    let lines = fields.iter().flat_map(|(name, lines)| lines.iter().map(|line| (*name, line.as_bytes())));
    Headers::new(lines, Hidden::nothing())
}

#[test]
fn a_text_is_read_as_the_vectors_say() {
    hold("json", |input, expected| match json::read(&bytes_of(input)) {
        Ok(value) => json!({ "canonical": as_operand(&canonical::text(&value), &expected["canonical"]) }),
        Err(problem) => error(problem),
    });
}

#[test]
fn a_body_is_judged_as_the_vectors_say() {
    hold("body", |input, expected| {
        let bytes = bytes_of(&input["body"]);
        let limit = input["limit"].as_u64().unwrap_or(limits::BODY_BYTES as u64) as usize;
        match body::document(&bytes, limit) {
            Ok(content) => json!({
                "canonical": as_operand(&content.body, &expected["canonical"]), "etag": content.etag, "was_canonical": content.body.as_bytes() == bytes,
            }),
            Err(problem) => error(problem),
        }
    });
}

#[test]
fn canonical_form_is_that_of_the_vectors() {
    hold("canonical", |input, _| json!(canonical::text(&read(&input["json"]))));
}

#[test]
fn an_entity_tag_is_that_of_the_vectors() {
    hold("etag", |input, _| json!(canonical::etag(&bytes_of(input))));
}

#[test]
fn a_life_is_spread_as_the_vectors_say() {
    hold("keys", |input, expected| {
        let mut out = expected.clone();
        out["ttl_ms"] = json!(ttl_ms(input["ttl_ms"].as_u64().expect("a number"), input["id"].as_str().expect("an id")));
        out
    });
}

#[test]
fn a_cache_record_is_read_as_the_vectors_say() {
    hold("records", |input, _| {
        let Some(record) = Record::parse(&bytes_of(&input["record"])) else { return Value::Null };
        assert_eq!(record.bytes(), bytes_of(&input["record"]));
        let (kind, etag, body) = match &record.kind {
            Kind::Value { etag, body } => ("V", etag.as_str(), body.as_ref()),
            Kind::Deleted => ("T", "", ""),
            Kind::Absent => ("N", "", ""),
        };
        json!({"n": record.n.to_string(), "kind": kind, "etag": etag, "body": body})
    });
}

#[test]
fn a_target_names_what_the_vectors_say() {
    hold("paths", |input, _| match target::parse(input["method"].as_str().expect("a method"), &bytes_of(&input["target"])) {
        Ok((_, Resource::Document { collection, id }, _)) => json!({"resource": "document", "collection": collection, "id": id}),
        Ok((_, Resource::Collection { collection }, _)) => json!({"resource": "collection", "collection": collection}),
        Ok((_, resource, _)) => json!({ "resource": resource.name() }),
        Err(problem) => error(problem),
    });
}

#[test]
fn a_collection_has_the_route_of_the_vectors() {
    hold("routing", |input, _| json!(router::first(&lines(&input["matches"]), input["collection"].as_str().expect("a name"))));
}

#[test]
fn patches_merge_as_the_vectors_say() {
    hold("merge_patch", |input, _| json!(canonical::text(&body::merged(read(&input["document"]), &read(&input["patch"])))));
}

#[test]
fn filters_match_as_the_vectors_say() {
    hold("where", |input, _| {
        let (_, filter) = filter::parse(&bytes_of(&input["where"])).expect("the filter is good");
        json!(filter.matches(&read(&input["document"])))
    });
}

#[test]
fn filters_are_read_as_the_vectors_say() {
    hold("filters", |input, expected| match filter::parse(&bytes_of(&input["where"])) {
        Ok((written, filter)) => {
            let pushed = expected["mysql"]["sql"] != "";
            assert_eq!(filter.pushes_nothing(), !pushed, "{input}");
            let mut out = expected.clone();
            out["canonical"] = json!(canonical::text(&written));
            out
        }
        Err(problem) => error(problem),
    });
}

#[test]
fn queries_are_read_as_the_vectors_say() {
    hold("lists", |input, _| match query::list(&bytes_of(&input["query"])) {
        Ok(list) => json!({"limit": list.limit, "after": list.after, "where": list.filter.map(|(written, _)| canonical::text(&written))}),
        Err(problem) => error(problem),
    });
}

#[test]
fn links_are_those_of_the_vectors() {
    hold("links", |input, _| {
        let text = |name: &str| input[name].as_str();
        let limit = input["limit"].as_u64().expect("a number") as usize;
        json!(page::link(text("collection").expect("a name"), limit, text("next").expect("an id"), text("where")))
    });
}

#[test]
fn preconditions_are_weighed_as_the_vectors_say() {
    hold("preconditions", |input, _| {
        let value = |name: &str| input[name].as_str().map(str::as_bytes);
        let read = Preconditions::read(value("if_match"), value("if_none_match"));
        let weighed = read.map(|read| read.weigh(input["method"].as_str().expect("a method"), input["etag"].as_str()));
        json!(match weighed {
            Ok(Weighed::Pass) => "pass",
            Ok(Weighed::NotModified) => "not-modified",
            Ok(Weighed::Refused(problem)) | Err(problem) => slug(problem),
        })
    });
}

#[test]
fn media_types_are_taken_as_the_vectors_say() {
    hold("content_type", |input, _| {
        let headers = headers(&[("Content-Type", lines(&input["content_type"])), ("Content-Encoding", lines(&input["content_encoding"]))]);
        let taken = media::unambiguous(&headers).and_then(|()| media::check(input["method"].as_str().expect("a method"), &headers));
        json!(taken.map_or_else(slug, |()| "accepted"))
    });
}

#[test]
fn keys_name_the_ids_of_the_vectors() {
    hold("idempotency", |input, _| {
        let id = keyed::id(input["collection"].as_str().expect("a name"), &headers(&[("Idempotency-Key", lines(&input["lines"]))]));
        id.map_or_else(error, |id| json!({ "id": id }))
    });
}

#[test]
fn documents_are_projected_as_the_vectors_say() {
    hold("projection", |input, expected| {
        let found = extended(&Bson::Document(canonical::projection(&read(&input["json"])))).to_string();
        let wanted: Value = serde_json::from_str(expected.as_str().expect("a text")).expect("it is JSON");
        let wanted = valued(&wanted).to_string();
        if found == wanted { expected.clone() } else { json!(found) }
    });
}

/// Canonical Extended JSON, but with a double's value in place of its digits, which can be spelled in more than one way.
fn extended(value: &Bson) -> Value {
    match value {
        Bson::Int32(number) => json!({"$numberInt": number.to_string()}),
        Bson::Int64(number) => json!({"$numberLong": number.to_string()}),
        Bson::Double(number) => json!({ "$numberDouble": number }),
        Bson::Array(items) => items.iter().map(extended).collect(),
        Bson::Document(members) => Value::Object(members.iter().map(|(name, value)| (name.clone(), extended(value))).collect()),
        Bson::String(text) => json!(text),
        Bson::Boolean(flag) => json!(flag),
        Bson::Null => Value::Null,
        other => panic!("{other:?} has no place in a projection"),
    }
}

fn valued(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(valued).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match value.as_str().filter(|_| name == "$numberDouble") {
                Some(text) => (name.clone(), json!(text.parse::<f64>().expect("a double"))),
                None => (name.clone(), valued(value)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}
