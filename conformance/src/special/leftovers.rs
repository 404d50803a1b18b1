//! A change of mode with writes still waiting: they reach the new route's store before anything is answered; without a route
//! they are kept.

use crate::coverage;
use crate::driver::answer::Answer;
use crate::driver::fill::Outgoing;
use crate::driver::wire;
use crate::routes::Urls;
use crate::sequence::Place;
use crate::state::queue;
use crate::subject::PATIENCE;
use crate::supervisor::proxy::Proxy;
use crate::supervisor::{free_port, until};
use crate::targets::Target;
use crate::world::World;
use anyhow::{Context, ensure};
use redis::aio::MultiplexedConnection;
use redis::cmd;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

const MOVED: &str = "moved000";
const FORGOTTEN: &str = "forgotten";
const STOPPING: Duration = Duration::from_secs(15);

/// A routing file with one store and these routes.
fn routing(urls: &Urls, store: Value, routes: Value) -> Value {
    json!({"redis": {"url": urls.redis, "timeout_ms": 1_000}, "stores": {"s": store}, "routes": routes})
}

fn behind(name: &str) -> Value {
    json!({"match": name, "store": "s", "cache": "write-behind", "delay_ms": 86_400_000})
}

/// What is sent to a collection, whatever it must come to.
fn requests(collection: &str) -> Vec<Outgoing> {
    let of = |method: &str, id: &str, media: Option<&str>| Outgoing {
        method: method.to_owned(),
        target: format!("/v1/{collection}{id}"),
        headers: media.iter().map(|media| ("Content-Type".to_owned(), (*media).to_owned())).collect(),
        body: media.map(|_| b"{}".to_vec()),
        raw: None,
    };
    vec![
        of("GET", "/a", None),
        of("HEAD", "/a", None),
        of("PUT", "/a", Some("application/json")),
        of("PATCH", "/a", Some("application/merge-patch+json")),
        of("DELETE", "/a", None),
        of("POST", "", Some("application/json")),
        of("GET", "", None),
    ]
}

async fn put(address: &str, collection: &str, id: &str, body: &str) -> anyhow::Result<()> {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let target = format!("/v1/{collection}/{id}");
    let request = Outgoing { method: "PUT".to_owned(), target, headers, body: Some(body.as_bytes().to_vec()), raw: None };
    let answer = wire::send(address, &request).await?;
    ensure!(answer.status == 201, "PUT is {}", answer.outcome());
    Ok(())
}

async fn get(address: &str, target: &str) -> anyhow::Result<Answer> {
    let request = Outgoing { method: "GET".to_owned(), target: target.to_owned(), ..Outgoing::default() };
    wire::send(address, &request).await
}

async fn stop(mut proxy: Proxy) -> anyhow::Result<()> {
    proxy.process.signal(Signal::TERM)?;
    let status = proxy.process.ends(STOPPING).await?;
    ensure!(status.code() == Some(0), "it ends with {status}");
    Ok(())
}

async fn waiting(redis: &mut MultiplexedConnection, collection: &str) -> anyhow::Result<i64> {
    Ok(cmd("ZCARD").arg(queue::key(Place::Queue, collection, "")).query_async(redis).await?)
}

/// Every target, on stores of its own.
pub async fn leftovers(world: &World) -> anyhow::Result<()> {
    for target in world.commands()? {
        let (urls, _server) = world.provide(&format!("left-{}", target.name)).await?;
        one(world, target, &urls).await.with_context(|| target.name.clone())?;
    }
    Ok(())
}

