//! Looks at everything a target's dependencies hold, so that nothing is written where nothing belongs.

use super::queue;
use crate::generated::contract::keys;
use crate::subject::Subject;
use mysql_async::prelude::Queryable;
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex};

/// Collections that the suite has used in this run.
static KNOWN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Notes a collection before anything is written to it.
pub fn announce(collection: &str) {
    KNOWN.lock().expect("no holder panics").insert(collection.to_owned());
}

/// Whether it was noted.
pub fn is_known(collection: &str) -> bool {
    KNOWN.lock().expect("no holder panics").contains(collection)
}

/// What lies there and should not, one line each.
pub async fn strays(subject: &Subject) -> anyhow::Result<Vec<String>> {
    let mut strays = Vec::new();
    let script = "local out = {} for _, key in ipairs(redis.call('KEYS', '*')) do \
                  table.insert(out, key) table.insert(out, tostring(redis.call('PTTL', key))) end return out";
    let found: Vec<String> = subject.redis.ask(redis::cmd("EVAL").arg(script).arg(0)).await?;
    let collections = subject.mongo.list_collection_names().await?;
    let mut connection = subject.mysql.get_conn().await?;
    let names: Vec<Vec<u8>> = connection.query("SELECT DISTINCT coll FROM documents").await?;
    let tables: Vec<String> = connection.query("SHOW TABLES").await?;
    // Only now: another sequence may begin at any time, and is announced before it writes.
    let known = KNOWN.lock().expect("no holder panics").clone();
    for pair in found.chunks(2) {
        let collection = pair[0].strip_prefix(keys::ENTRY[0]).and_then(|rest| rest.split('}').next());
        match collection {
            None if pair[0] == keys::FLEET[0] || pair[0] == keys::QUEUES[0] => {}
            Some(name) if known.contains(name) && (pair[1] != "-1" || queue::is_of(name, &pair[0])) => {}
            _ => strays.push(format!("Redis key {} with ttl {}", pair[0], pair[1])),
        }
    }
    for name in collections {
        if !known.contains(&name) {
            strays.push(format!("Mongo collection {name}"));
        }
    }
    strays.extend(
        names
            .into_iter()
            .map(|name| String::from_utf8_lossy(&name).into_owned())
            .filter(|name| !known.contains(name))
            .map(|name| format!("MySQL collection {name}")),
    );
    strays.extend(tables.into_iter().filter(|table| table != "documents").map(|table| format!("MySQL table {table}")));
    Ok(strays)
}
