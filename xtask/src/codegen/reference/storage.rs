//! The pages of what stands in Redis, MySQL and MongoDB.

use super::page::{Page, code, value};
use crate::codegen::contract::{Contract, Script};
use crate::digest::sha1;

/// Keys, the cached record, and the scripts.
pub fn redis(contract: &Contract) -> Page {
    let text = "Every key that a proxy writes, the form of a cached record, and the scripts that change them. The braces of a key are part of it: the hash tag of Redis Cluster.";
    let mut page = Page::new("redis", "Redis", text);
    page.heading("Keys");
    let text_of = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let keys = contract.keys.iter().filter(|(_, key)| key.get("pattern").is_some());
    let row = |(name, key): (&String, &toml::Value)| {
        vec![name.clone(), code(text_of(key.get("pattern"))), text_of(key.get("type")), text_of(key.get("ttl")), text_of(key.get("text"))]
    };
    page.table(&["key", "pattern", "type", "TTL", "content"], keys.map(row));
    page.heading("A cached record");
    page.table(
        &["part", "value"],
        contract.keys["record"]
            .as_table()
            .into_iter()
            .flatten()
            .map(|(name, each)| vec![code(name), if name == "text" { text_of(Some(each)) } else { value(each) }]),
    );
    page.heading("Settings of Redis");
    page.paragraph("What `\"durability\": \"aof\"` asks for; without one of them what was acknowledged can be lost with the process.");
    page.table(
        &["setting", "value"],
        contract.keys["durability"].as_table().into_iter().flatten().map(|(name, each)| vec![code(name), code(text_of(Some(each)))]),
    );
    page.heading("Scripts");
    page.paragraph("Sent by digest with EVALSHA, and once with EVAL where Redis does not know them yet; the comments of each say keys, arguments and replies.");
    let row = |script: &Script| vec![format!("[`{name}`](../../contract/scripts/{name}.lua)", name = script.name), code(sha1(&script.text)), purpose(script)];
    page.table(&["script", "SHA-1", "what it does"], contract.scripts.iter().map(row));
    page
}

/// The first comment of a script.
fn purpose(script: &Script) -> String {
    let comment = script.text.lines().find_map(|line| line.strip_prefix("-- "));
    comment.unwrap_or_default().to_owned()
}

/// Statements, names and error numbers.
pub fn stores(contract: &Contract) -> Page {
    let text = "What the stores see: statements and names, and how a server's error numbers are read. What is listed as state or unknown is about the server; any other refusal is about the document.";
    let mut page = Page::new("stores", "Stores", text);
    for (kind, facts) in &contract.store {
        page.heading(kind);
        page.table(&["name", "value"], facts.as_table().into_iter().flatten().map(|(name, each)| vec![code(name), value(each)]));
    }
    page
}