async fn one(world: &World, target: &Target, urls: &Urls) -> anyhow::Result<()> {
    let label = |stage: &str| format!("left-{}-{stage}", target.name);
    let launch = |stage: &str, routing: &Value| world.launch(target, routing, &label(stage), &[]);
    let mut redis = redis::Client::open(urls.redis.as_str())?.get_multiplexed_async_connection().await?;
    let sql = json!({"kind": "mysql", "url": urls.mysql, "timeout_ms": 1_000});
    let first = launch("first", &routing(urls, sql, json!([behind(MOVED), behind(FORGOTTEN)])))?;
    put(&first.address, MOVED, "a", "{\"a\":1}").await?;
    put(&first.address, MOVED, "b", "{\"b\":1}").await?;
    put(&first.address, FORGOTTEN, "c", "{\"c\":1}").await?;
    stop(first).await?;
    ensure!(waiting(&mut redis, MOVED).await? == 2, "nothing waits after the first routing file");

    let through = json!([{"match": MOVED, "store": "s", "cache": "write-through"}]);
    let nowhere = json!({"kind": "mongodb", "url": format!("mongodb://127.0.0.1:{}/none", free_port()?), "timeout_ms": 500});
    let second = launch("second", &routing(urls, nowhere, through.clone()))?;
    not_synced(&second.address).await.context("with a store that is away")?;
    ensure!(waiting(&mut redis, MOVED).await? == 2, "something has left the queue without a store");
    stop(second).await?;

    let mongo = json!({"kind": "mongodb", "url": urls.mongodb, "timeout_ms": 2_000});
    let third = launch("third", &routing(urls, mongo, through))?;
    let moved = format!("/v1/{MOVED}/a");
    until("the leftovers are stored", PATIENCE, async || get(&third.address, &moved).await.is_ok_and(|answer| answer.status == 200)).await?;
    let found = get(&third.address, &moved).await?;
    ensure!(found.body == b"{\"a\":1}", "{moved} is {}", String::from_utf8_lossy(&found.body));
    let list = get(&third.address, &format!("/v1/{MOVED}")).await?;
    let items = String::from_utf8_lossy(&list.body).into_owned();
    ensure!(items.contains("{\"a\":1}") && items.contains("{\"b\":1}"), "the new store has {items}");
    ensure!(waiting(&mut redis, MOVED).await? == 0, "what was stored still waits");
    kept(&third.address, &mut redis).await?;
    stop(third).await
}

/// While leftovers wait nothing of the collection is answered but what it takes.
async fn not_synced(address: &str) -> anyhow::Result<()> {
    for request in requests(MOVED) {
        let answer = wire::send(address, &request).await?;
        let right = answer.status == 503 && (request.method == "HEAD" || answer.outcome() == "503 not-synced");
        ensure!(right, "{} {} is {}", request.method, request.target, answer.outcome());
        if let Some(fault) = coverage::note(&request, &answer) {
            anyhow::bail!("{fault}");
        }
    }
    let options = Outgoing { method: "OPTIONS".to_owned(), target: format!("/v1/{MOVED}/a"), ..Outgoing::default() };
    ensure!(wire::send(address, &options).await?.status == 204, "OPTIONS needs no store");
    Ok(())
}

/// What has no route any more stays, and is told of once it has waited too long.
async fn kept(address: &str, redis: &mut MultiplexedConnection) -> anyhow::Result<()> {
    let gone = get(address, &format!("/v1/{FORGOTTEN}/c")).await?;
    ensure!(gone.outcome() == "404 unknown-collection", "a collection without a route is {}", gone.outcome());
    let ready = get(address, "/_health/ready").await?;
    ensure!(ready.status == 200, "ready is {} {}", ready.status, String::from_utf8_lossy(&ready.body));
    let since = queue::key(Place::Since, FORGOTTEN, "");
    let () = cmd("ZINCRBY").arg(&since).arg(-61_000).arg("c").query_async(redis).await?;
    let ready = get(address, "/_health/ready").await?;
    let said = String::from_utf8_lossy(&ready.body).into_owned();
    ensure!(ready.status == 503 && said == "{\"reasons\":[\"pending-too-old\"],\"status\":\"not-ready\"}", "ready is {} {said}", ready.status);
    ensure!(waiting(redis, FORGOTTEN).await? == 1, "a queue without a route has not stayed");
    Ok(())
}
