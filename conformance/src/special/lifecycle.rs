//! Starting while everything is down, and stopping while something is going on.

use crate::generated::contract::{dependency, event, keys};
use crate::routes::{Urls, Variant, prefix, routing_file};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::subject::PATIENCE;
use crate::supervisor::proxy::{self, Proxy};
use crate::supervisor::relay::Traffic;
use crate::supervisor::until;
use crate::targets::Target;
use crate::world::{self, World};
use anyhow::{Context, ensure};
use mysql_async::prelude::Queryable;
use redis::cmd;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;

/// An idle client must not hold a stop up for the whole of its grace.
const PROMPT: Duration = Duration::from_secs(5);

fn collection(mode: Mode) -> String {
    format!("{}life0000", prefix(Variant { mode, store: StoreKind::Mysql }, Profile::Plain))
}

async fn answer(http: &reqwest::Client, url: &str) -> anyhow::Result<(u16, String)> {
    let answer = http.get(url).send().await.with_context(|| url.to_owned())?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

/// Names of the events in a target's log, with the name and state of dependencies.
fn events(world: &World, label: &str) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(proxy::log(&world.folder, label))?;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(lines.map(|line| ["event", "name", "state"].iter().filter_map(|name| line[name].as_str()).collect::<Vec<_>>().join(" ")).collect())
}

/// Live from the first moment, 503 for what needs a dependency, and well without a restart once all are there.
pub async fn starts_alone(world: &World) -> anyhow::Result<()> {
    for target in world.commands()? {
        start_alone(world, target).await.with_context(|| target.name.clone())?;
    }
    Ok(())
}

async fn start_alone(world: &World, target: &Target) -> anyhow::Result<()> {
    let label = format!("alone-{}", target.name);
    let (urls, _server) = world.provide(&label).await?;
    let (mut relays, through) = world::relays(&urls).await?;
    for relay in [&mut relays.redis, &mut relays.mysql, &mut relays.mongodb] {
        relay.set(Traffic::Down).await?;
    }
    let mut routing = routing_file(&through);
    // The start waits for the first try of each, and that is bounded by its timeout.
    for store in ["m1", "m2", "s1", "s2"] {
        routing["stores"][store]["timeout_ms"] = json!(1_000);
    }
    let proxy = world.launch(target, &routing, &label, &[])?;
    alone(&proxy).await?;
    for relay in [&mut relays.redis, &mut relays.mysql, &mut relays.mongodb] {
        relay.set(Traffic::Pass).await?;
    }
    together(&proxy).await?;
    let events = events(world, &label)?;
    let stores = ["m1", "m2", "s1", "s2"].map(|name| dependency::STORE.replace("{name}", name));
    for name in stores.into_iter().chain([dependency::REDIS.to_owned()]) {
        let told: Vec<&str> = events.iter().filter_map(|line| line.strip_prefix(&format!("{} {name} ", event::DEPENDENCY))).collect();
        ensure!(told == [dependency::DOWN, dependency::UP], "the log says of {name}: {told:?}");
    }
    Ok(())
}

async fn alone(proxy: &Proxy) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let (cached, plain) = (collection(Mode::WriteThrough), collection(Mode::Off));
    let expected = [
        ("/_health/live".to_owned(), 200, "live"),
        (
            "/_health/ready".to_owned(),
            503,
            "{\"reasons\":[\"cache-unavailable\",\"store-unavailable:m1\",\"store-unavailable:m2\",\"store-unavailable:s1\",\"store-unavailable:s2\"],\"status\":\"not-ready\"}",
        ),
        (format!("/v1/{cached}/a"), 503, "urn:docproxy:cache-unavailable"),
        (format!("/v1/{plain}/a"), 503, "urn:docproxy:store-unavailable"),
    ];
    for (path, status, part) in expected {
        let (found, body) = answer(&http, &format!("http://{}{path}", proxy.address)).await?;
        ensure!(found == status && body.contains(part), "while everything is down, {path} is {found} {body}, expected {status} {part}");
    }
    Ok(())
}

