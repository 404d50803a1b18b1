//! Real documents through every target into both stores, read back to the byte, paged and filtered.

use crate::load::put_all;
use crate::routes::{Variant, prefix};
use crate::samples::{Collection, Sample, read};
use crate::sequence::{Mode, Profile, StoreKind};
use crate::state::whole::announce;
use crate::subject::Subject;
use crate::world::World;
use anyhow::ensure;
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// How much of each collection is loaded, evenly from all of it: enough for more than a thousand documents of four shapes.
const MOST: usize = 280;

/// A filter as a client sends it, and the same as a plain function over the files.
type Query = (&'static str, &'static str, fn(&Value) -> bool);

const QUERIES: [Query; 12] = [
    ("countries", r#"{"region":"Europe"}"#, |doc| doc["region"] == "Europe"),
    ("countries", r#"{"area":{"$gt":1000000}}"#, |doc| doc["area"].as_f64().is_some_and(|area| area > 1e6)),
    ("countries", r#"{"borders":{"$all":["DEU","FRA"]}}"#, |doc| holds(&doc["borders"], "DEU") && holds(&doc["borders"], "FRA")),
    ("countries", r#"{"independent":{"$ne":true}}"#, |doc| doc.get("independent") != Some(&Value::Bool(true))),
    ("countries", r#"{"name.common":{"$beginsWith":"Uni"}}"#, |doc| begins(&doc["name"]["common"], "Uni")),
    ("countries", r#"{"$or":[{"landlocked":true},{"subregion":"Caribbean"}]}"#, |doc| doc["landlocked"] == true || doc["subregion"] == "Caribbean"),
    ("countries", r#"{"currencies.EUR":{"$exists":true},"area":{"$lte":500}}"#, |doc| {
        doc["currencies"].get("EUR").is_some() && doc["area"].as_f64().is_some_and(|area| area <= 500.0)
    }),
    ("licenses", r#"{"osiApproved":true}"#, |doc| doc["osiApproved"] == true),
    ("licenses", r#"{"name":{"$beginsWith":"GNU"},"osiApproved":{"$nin":[true]}}"#, |doc| begins(&doc["name"], "GNU") && doc["osiApproved"] != true),
    ("emojis", r#"{"group":{"$in":[0,1]},"tags":{"$all":["face"]}}"#, |doc| matches!(doc["group"].as_f64(), Some(0.0 | 1.0)) && holds(&doc["tags"], "face")),
    ("emojis", r#"{"$nor":[{"gender":{"$exists":true}},{"skins":{"$exists":true}}]}"#, |doc| doc.get("gender").is_none() && doc.get("skins").is_none()),
    ("types", r#"{"source":"iana","compressible":true}"#, |doc| doc["source"] == "iana" && doc["compressible"] == true),
];

fn holds(array: &Value, text: &str) -> bool {
    array.as_array().is_some_and(|items| items.iter().any(|item| item == text))
}

fn begins(value: &Value, text: &str) -> bool {
    value.as_str().is_some_and(|value| value.starts_with(text))
}

pub async fn mysql(world: &World) -> anyhow::Result<()> {
    all(world, StoreKind::Mysql).await
}

pub async fn mongodb(world: &World) -> anyhow::Result<()> {
    all(world, StoreKind::Mongodb).await
}

async fn all(world: &World, store: StoreKind) -> anyhow::Result<()> {
    let mut collections = read()?;
    for collection in &mut collections {
        let step = collection.documents.len().div_ceil(MOST);
        collection.documents = std::mem::take(&mut collection.documents).into_iter().step_by(step).collect();
    }
    let count: usize = collections.iter().map(|collection| collection.documents.len()).sum();
    ensure!(count >= 1000, "only {count} sample documents");
    let prefix = prefix(Variant { mode: Mode::WriteThrough, store }, Profile::Plain);
    collections.iter().for_each(|collection| announce(&format!("{prefix}{}", collection.name)));
    try_join_all(world.subjects.iter().map(|subject| target(subject, &prefix, &collections))).await?;
    Ok(())
}

async fn target(subject: &Subject, prefix: &str, collections: &[Collection]) -> anyhow::Result<()> {
    for collection in collections {
        let url = format!("http://{}/v1/{prefix}{}", subject.address, collection.name);
        put_all(&subject.http, &url, &collection.documents, || {}).await?;
        read_back(subject, &url, &collection.documents).await?;
        let pages = list(subject, &url, "").await?;
        let ids: Vec<&str> = pages.iter().filter_map(|item| item["id"].as_str()).collect();
        let expected: Vec<&str> = collection.documents.iter().map(|sample| sample.id.as_str()).collect();
        ensure!(ids == expected, "{}: {url} lists {} documents, expected {}", subject.name, ids.len(), expected.len());
        for (item, sample) in pages.iter().zip(&collection.documents) {
            ensure!(crate::canonical::text(&item["doc"]) == sample.canonical, "{}: {url} lists another {}", subject.name, sample.id);
        }
    }
    for (name, filter, plain) in QUERIES {
        let Some(collection) = collections.iter().find(|collection| collection.name == name) else { continue };
        let url = format!("http://{}/v1/{prefix}{name}", subject.address);
        let found = list(subject, &url, filter).await?;
        let ids: Vec<&str> = found.iter().filter_map(|item| item["id"].as_str()).collect();
        let expected: Vec<&str> = collection.documents.iter().filter(|sample| plain(&sample.value)).map(|sample| sample.id.as_str()).collect();
        ensure!(!expected.is_empty(), "the query {filter} finds nothing in the files, so it shows nothing");
        ensure!(ids == expected, "{}: where={filter} finds {ids:?}, and in the files are {expected:?}", subject.name);
    }
    Ok(())
}

/// Every document once: from the cache, to the byte.
async fn read_back(subject: &Subject, url: &str, documents: &[Sample]) -> anyhow::Result<()> {
    let read = |sample: &Sample| {
        let (request, expected, id) = (subject.http.get(format!("{url}/{}", sample.id)).send(), sample.canonical.clone(), sample.id.clone());
        async move {
            let found = request.await?.bytes().await?;
            ensure!(found == expected.as_bytes(), "{}: {id} comes back as other bytes", subject.name);
            Ok(())
        }
    };
    stream::iter(documents.iter().map(read)).buffer_unordered(8).try_collect().await
}

/// All items of all pages.
async fn list(subject: &Subject, url: &str, filter: &str) -> anyhow::Result<Vec<Value>> {
    let mut items = Vec::new();
    let escaped = utf8_percent_encode(filter, NON_ALPHANUMERIC).to_string();
    let filter = if filter.is_empty() { String::new() } else { format!("&where={escaped}") };
    let mut after = String::new();
    loop {
        let text = subject.http.get(format!("{url}?limit=150{after}{filter}")).send().await?.text().await?;
        let page: Value = serde_json::from_str(&text)?;
        ensure!(page["items"].is_array(), "{}: {text}", subject.name);
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(items),
        }
    }
}
