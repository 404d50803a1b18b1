//! One line of the log for a request (tables.md §4).

use std::time::Duration;

use super::answer::{Answer, cache_status};
use super::query;
use crate::json::Value;
use crate::log::{Log, number, text};

const OWN_NAME: &str = "docproxy; ";

/// Writes the line; the target loses what was asked for in `where`.
pub fn write(log: &Log, method: &str, target: &str, operation: Option<&str>, answer: &Answer, duration: Duration, bytes_out: usize) {
    let target = match target.split_once('?') {
        Some((path, parameters)) => format!("{path}?{}", query::without_where(parameters)),
        None => target.to_owned(),
    };
    let cache = answer.via.map(|via| cache_status(via).trim_start_matches(OWN_NAME));
    log.request(vec![
        ("method", text(method)),
        ("target", text(&target)),
        ("operation", operation.map_or(Value::Null, text)),
        ("status", number(answer.status.into())),
        ("error", answer.problem.map_or(Value::Null, |problem| text(problem.fact().slug))),
        ("cache", cache.map_or(Value::Null, text)),
        ("duration_us", number(duration.as_micros() as u64)),
        ("bytes_out", number(bytes_out as u64)),
    ]);
}
