//! Clears away what sequences left, many at once, and looks on the way for what lies where nothing belongs.

use super::stage::{Left, Stage};
use crate::generated::contract::keys;
use crate::state::whole;
use crate::subject::Subject;
use futures_util::future::try_join_all;
use mongodb::bson::Document;
use mysql_async::prelude::Queryable;
use redis::cmd;
use std::collections::{BTreeMap, BTreeSet};

/// Sequences that are cleared away at once. What lies about makes the stores slower: every new collection is a change of
/// the embedded Mongo's schema, which each of its connections then reads anew as a whole.
pub const BATCH: usize = 100;
/// Collections or keys in one command.
const CHUNK: usize = 250;

/// Something that lies where nothing belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Stray {
    /// The target whose store it is.
    pub target: String,
    pub what: String,
    /// The sequence whose collection it is in, if it is in one.
    pub number: Option<u64>,
}

/// Clears away all collections that are not in use, and says what lay there or elsewhere that no sequence knows of.
///
/// # Errors
/// Those of the stores.
pub async fn sweep(stage: &Stage<'_>) -> anyhow::Result<Vec<Stray>> {
    let left = std::mem::take(&mut stage.traces.lock().expect("no holder panics").left);
    let bases = stage.bases();
    let swept = bases.iter().enumerate().map(|(side, subject)| one(stage, subject, side, &left));
    Ok(try_join_all(swept).await?.concat())
}

async fn one(stage: &Stage<'_>, subject: &Subject, side: usize, left: &BTreeMap<String, Left>) -> anyhow::Result<Vec<Stray>> {
    let mut strays = redis(stage, subject, side, left).await?;
    strays.extend(mysql(stage, subject, left).await?);
    strays.extend(mongodb(stage, subject, left).await?);
    Ok(strays)
}

/// Whether a collection belongs to a sequence, asked after the stores were: a sequence that began meanwhile counts.
fn known(stage: &Stage<'_>, left: &BTreeMap<String, Left>, collection: &str) -> bool {
    let traces = stage.traces.lock().expect("no holder panics");
    // Cases of the same run clear nothing away.
    whole::is_known(collection) || left.contains_key(collection) || traces.open.contains(collection) || traces.left.contains_key(collection)
}

async fn redis(stage: &Stage<'_>, subject: &Subject, side: usize, left: &BTreeMap<String, Left>) -> anyhow::Result<Vec<Stray>> {
    let all: Vec<String> = subject.redis.ask(cmd("KEYS").arg("*")).await?;
    let mut strays = Vec::new();
    let mut gone = Vec::new();
    for key in all {
        let collection = key.strip_prefix(keys::ENTRY[0]).and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
        let stray = |number| Stray { target: subject.name.clone(), what: format!("Redis key {key}"), number };
        match collection.map(|name| (name, left.get(name))) {
            None if key == keys::FLEET[0] || key == keys::QUEUES[0] => continue,
            Some((_, Some(left))) => {
                if left.keys.get(side).is_some_and(|keys| !keys.contains(&key)) {
                    strays.push(stray(left.number));
                }
                gone.push(key);
            }
            Some((name, None)) if known(stage, left, name) => {}
            _ => strays.push(stray(None)),
        }
    }
    for chunk in gone.chunks(CHUNK) {
        let () = subject.redis.ask(cmd("UNLINK").arg(chunk)).await?;
    }
    for chunk in left.keys().cloned().collect::<Vec<_>>().chunks(CHUNK) {
        let () = subject.redis.ask(cmd("SREM").arg(keys::QUEUES[0]).arg(chunk)).await?;
    }
    Ok(strays)
}

async fn mysql(stage: &Stage<'_>, subject: &Subject, left: &BTreeMap<String, Left>) -> anyhow::Result<Vec<Stray>> {
    let mut connection = subject.mysql.get_conn().await?;
    let names: Vec<Vec<u8>> = connection.query("SELECT DISTINCT coll FROM documents").await?;
    let names: BTreeSet<String> = names.into_iter().map(|name| String::from_utf8_lossy(&name).into_owned()).collect();
    let gone: Vec<&String> = names.iter().filter(|name| left.contains_key(*name)).collect();
    for chunk in gone.chunks(CHUNK) {
        let holes = vec!["?"; chunk.len()].join(", ");
        let names: Vec<mysql_async::Value> = chunk.iter().map(|name| name.as_str().into()).collect();
        connection.exec_drop(format!("DELETE FROM documents WHERE coll IN ({holes})"), names).await?;
    }
    Ok(outside(stage, subject, left, names, "MySQL"))
}

async fn mongodb(stage: &Stage<'_>, subject: &Subject, left: &BTreeMap<String, Left>) -> anyhow::Result<Vec<Stray>> {
    let names: BTreeSet<String> = subject.mongo.list_collection_names().await?.into_iter().collect();
    for name in names.iter().filter(|name| left.contains_key(*name)) {
        subject.mongo.collection::<Document>(name).drop().await?;
    }
    Ok(outside(stage, subject, left, names, "MongoDB"))
}

/// In a database that others use too, other collections are nobody's fault.
fn outside(stage: &Stage<'_>, subject: &Subject, left: &BTreeMap<String, Left>, names: BTreeSet<String>, store: &str) -> Vec<Stray> {
    if stage.world.keeps_state() {
        return Vec::new();
    }
    let unknown = names.into_iter().filter(|name| !known(stage, left, name));
    unknown.map(|name| Stray { target: subject.name.clone(), what: format!("{store} collection {name}"), number: None }).collect()
}
