//! The sample documents: read from the packages under `samples/`, made canonical without any proxy.

use crate::canonical;
use crate::targets::root;
use anyhow::Context;
use serde_json::Value;

/// One document of the samples.
#[derive(Clone, Debug)]
pub struct Sample {
    pub id: String,
    pub value: Value,
    /// What a proxy has to answer, byte for byte.
    pub canonical: String,
}

/// Documents of one shape.
#[derive(Clone, Debug)]
pub struct Collection {
    pub name: &'static str,
    /// In the order of their ids.
    pub documents: Vec<Sample>,
}

/// Everything there is.
pub fn read() -> anyhow::Result<Vec<Collection>> {
    Ok(vec![
        collection("countries", listed(file("world-countries/countries.json")?, "cca3")?),
        collection("licenses", keyed(file("spdx-license-list/spdx-full.json")?)?),
        collection("emojis", listed(file("emojibase-data/en/data.json")?, "hexcode")?),
        collection("types", keyed(file("mime-db/db.json")?)?),
    ])
}

fn file(path: &str) -> anyhow::Result<Value> {
    let path = root().join("samples/node_modules").join(path);
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} is not there; run `cargo xtask setup`", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn listed(value: Value, id: &str) -> anyhow::Result<Vec<(String, Value)>> {
    let Value::Array(items) = value else { anyhow::bail!("the samples are not an array") };
    items.into_iter().map(|item| Ok((item[id].as_str().context("a sample without its id")?.to_owned(), item))).collect()
}

fn keyed(value: Value) -> anyhow::Result<Vec<(String, Value)>> {
    let Value::Object(members) = value else { anyhow::bail!("the samples are not an object") };
    // Licences end in +, media types hold / and +; an id holds neither.
    let slug = |name: String| if name.contains('/') { name.replace('/', "~").replace('+', "_") } else { name.replace('+', "~") };
    Ok(members.into_iter().map(|(name, value)| (slug(name), value)).collect())
}

fn collection(name: &'static str, documents: Vec<(String, Value)>) -> Collection {
    let sample = |(id, value): (String, Value)| Sample { id, canonical: canonical::text(&value), value };
    let mut documents: Vec<Sample> = documents.into_iter().map(sample).collect();
    documents.sort_by(|left, right| left.id.as_bytes().cmp(right.id.as_bytes()));
    Collection { name, documents }
}
