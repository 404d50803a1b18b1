//! Whether `/_stats` counts what was asked.

use crate::routes::{Variant, prefix};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::state::whole::announce;
use crate::subject::Subject;
use crate::world::World;
use anyhow::ensure;
use serde_json::{Value, json};

/// A known number of requests of each kind, and the difference in the counters.
pub async fn counters(world: &World) -> anyhow::Result<()> {
    let collection = format!("{}stats000", prefix(Variant { mode: Mode::WriteThrough, store: StoreKind::Mysql }, Profile::Plain));
    announce(&collection);
    for subject in &world.subjects {
        let (_, before) = subject.status("/_stats").await?;
        ask(subject, &collection).await?;
        let (_, after) = subject.status("/_stats").await?;
        // The first look at the stats is a request, too.
        let expected = json!({"requests": 9, "cache_hits": 2, "cache_misses": 2, "fills": 2, "fills_refused": 0, "drained": 0, "drain_retries": 0});
        for (name, value) in expected.as_object().into_iter().flatten() {
            let difference = after[name].as_i64().zip(before[name].as_i64()).map(|(after, before)| after - before);
            ensure!(difference == value.as_i64(), "{}: {name} went up by {difference:?}, expected {value}", subject.name);
        }
    }
    Ok(())
}

/// A PUT and a refused one, which clears the entry; so a miss, 2 hits and another miss; a list, an unknown page.
async fn ask(subject: &Subject, collection: &str) -> anyhow::Result<()> {
    let url = format!("http://{}/v1/{collection}", subject.address);
    let put = || subject.http.put(format!("{url}/a")).header("Content-Type", "application/json").body("{}");
    put().send().await?.bytes().await?;
    put().header("If-None-Match", "*").send().await?.bytes().await?;
    for path in ["/a", "/a", "/a", "/never", ""] {
        let body: Value = serde_json::from_slice(&subject.http.get(format!("{url}{path}")).send().await?.bytes().await?)?;
        ensure!(body.is_object(), "an answer that is no object");
    }
    subject.http.get(format!("http://{}/nothing", subject.address)).send().await?.bytes().await?;
    Ok(())
}
