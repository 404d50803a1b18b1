//! How many Redis commands each kind of request costs.

use super::monitor::Monitor;
use crate::driver::queue;
use crate::generated::contract::{keys, record};
use crate::routes::{Variant, prefix};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::state::whole::announce;
use crate::subject::{PATIENCE, Subject};
use crate::world::World;
use anyhow::{Context, ensure};
use redis::cmd;
use reqwest::Method;

/// Requests of one kind that are counted together.
const TIMES: usize = 5;
const HITS: usize = 200;

/// A kind of request: method, whether it is about one document, headers, what it costs.
struct Kind {
    what: &'static str,
    method: Method,
    document: bool,
    header: Option<(&'static str, &'static str)>,
    /// Stored before, and whether it is in the cache.
    before: Before,
    commands: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Stored,
    Cached,
    /// On write-behind: in the queue, and not in the cache.
    Waiting,
}

fn kinds() -> Vec<Kind> {
    let kind = |what, method, document, before, commands| Kind { what, method, document, header: None, before, commands };
    let mut kinds = vec![
        kind("hit", Method::GET, true, Before::Cached, 1),
        kind("miss", Method::GET, true, Before::Stored, 3),
        kind("miss of what never was", Method::GET, true, Before::Nothing, 3),
        kind("HEAD, hit", Method::HEAD, true, Before::Cached, 1),
        kind("PUT, create", Method::PUT, true, Before::Nothing, 3),
        kind("PUT, replace", Method::PUT, true, Before::Cached, 3),
        kind("PUT, base from the store", Method::PUT, true, Before::Stored, 3),
        kind("PATCH", Method::PATCH, true, Before::Cached, 3),
        kind("DELETE", Method::DELETE, true, Before::Cached, 3),
        kind("POST, random id", Method::POST, false, Before::Nothing, 2),
        kind("list", Method::GET, false, Before::Stored, 0),
    ];
    kinds.push(Kind { header: Some(("If-Match", "\"no\"")), ..kind("PUT, refused", Method::PUT, true, Before::Cached, 3) });
    kinds.push(Kind { header: Some(("If-Match", "\"no\"")), ..kind("GET, refused", Method::GET, true, Before::Cached, 1) });
    kinds.push(Kind { header: Some(("If-None-Match", "*")), ..kind("GET, not modified", Method::GET, true, Before::Cached, 1) });
    kinds.push(Kind { header: Some(("If-Match", "no")), ..kind("PUT, malformed", Method::PUT, true, Before::Cached, 0) });
    kinds.push(Kind { header: Some(("Cache-Control", "no-cache")), ..kind("GET, no-cache", Method::GET, true, Before::Cached, 0) });
    kinds.push(Kind { header: Some(("Idempotency-Key", "key")), ..kind("POST, keyed", Method::POST, false, Before::Nothing, 3) });
    kinds.push(kind("DELETE of nothing", Method::DELETE, true, Before::Nothing, 3));
    kinds.push(kind("OPTIONS", Method::OPTIONS, true, Before::Nothing, 0));
    kinds
}

/// The same on write-behind, where the store is asked only for what neither the cache nor the queue has.
fn kinds_behind() -> Vec<Kind> {
    let kind = |what, method, before, commands| Kind { what, method, document: true, header: None, before, commands };
    let with = |name, value, kind| Kind { header: Some((name, value)), ..kind };
    vec![
        kind("hit", Method::GET, Before::Cached, 1),
        kind("pending", Method::GET, Before::Waiting, 2),
        kind("miss", Method::GET, Before::Stored, 3),
        kind("miss of what never was", Method::GET, Before::Nothing, 3),
        with("Cache-Control", "no-cache", kind("GET, no-cache", Method::GET, Before::Cached, 1)),
        kind("PUT, replace", Method::PUT, Before::Cached, 1),
        kind("PUT, base in the queue", Method::PUT, Before::Waiting, 1),
        kind("PUT, base from the store", Method::PUT, Before::Stored, 3),
        kind("PUT, create", Method::PUT, Before::Nothing, 3),
        with("If-Match", "*", kind("PUT, guarded", Method::PUT, Before::Cached, 2)),
        with("If-Match", "\"no\"", kind("PUT, refused", Method::PUT, Before::Cached, 1)),
        kind("PATCH", Method::PATCH, Before::Cached, 2),
        kind("PATCH, base from the store", Method::PATCH, Before::Stored, 4),
        kind("DELETE", Method::DELETE, Before::Cached, 1),
        kind("DELETE of nothing", Method::DELETE, Before::Nothing, 3),
        Kind { document: false, ..kind("POST, random id", Method::POST, Before::Nothing, 1) },
        Kind { document: false, ..kind("list", Method::GET, Before::Stored, 1) },
        kind("OPTIONS", Method::OPTIONS, Before::Nothing, 0),
    ]
}

