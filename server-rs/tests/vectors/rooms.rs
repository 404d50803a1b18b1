//! Plays the vectors of the rooms that know no HTTP.

use serde_json::{Value, json};
use server_rs::cache::record;
use server_rs::config::{arguments as command_line, routing_file};
use server_rs::documents::patch::merge;
use server_rs::documents::read_body;
use server_rs::errors::Problem;
use server_rs::filter::coarse::coarse;
use server_rs::filter::r#match::matches;
use server_rs::filter::parse;
use server_rs::generated::contract::{exit, limits};
use server_rs::json::{self, read, write};
use server_rs::redis::keys::{Keys, QueueKeys, generation, jittered};
use server_rs::store::{mongo, mysql};

use crate::extended;
use crate::operand::bytes;

pub fn error(problem: Problem) -> Value {
    json!({ "error": problem.fact().slug })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn parsed(text: &str) -> json::Value {
    read::value(text.as_bytes()).expect("good JSON")
}

pub fn json(input: &Value) -> Value {
    match read::value(&bytes(input)) {
        Ok(value) => json!({ "canonical": { "text": write::canonical(&value) } }),
        Err(problem) => error(problem),
    }
}

pub fn canonical(input: &Value) -> Value {
    json!(write::canonical(&parsed(text(&input["json"]))))
}

pub fn body(input: &Value) -> Value {
    let limit = input["limit"].as_u64().unwrap_or(limits::BODY_BYTES as u64) as usize;
    match read_body(&bytes(&input["body"]), limit) {
        Ok(body) => {
            let canonical = String::from_utf8_lossy(&body.document.body).into_owned();
            json!({ "canonical": { "text": canonical }, "etag": body.document.etag, "was_canonical": body.was_canonical })
        }
        Err(problem) => error(problem),
    }
}

pub fn etag(input: &Value) -> Value {
    json!(json::etag(&bytes(input)))
}

pub fn keys(input: &Value) -> Value {
    let id = text(&input["id"]);
    let generation = generation(text(&input["run_id"]), text(&input["fleet"]));
    let keys = Keys::new(&generation, text(&input["collection"]), id);
    let queue = QueueKeys::new(text(&input["collection"]));
    let ttl_ms = jittered(input["ttl_ms"].as_u64().expect("a number"), id);
    json!({ "generation": generation, "entry": keys.entry, "lease": keys.lease, "writers": keys.writers, "dirty": keys.dirty,
        "queue": queue.queue, "since": queue.since, "refused": queue.refused, "last": queue.last, "ttl_ms": ttl_ms })
}

pub fn records(input: &Value) -> Value {
    let Some(row) = record::read(bytes(&input["record"])) else {
        return Value::Null;
    };
    let n = row.as_ref().map_or(0, |row| row.n).to_string();
    let (kind, etag, body) = match row.map(|row| row.document) {
        None => ("N", String::new(), String::new()),
        Some(None) => ("T", String::new(), String::new()),
        Some(Some(document)) => ("V", document.etag, String::from_utf8_lossy(&document.body).into_owned()),
    };
    json!({ "n": n, "kind": kind, "etag": etag, "body": body })
}

pub fn routing(input: &Value) -> Value {
    let patterns = input["matches"].as_array().expect("an array").iter().map(text);
    json!(server_rs::routing::find(patterns, text(&input["collection"])))
}

pub fn config(input: &Value) -> Value {
    let environment = |name: &str| input["environment"][name].as_str().map(str::to_owned);
    match routing_file::parse(&bytes(&input["file"]), &environment) {
        Ok(config) => json!({ "fleet": config.fleet }),
        Err(fault) => json!({ "line": fault.line("routing.json") }),
    }
}

pub fn arguments(input: &Value) -> Value {
    let arguments: Vec<String> = input["arguments"].as_array().expect("an array").iter().map(|argument| text(argument).to_owned()).collect();
    match command_line::parse(&arguments) {
        Ok(found) => json!({ "accepted": {
            "config": found.config, "listen": found.listen, "workers": found.workers, "log": found.log,
            "check": found.check, "health": found.health, "version": found.version, "help": found.help,
        } }),
        Err(line) => json!({ "line": line, "exit": exit::USAGE }),
    }
}

pub fn merge_patch(input: &Value) -> Value {
    json!(write::canonical(&merge(parsed(text(&input["document"])), &parsed(text(&input["patch"])))))
}

pub fn filter_matches(input: &Value) -> Value {
    let filter = parse::filter(&bytes(&input["where"])).expect("a good filter");
    json!(matches(&filter.terms, &parsed(text(&input["document"]))))
}

pub fn filters(input: &Value) -> Value {
    let filter = match parse::filter(&bytes(&input["where"])) {
        Ok(filter) => filter,
        Err(problem) => return error(problem),
    };
    let coarse = coarse(&filter.terms);
    let sql = mysql::push(&coarse).map_or(json!(false), |pushed| json!({ "sql": pushed.sql, "needles": pushed.needles }));
    let query = mongo::push(&coarse).map_or(json!(false), |pushed| extended::plain(&pushed));
    json!({ "canonical": filter.canonical, "mysql": sql, "mongodb": query })
}

pub fn projection(input: &Value) -> Value {
    json!(extended::canonical(&mongo::project(&parsed(text(&input["json"])))))
}
