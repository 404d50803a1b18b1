//! Loads the sample documents into a running proxy.

use crate::samples::{Sample, read};
use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::io::IsTerminal;

/// Requests in flight at once.
const AT_ONCE: usize = 8;

/// Puts one document, and checks the receipt's entity tag.
pub async fn put(http: &reqwest::Client, collection_url: &str, sample: &Sample) -> anyhow::Result<()> {
    let url = format!("{collection_url}/{}", sample.id);
    let request = http.put(&url).header("Content-Type", "application/json").body(sample.canonical.clone());
    let answer = request.send().await.with_context(|| url.clone())?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "PUT {url}: {status} {text}");
    let receipt: Value = serde_json::from_str(&text)?;
    let etag = crate::canonical::etag(sample.canonical.as_bytes());
    ensure!(receipt["etag"] == etag.as_str(), "PUT {url}: the receipt's etag is {}, that of the document {etag}", receipt["etag"]);
    Ok(())
}

/// Puts documents, several at once, and tells how far it is.
pub async fn put_all(http: &reqwest::Client, collection_url: &str, documents: &[Sample], progress: impl Fn()) -> anyhow::Result<()> {
    stream::iter(documents)
        .map(|sample| put(http, collection_url, sample))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| {
            progress();
            std::future::ready(Ok(()))
        })
        .await
}

/// Loads every collection; `prefix` stands before each collection's name.
pub async fn load(url: &str, prefix: &str) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(30)).build()?;
    let collections = read()?;
    let total: usize = collections.iter().map(|collection| collection.documents.len()).sum();
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(total as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{msg:12} [{bar:40}] {pos}/{len} documents, {per_sec}, {eta} to go")?.progress_chars("=> "));
    for collection in collections {
        bar.set_message(collection.name);
        let target = format!("{}/v1/{prefix}{}", url.trim_end_matches('/'), collection.name);
        put_all(&http, &target, &collection.documents, || bar.inc(1)).await?;
        bar.suspend(|| println!("{}: {} documents at {target}", collection.name, collection.documents.len()));
    }
    bar.finish_and_clear();
    Ok(())
}