/// Every kind of request, with a cache and without.
pub async fn commands(world: &World) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for mode in [Mode::WriteThrough, Mode::Off, Mode::WriteBehind] {
        let collection = format!("{}cost0000", prefix(Variant { mode, store: StoreKind::Mysql }, Profile::Plain));
        announce(&collection);
        for subject in &world.subjects {
            // Redis gets to know the scripts first: the first call of each is sent twice.
            send(subject, &Method::GET, &collection, Some("unknown"), None).await?;
            send(subject, &Method::PUT, &collection, Some("known"), None).await?;
            let mut monitor = Monitor::open(subject).await?;
            let kinds = if mode == Mode::WriteBehind { kinds_behind() } else { kinds() };
            for (number, kind) in kinds.iter().enumerate() {
                let expected = if mode == Mode::Off { 0 } else { kind.commands };
                let found = measure(subject, &collection, kind, number, &mut monitor).await.with_context(|| format!("{}, {}", subject.name, kind.what))?;
                if found.len() != expected * TIMES {
                    wrong.push(format!(
                        "{}, {mode:?}, {}: {} commands for {TIMES} requests, {} expected: {}",
                        subject.name,
                        kind.what,
                        found.len(),
                        expected * TIMES,
                        found.join(" ")
                    ));
                }
            }
            queue::forget(subject, &collection).await?;
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Takes a document out of the cache.
pub async fn forget(subject: &Subject, collection: &str, id: &str) -> anyhow::Result<()> {
    let generation = subject.generation().await?;
    subject.redis.ask(cmd("DEL").arg(format!("{}{collection}{}{generation}{}{id}", keys::ENTRY[0], keys::ENTRY[1], keys::ENTRY[2]))).await
}

async fn measure(subject: &Subject, collection: &str, kind: &Kind, number: usize, monitor: &mut Monitor<'_>) -> anyhow::Result<Vec<String>> {
    let id = |time: usize| format!("d{number}-{time}");
    for time in 0..TIMES {
        if kind.before != Before::Nothing {
            send(subject, &Method::PUT, collection, Some(&id(time)), None).await?;
        }
    }
    if kind.before == Before::Stored {
        queue::drain(subject, collection, 0, PATIENCE).await?;
    }
    for time in 0..TIMES {
        if matches!(kind.before, Before::Stored | Before::Waiting) {
            forget(subject, collection, &id(time)).await?;
        }
    }
    monitor.commands().await?;
    for time in 0..TIMES {
        let id = id(time);
        send(subject, &kind.method, collection, kind.document.then_some(&id), kind.header).await?;
    }
    monitor.commands().await
}

async fn send(subject: &Subject, method: &Method, collection: &str, id: Option<&str>, header: Option<(&str, &str)>) -> anyhow::Result<Vec<u8>> {
    let url = format!("http://{}/v1/{collection}{}", subject.address, id.map(|id| format!("/{id}")).unwrap_or_default());
    let mut request = subject.http.request(method.clone(), url);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    if [Method::PUT, Method::POST, Method::PATCH].contains(method) {
        let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        request = request.header("Content-Type", kind).body("{\"a\":1}");
    }
    let answer = request.send().await?;
    ensure!(answer.status().as_u16() < 500, "{} {}", answer.status(), answer.text().await?);
    Ok(answer.bytes().await?.to_vec())
}

/// Two hundred hits are two hundred GETs, and nothing looks into the body.
pub async fn hits(world: &World) -> anyhow::Result<()> {
    let collection = format!("{}hits0000", prefix(Variant { mode: Mode::WriteThrough, store: StoreKind::Mysql }, Profile::Plain));
    announce(&collection);
    for subject in &world.subjects {
        let generation = subject.generation().await?;
        let entry = format!("{}{collection}{}{generation}{}a", keys::ENTRY[0], keys::ENTRY[1], keys::ENTRY[2]);
        let body = "this is {not JSON, and nobody\u{00e9} minds | at all";
        let planted = [&"1", &record::VALUE, &"0123456789abcdef0123456789abcdef", &body].map(|field| field.to_string()).join(record::SEPARATOR);
        let () = subject.redis.ask(cmd("SET").arg(&entry).arg(planted).arg("PX").arg(60_000)).await?;
        send(subject, &Method::GET, &collection, Some("a"), None).await?;
        let before = gets(subject).await?;
        let mut monitor = Monitor::open(subject).await?;
        for _ in 0..HITS {
            let found = send(subject, &Method::GET, &collection, Some("a"), None).await?;
            ensure!(found == body.as_bytes(), "{}: a hit's body is not what lies in the cache: {}", subject.name, String::from_utf8_lossy(&found));
        }
        let commands = monitor.commands().await?;
        ensure!(commands == vec!["GET"; HITS], "{}: {HITS} hits sent {} commands: {}", subject.name, commands.len(), commands.join(" "));
        let counted = gets(subject).await? - before;
        ensure!(counted == HITS, "{}: INFO commandstats has {counted} GETs for {HITS} hits", subject.name);
    }
    Ok(())
}

/// How many GETs Redis has counted.
pub async fn gets(subject: &Subject) -> anyhow::Result<usize> {
    let info: String = subject.redis.ask(cmd("INFO").arg("commandstats")).await?;
    let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_get:calls=")).unwrap_or("0");
    Ok(line.split(',').next().unwrap_or_default().parse()?)
}
