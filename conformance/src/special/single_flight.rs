//! Whether readers of one document at once share one read of the store.

use crate::canonical;
use crate::generated::contract::cache_status;
use crate::routes::{Variant, prefix};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::special::cost::gets;
use crate::special::monitor::Monitor;
use crate::state::whole::announce;
use crate::subject::{PATIENCE, Subject};
use crate::supervisor::until;
use crate::world::World;
use anyhow::ensure;
use futures_util::future::try_join_all;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde_json::json;

const READERS: usize = 20;

/// The store is held up until all readers have arrived: one reads and fills, the others share what it found.
pub async fn readers(world: &World) -> anyhow::Result<()> {
    let collection = format!("{}flight00", prefix(Variant { mode: Mode::WriteThrough, store: StoreKind::Mysql }, Profile::Plain));
    announce(&collection);
    for subject in &world.subjects {
        let document = canonical::text(&json!({"shared": true}));
        let url = format!("http://{}/v1/{collection}/a", subject.address);
        subject.http.put(&url).header("Content-Type", "application/json").body(document.clone()).send().await?.error_for_status()?;
        crate::special::cost::forget(subject, &collection, "a").await?;
        let mut monitor = Monitor::open(subject).await?;
        let mut lock = subject.mysql.get_conn().await?;
        lock.query_drop("LOCK TABLES documents WRITE").await?;
        let before = (requests(subject).await?, gets(subject).await?);
        let reading = try_join_all((0..READERS).map(|_| read(subject, &url)));
        let (answers, ()) = tokio::try_join!(reading, release(subject, &mut lock, before))?;
        drop(lock);
        let commands = monitor.commands().await?;
        for (status, body) in &answers {
            ensure!(*body == document, "{}: a reader is answered {body} with {status}", subject.name);
        }
        let count = |wanted: &str| answers.iter().filter(|(status, _)| status == wanted).count();
        // A reader that was counted and had not joined yet when the store went on finds the entry.
        let (stored, collapsed, late) = (count(cache_status::STORED), count(cache_status::COLLAPSED), count(cache_status::HIT));
        let shared = stored == 1 && collapsed + late == READERS - 1 && collapsed >= READERS / 2;
        ensure!(shared, "{}: {stored} stored, {collapsed} collapsed and {late} hits of {READERS}", subject.name);
        let scripts = commands.iter().filter(|name| name.starts_with("EVAL")).count();
        ensure!(
            (2..=2 + late).contains(&scripts),
            "{}: {READERS} readers at once called {scripts} scripts, expected one miss and one fill: {}",
            subject.name,
            commands.join(" ")
        );
    }
    Ok(())
}

async fn read(subject: &Subject, url: &str) -> anyhow::Result<(String, String)> {
    let answer = subject.http.get(url).send().await?;
    let status = answer.headers().get("Cache-Status").and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
    Ok((status, answer.text().await?))
}

/// Lets the store go on once every reader has arrived, and has looked into the cache in vain.
async fn release(subject: &Subject, lock: &mut Conn, before: (i64, usize)) -> anyhow::Result<()> {
    // Each look at the stats is a request, too.
    let mut looks = 0;
    let arrived = until("all readers have arrived", PATIENCE, async || {
        looks += 1;
        let arrived = requests(subject).await.is_ok_and(|now| now - before.0 - looks >= READERS as i64);
        arrived && gets(subject).await.is_ok_and(|now| now - before.1 >= READERS)
    });
    let outcome = arrived.await;
    lock.query_drop("UNLOCK TABLES").await?;
    outcome
}

async fn requests(subject: &Subject) -> anyhow::Result<i64> {
    let (_, stats) = subject.status("/_stats").await?;
    stats["requests"].as_i64().ok_or_else(|| anyhow::anyhow!("stats have no requests"))
}