async fn together(proxy: &Proxy) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let ready = format!("http://{}/_health/ready", proxy.address);
    until("it is ready once everything is there", PATIENCE, async || http.get(&ready).send().await.is_ok_and(|answer| answer.status() == 200)).await?;
    let url = format!("http://{}/v1/{}/a", proxy.address, collection(Mode::WriteThrough));
    let made = http.put(&url).header("Content-Type", "application/json").body("{}").send().await?;
    ensure!(made.status() == 201, "a PUT after the start is {}", made.status());
    ensure!(answer(&http, &url).await? == (200, "{}".to_owned()), "a GET after the start");
    Ok(())
}

/// A request in progress is finished, nothing new is taken, the fleet is left, the log says so, and the exit code is 0.
pub async fn stops(world: &World) -> anyhow::Result<()> {
    for target in world.commands()? {
        let (urls, _server) = world.provide(&format!("stop-{}", target.name)).await?;
        stop(world, target, &urls).await.with_context(|| target.name.clone())?;
    }
    Ok(())
}

async fn stop(world: &World, target: &Target, urls: &Urls) -> anyhow::Result<()> {
    let mut routing = routing_file(urls);
    // The request in progress has to wait for the suite, not to run out of time.
    routing["stores"]["s1"]["timeout_ms"] = json!(20_000);
    let label = format!("stop-{}", target.name);
    let Proxy { mut process, address } = world.launch(target, &routing, &label, &["--log", "events"])?;
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let url = format!("http://{address}/v1/{}/a", collection(Mode::WriteThrough));
    let put = |body: &'static str| http.put(&url).header("Content-Type", "application/json").body(body);
    ensure!(put("{}").send().await?.status() == 201, "the first PUT");
    let idle = TcpStream::connect(&address).await?;

    let pool = mysql_async::Pool::new(urls.mysql.as_str());
    let mut lock = pool.get_conn().await?;
    lock.query_drop("LOCK TABLES documents READ").await?;
    let writing = tokio::spawn(put("{\"last\":true}").send());
    let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state LIKE 'Waiting for table%'";
    until("the write has reached the store", PATIENCE, async || lock.query_first::<i64, _>(waiting).await.is_ok_and(|count| count == Some(1))).await?;
    process.signal(Signal::TERM)?;
    until("it takes no new connections", PATIENCE, async || TcpStream::connect(&address).await.is_err()).await?;
    lock.query_drop("UNLOCK TABLES").await?;
    let finished = writing.await??;
    ensure!(finished.status() == 200, "the request in progress is answered with {}", finished.status());
    finished.bytes().await?;
    let status = process.ends(PROMPT).await?;
    ensure!(status.code() == Some(0), "it ends with {status}");
    drop(idle);

    let stored: Option<String> = lock.query_first("SELECT body FROM documents").await?;
    ensure!(stored.as_deref() == Some("{\"last\":true}"), "the store has {stored:?}");
    drop(lock);
    pool.disconnect().await?;
    let mut redis = redis::Client::open(urls.redis.as_str())?.get_multiplexed_async_connection().await?;
    let members: i64 = cmd("ZCARD").arg(keys::FLEET[0]).query_async(&mut redis).await?;
    ensure!(members == 0, "it has not left the fleet");
    let events = events(world, &label)?;
    ensure!(events.ends_with(&[event::DRAINING.to_owned(), event::STOPPED.to_owned()]), "the log is {events:?}");
    ensure!(!events.iter().any(|line| line == event::REQUEST), "--log events has lines of requests");
    Ok(())
}

/// SIGINT stops like SIGTERM.
pub async fn interrupted(world: &World) -> anyhow::Result<()> {
    let (urls, _server) = world.provide("interrupted").await?;
    for target in world.commands()? {
        let Proxy { mut process, .. } = world.launch(target, &routing_file(&urls), &format!("interrupted-{}", target.name), &["--log", "events"])?;
        process.signal(Signal::INT)?;
        let status = process.ends(PROMPT).await?;
        ensure!(status.code() == Some(0), "{} ends with {status}", target.name);
    }
    Ok(())
}
