//! Whether each request leaves one line in the log, with what the contract says and nothing else.

use crate::canonical;
use crate::generated::contract::{cache_status, event};
use crate::routes::{Variant, prefix};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::state::whole::announce;
use crate::subject::{PATIENCE, Subject};
use crate::supervisor::{proxy, until};
use crate::world::World;
use anyhow::{Context, ensure};
use reqwest::Method;
use serde_json::{Value, json};

/// A request (method, target after the collection, body) and what its line says (operation, status, error, cache).
type Row = (&'static str, &'static str, &'static str, Option<&'static str>, u16, Option<&'static str>, Option<&'static str>);

const ROWS: [Row; 16] = [
    ("PUT", "/a", "{\"v\":1}", Some("put"), 201, None, None),
    ("GET", "/a", "", Some("get"), 200, None, Some(cache_status::HIT)),
    ("HEAD", "/a", "", Some("get"), 200, None, Some(cache_status::HIT)),
    ("GET", "/b", "", Some("get"), 404, Some("document-not-found"), Some(cache_status::STORED)),
    ("PATCH", "/a", "{\"w\":2}", Some("patch"), 200, None, None),
    ("PUT", "/a", "{", Some("put"), 400, Some("bad-json"), None),
    ("GET", "?limit=1", "", Some("list"), 200, None, None),
    ("GET", "?where=%7B%22secret%22%3A1%7D&limit=2", "", Some("list"), 200, None, None),
    ("GET", "?limit=0", "", Some("list"), 400, Some("bad-query"), None),
    ("POST", "", "{}", Some("create"), 201, None, None),
    ("OPTIONS", "/a", "", Some("options"), 204, None, None),
    ("POST", "/a", "{}", None, 405, Some("method-not-allowed"), None),
    ("DELETE", "/a", "", Some("delete"), 204, None, None),
    ("DELETE", "/a", "", Some("delete"), 404, Some("document-not-found"), None),
    ("GET", "/a/b/c", "", None, 404, Some("not-found"), None),
    ("GET", "/%20", "", None, 400, Some("bad-path"), None),
];

pub async fn lines(world: &World) -> anyhow::Result<()> {
    let collection = format!("{}log00000", prefix(Variant { mode: Mode::WriteThrough, store: StoreKind::Mysql }, Profile::Plain));
    announce(&collection);
    world.commands()?;
    let mut all: Vec<(&str, Vec<Value>)> = Vec::new();
    for subject in &world.subjects {
        let path = proxy::log(&world.folder, &subject.name);
        let start = std::fs::metadata(&path)?.len() as usize;
        ask(subject, &collection).await?;
        let mut lines = Vec::new();
        let read = || requests(&path, start, &collection);
        until("every request is in the log", PATIENCE, async || {
            read().is_ok_and(|read| {
                lines = read;
                lines.len() >= ROWS.len()
            })
        })
        .await?;
        ensure!(lines.len() == ROWS.len(), "{}: {} lines for {} requests", subject.name, lines.len(), ROWS.len());
        for (line, row) in lines.iter_mut().zip(&ROWS) {
            judge(line, row, &collection).with_context(|| format!("{}: {line}", subject.name))?;
        }
        all.push((&subject.name, lines));
    }
    for (name, lines) in &all[1..] {
        for (line, first) in lines.iter().zip(&all[0].1) {
            ensure!(line == first, "{} logs {first}, {name} logs {line}", all[0].0);
        }
    }
    Ok(())
}

async fn ask(subject: &Subject, collection: &str) -> anyhow::Result<()> {
    for (method, target, body, ..) in ROWS {
        let url = format!("http://{}/v1/{collection}{target}", subject.address);
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let request = subject.http.request(Method::from_bytes(method.as_bytes())?, url).header("Content-Type", kind);
        request.body(body).send().await?.bytes().await?;
    }
    Ok(())
}

/// The request lines about a collection since a place in the log; each has to be canonical JSON.
fn requests(path: &std::path::Path, start: usize, collection: &str) -> anyhow::Result<Vec<Value>> {
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8(bytes[start..].to_vec())?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = Vec::new();
    for line in whole.lines().filter(|line| line.contains(collection)) {
        let value: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        ensure!(canonical::text(&value) == line, "not canonical: {line}");
        lines.push(value);
    }
    Ok(lines)
}

/// Holds a line to its row, and takes away what differs from run to run.
fn judge(line: &mut Value, row: &Row, collection: &str) -> anyhow::Result<()> {
    let (method, target, _, operation, status, error, cache) = *row;
    let time = line["time"].take();
    let duration = line["duration_us"].take();
    let shape = |text: &str| text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect::<String>();
    ensure!(time.as_str().is_some_and(|time| shape(time) == "0000-00-00T00:00:00.000000Z"), "time is {time}");
    ensure!(duration.as_i64().is_some_and(|duration| (0..20_000_000).contains(&duration)), "duration_us is {duration}");
    let cache = cache.and_then(|cache| cache.strip_prefix("docproxy; "));
    let target = format!("/v1/{collection}{target}").replace("%7B%22secret%22%3A1%7D", "");
    let expected = json!({
        "bytes_out": line["bytes_out"], "cache": cache, "duration_us": null, "error": error, "event": event::REQUEST, "method": method,
        "operation": operation, "status": status, "target": target, "time": null,
    });
    ensure!(*line == expected, "expected {expected}");
    ensure!(line["bytes_out"].as_i64().is_some_and(|bytes| (bytes == 0) == (method == "HEAD" || status == 204)), "bytes_out");
    Ok(())
}
