//! All targets as one fleet, over one Redis and one set of stores.

use crate::canonical;
use crate::routes::{Variant, prefix, routing_file};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::subject::PATIENCE;
use crate::supervisor::proxy::Proxy;
use crate::supervisor::server::Server;
use crate::supervisor::until;
use crate::world::World;
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const CLIENTS: usize = 50;
const ROUNDS: usize = 20;
const PATCHES: usize = 30;

/// The running fleet and a client for it.
struct Fleet {
    http: reqwest::Client,
    proxies: Vec<Proxy>,
    _redis: Server,
}

impl Fleet {
    async fn start(world: &World, label: &str) -> anyhow::Result<Fleet> {
        let (urls, redis) = world.provide(label).await?;
        let routing = routing_file(&urls);
        let launch = |target: &crate::targets::Target| world.launch(target, &routing, &format!("{label}-{}", target.name), &[]);
        let proxies = world.commands()?.iter().map(launch).collect::<anyhow::Result<Vec<_>>>()?;
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        for proxy in &proxies {
            let url = format!("http://{}/_health/ready", proxy.address);
            until("the fleet is ready", PATIENCE, async || http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())).await?;
        }
        Ok(Fleet { http, proxies, _redis: redis })
    }

    /// A request to one of the fleet, whichever number is given.
    fn request(&self, number: usize, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.proxies[number % self.proxies.len()].address))
    }
}

fn routes() -> impl Iterator<Item = (Variant, String)> {
    let pairs = [StoreKind::Mysql, StoreKind::Mongodb].into_iter().flat_map(|store| [Mode::WriteThrough, Mode::Off].map(|mode| Variant { mode, store }));
    pairs.map(|variant| (variant, format!("{}fleet000", prefix(variant, Profile::Plain))))
}

/// Of fifty creates at once one wins, twenty times on each store in each mode, and every target answers the winner's document.
pub async fn creates(world: &World) -> anyhow::Result<()> {
    let fleet = Fleet::start(world, "creates").await?;
    for (_, collection) in routes() {
        for number in 0..ROUNDS {
            round(&fleet, &format!("/v1/{collection}/round-{number}")).await?;
        }
    }
    Ok(())
}

async fn round(fleet: &Fleet, path: &str) -> anyhow::Result<()> {
    let body = |client: usize| canonical::text(&json!({"client": client}));
    let create = |client: usize| {
        let request = fleet.request(client, Method::PUT, path).header("Content-Type", "application/json").header("If-None-Match", "*");
        request.body(body(client)).send()
    };
    let answers = try_join_all((0..CLIENTS).map(create)).await?;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    let winners: Vec<usize> = (0..CLIENTS).filter(|client| statuses[*client] == 201).collect();
    let losers = statuses.iter().filter(|status| **status == 412).count();
    ensure!(winners.len() == 1 && losers == CLIENTS - 1, "{path}: {} winners and {losers} refused of {CLIENTS}: {statuses:?}", winners.len());
    for number in 0..fleet.proxies.len() {
        let found = fleet.request(number, Method::GET, path).send().await?.text().await?;
        ensure!(found == body(winners[0]), "{path}: {} answers {found}, and client {} won", fleet.proxies[number].address, winners[0]);
    }
    Ok(())
}

/// Patches of different members at once: each acknowledged one is in the document that every target then answers.
pub async fn patches(world: &World) -> anyhow::Result<()> {
    let fleet = Fleet::start(world, "patches").await?;
    for (_, collection) in routes() {
        let path = format!("/v1/{collection}/a");
        fleet.request(0, Method::PUT, &path).header("Content-Type", "application/json").body("{}").send().await?.error_for_status()?;
        let patch = |number: usize| {
            let request = fleet.request(number, Method::PATCH, &path).header("Content-Type", "application/merge-patch+json");
            request.body(canonical::text(&json!({format!("m{number}"): number}))).send()
        };
        let answers = try_join_all((0..PATCHES).map(patch)).await?;
        let mut expected = serde_json::Map::new();
        for (number, answer) in answers.into_iter().enumerate() {
            let (status, text) = (answer.status().as_u16(), answer.text().await?);
            let contention = status == 503 && text.contains("urn:docproxy:contention");
            ensure!(status == 200 || contention, "{path}: a patch is answered with {status} {text}");
            if status == 200 {
                expected.insert(format!("m{number}"), json!(number));
            }
        }
        let expected = canonical::text(&Value::Object(expected));
        for number in 0..fleet.proxies.len() {
            let found = fleet.request(number, Method::GET, &path).send().await?.text().await?;
            ensure!(found == expected, "{path}: {} answers {found}, and acknowledged is {expected}", fleet.proxies[number].address);
        }
    }
    Ok(())
}

/// What one target writes, the next one finds in the cache, changes by its entity tag, and deletes.
pub async fn relay_race(world: &World) -> anyhow::Result<()> {
    let fleet = Fleet::start(world, "relay-race").await?;
    for (variant, collection) in routes() {
        for first in 0..fleet.proxies.len() {
            let path = format!("/v1/{collection}/d{first}");
            let cache = if variant.mode == Mode::Off { "docproxy; fwd=bypass" } else { "docproxy; hit" };
            let made = fleet.request(first, Method::PUT, &path).header("Content-Type", "application/json").body("{\"a\":1}").send().await?;
            ensure!(made.status() == 201, "{path}: PUT is {}", made.status());
            let etag = made.headers().get("ETag").context("no ETag")?.clone();
            for next in 0..fleet.proxies.len() {
                expect(fleet.request(next, Method::GET, &path), 200, "{\"a\":1}", Some(cache)).await?;
            }
            let patch = fleet.request(first + 1, Method::PATCH, &path).header("Content-Type", "application/merge-patch+json").header("If-Match", etag.clone());
            ensure!(patch.body("{\"b\":2}").send().await?.status() == 200, "{path}: a patch by another target is refused");
            expect(fleet.request(first, Method::GET, &path), 200, "{\"a\":1,\"b\":2}", Some(cache)).await?;
            expect(fleet.request(first + 2, Method::DELETE, &path).header("If-Match", etag), 412, "", None).await?;
            expect(fleet.request(first + 2, Method::DELETE, &path), 204, "", None).await?;
            expect(fleet.request(first, Method::GET, &path), 404, "", Some(cache)).await?;
        }
    }
    Ok(())
}

/// Status, body (if one is named) and Cache-Status (if one is named).
async fn expect(request: RequestBuilder, status: u16, body: &str, cache: Option<&str>) -> anyhow::Result<()> {
    let answer = request.send().await?;
    let (found, url) = (answer.status().as_u16(), answer.url().to_string());
    let said = answer.headers().get("Cache-Status").map(|value| value.to_str().map(str::to_owned)).transpose()?;
    let text = answer.text().await?;
    ensure!(found == status && (body.is_empty() || text == body), "{url}: {found} {text}, expected {status} {body}");
    ensure!(cache.is_none() || said.as_deref() == cache, "{url}: Cache-Status is {said:?}, expected {cache:?}");
    Ok(())
}
