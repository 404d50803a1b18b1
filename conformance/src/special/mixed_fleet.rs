//! Many clients that create one document through all targets at once, over one Redis and one set of stores.

use crate::canonical;
use crate::routes::{Variant, prefix};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::world::World;
use anyhow::ensure;
use futures_util::future::try_join_all;
use serde_json::json;

const CLIENTS: usize = 50;
const ROUNDS: usize = 20;

/// Each round has one winner, and every target answers the winner's document.
pub async fn creates(world: &World) -> anyhow::Result<()> {
    let (proxies, _urls, _redis) = world.mixed_fleet().await?;
    let http = reqwest::Client::builder().no_proxy().timeout(crate::subject::PATIENCE).build()?;
    let addresses: Vec<&str> = proxies.iter().map(|proxy| proxy.address.as_str()).collect();
    for address in &addresses {
        crate::supervisor::until("the fleet is ready", crate::subject::PATIENCE, async || {
            http.get(format!("http://{address}/_health/ready")).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await?;
    }
    for store in [StoreKind::Mysql, StoreKind::Mongodb] {
        for mode in [Mode::WriteThrough, Mode::Off] {
            let collection = format!("{}race0000", prefix(Variant { mode, store }, Profile::Plain));
            for number in 0..ROUNDS / 2 {
                round(&http, &addresses, &collection, number).await?;
            }
        }
    }
    Ok(())
}

async fn round(http: &reqwest::Client, addresses: &[&str], collection: &str, number: usize) -> anyhow::Result<()> {
    let path = format!("/v1/{collection}/round-{number}");
    let body = |client: usize| canonical::text(&json!({"client": client}));
    let create = |client: usize| {
        let request = http.put(format!("http://{}{path}", addresses[client % addresses.len()]));
        request.header("Content-Type", "application/json").header("If-None-Match", "*").body(body(client)).send()
    };
    let answers = try_join_all((0..CLIENTS).map(create)).await?;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    let winners: Vec<usize> = (0..CLIENTS).filter(|client| statuses[*client] == 201).collect();
    let losers = statuses.iter().filter(|status| **status == 412).count();
    ensure!(winners.len() == 1 && losers == CLIENTS - 1, "{path}: {} winners and {losers} refused of {CLIENTS}: {statuses:?}", winners.len());
    for address in addresses {
        let found = http.get(format!("http://{address}{path}")).send().await?.text().await?;
        ensure!(found == body(winners[0]), "{path}: {address} answers {found}, and client {} won", winners[0]);
    }
    Ok(())
}
