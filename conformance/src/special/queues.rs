//! What proxies tell of their queues, and that one broken queue holds up no other.

use crate::driver::queue::{drain, forget};
use crate::generated::contract::keys;
use crate::routes::{Variant, prefix};
use crate::sequence::{Mode, Place, Profile, StoreKind};
use crate::state::queue;
use crate::state::whole::announce;
use crate::subject::{PATIENCE, Subject};
use crate::supervisor::until;
use crate::world::World;
use anyhow::{Context, ensure};
use redis::cmd;
use serde_json::Value;
use std::time::Duration;

fn route() -> String {
    prefix(Variant { mode: Mode::WriteBehind, store: StoreKind::Mysql }, Profile::Plain)
}

async fn put(subject: &Subject, collection: &str, id: &str) -> anyhow::Result<()> {
    let url = format!("http://{}/v1/{collection}/{id}", subject.address);
    let answer = subject.http.put(url).header("Content-Type", "application/json").body("{}").send().await?;
    ensure!(answer.status().is_success(), "{}: PUT is {}", subject.name, answer.status());
    answer.bytes().await?;
    Ok(())
}

/// What `/_stats` says of the route: pending, refused, age in ms of the oldest; and how many rows were drained.
async fn told(subject: &Subject) -> anyhow::Result<(i64, i64, i64, i64)> {
    let (_, stats) = subject.status("/_stats").await?;
    let pattern = format!("{}*", route());
    let found = stats["routes"].as_array().into_iter().flatten().find(|route| route["match"] == pattern.as_str());
    let route = found.with_context(|| format!("{}: stats without the route {pattern}", subject.name))?;
    let number = |value: &Value| value.as_i64().context("no number");
    Ok((number(&route["pending"])?, number(&route["refused"])?, number(&route["oldest_pending_ms"])?, number(&stats["drained"])?))
}

/// `/_stats` counts what waits, what was refused, how long, and what was stored.
pub async fn counts(world: &World) -> anyhow::Result<()> {
    let collection = format!("{}counts00", route());
    announce(&collection);
    for subject in &world.subjects {
        let before = told(subject).await?;
        ensure!(before.0 == 0 && before.1 == 0 && before.2 == 0, "{}: nothing waits, and stats say {before:?}", subject.name);
        put(subject, &collection, "a").await?;
        put(subject, &collection, "a").await?;
        put(subject, &collection, "b").await?;
        let () = subject.redis.ask(cmd("HSET").arg(queue::key(Place::Refused, &collection, "")).arg("b").arg(7)).await?;
        let () = subject.redis.ask(cmd("ZINCRBY").arg(queue::key(Place::Since, &collection, "")).arg(-50_000).arg("a")).await?;
        let (pending, refused, age_ms, _) = told(subject).await?;
        ensure!((pending, refused) == (2, 1) && (50_000..80_000).contains(&age_ms), "{}: {pending} pending, {refused} refused, {age_ms} ms", subject.name);
        drain(subject, &collection, 10_000, PATIENCE).await?;
        let after = told(subject).await?;
        ensure!((after.0, after.1, after.2) == (0, 0, 0) && after.3 - before.3 == 2, "{}: all is stored, and stats say {after:?}", subject.name);
        forget(subject, &collection).await?;
    }
    Ok(())
}

/// With one queue of a wrong type the others of its store are stored as ever.
pub async fn broken(world: &World) -> anyhow::Result<()> {
    let (broken, well) = (format!("{}broken00", route()), format!("{}well0000", route()));
    announce(&broken);
    announce(&well);
    for subject in &world.subjects {
        put(subject, &broken, "a").await?;
        let due = queue::key(Place::Queue, &broken, "");
        let () = subject.redis.ask(cmd("DEL").arg(&due)).await?;
        let () = subject.redis.ask(cmd("RPUSH").arg(&due).arg("x")).await?;
        put(subject, &well, "a").await?;
        let stored = drain(subject, &well, 10_000, Duration::from_secs(10)).await?;
        ensure!(stored, "{}: a broken queue holds up another one", subject.name);
        let kind: String = subject.redis.ask(cmd("TYPE").arg(&due)).await?;
        ensure!(kind == "list", "{}: a broken queue was touched", subject.name);
        forget(subject, &broken).await?;
        forget(subject, &well).await?;
        subject.becomes_ready(true).await?;
    }
    Ok(())
}

/// A drainer that dies with what it has claimed leaves it to others, who find it due after a while.
pub async fn claimed(world: &World) -> anyhow::Result<()> {
    let collection = format!("{}claimed0", route());
    announce(&collection);
    for subject in &world.subjects {
        put(subject, &collection, "a").await?;
        let [due, since] = [Place::Queue, Place::Since].map(|place| queue::key(place, &collection, ""));
        let dirty = queue::key(Place::Dirty, &collection, "");
        // Due and claimed in one step, so that the target does not come first.
        let text = crate::generated::contract::scripts::CLAIM.text.replacen("#!lua flags=allow-oom", "redis.call('ZADD', KEYS[1], 0, ARGV[4])", 1);
        let claim: redis::Value =
            subject.redis.ask(cmd("EVAL").arg(text).arg(3).arg(&due).arg(&since).arg(dirty).arg(100).arg(1_000_000).arg(1_500).arg("a")).await?;
        ensure!(format!("{claim:?}").contains("{}"), "{}: the suite could not claim: {claim:?}", subject.name);
        until("what was claimed comes back", PATIENCE, async || subject.redis.ask::<i64>(cmd("ZCARD").arg(&due)).await.is_ok_and(|count| count == 0)).await?;
        let known: bool = subject.redis.ask(cmd("SISMEMBER").arg(keys::QUEUES[0]).arg(&collection)).await?;
        ensure!(known, "{}: the collection is not among the queues", subject.name);
        forget(subject, &collection).await?;
    }
    Ok(())
}
