//! The end of a round: waits until the queues are empty, and reads the stores, past the proxies and through them.

use super::arena::Arena;
use super::exchange::{Ask, send};
use super::fleet::Fleet;
use super::meaning;
use crate::generated::contract::keys;
use crate::history::{By, Operation, Version};
use crate::sequence::{Mode, StoreKind};
use crate::supervisor::until;
use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::bson::{Document, doc};
use mysql_async::prelude::Queryable;
use redis::cmd;
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

/// A round's queues are empty after this, or something is stuck.
const DRAINING: Duration = Duration::from_secs(90);
/// A document can be read within this.
const READING: Duration = Duration::from_secs(15);
const AT_ONCE: usize = 16;
/// Up to so many documents each is read by every proxy, more of them by one each.
const BY_ALL: usize = 2_000;

/// What was found.
#[derive(Debug, Default)]
pub struct Settled {
    /// What is not as it must be when all is calm.
    pub stuck: Vec<String>,
}

/// Waits, and adds what is there at the end to the documents' histories.
///
/// # Errors
/// When the suite cannot read the stores.
pub async fn settle(fleet: &Fleet, arena: &Arena<'_>) -> anyhow::Result<Settled> {
    let mut settled = Settled::default();
    if let Err(error) = fleet.ready().await {
        settled.stuck.push(format!("{error:#}"));
    }
    drained(fleet, arena, &mut settled).await?;
    for collection in &arena.collections {
        let invoked = arena.now();
        let rows = match collection.store {
            StoreKind::Mysql => mysql(fleet, &collection.name).await?,
            StoreKind::Mongodb => mongodb(fleet, &collection.name).await?,
        };
        let returned = arena.now();
        let mut wrong = Vec::new();
        for document in arena.documents.borrow_mut().iter_mut().filter(|document| document.collection.name == collection.name) {
            let seen = match rows.get(&document.id) {
                Some(text) => Version::parse(text),
                None => None,
            };
            if let Some(text) = rows.get(&document.id).filter(|_| seen.is_none()) {
                wrong.push(format!("{}: the store holds what nobody wrote: {text}", document.path()));
            }
            document.operations.push(Operation::read(By::Store, invoked, returned, seen));
        }
        settled.stuck.extend(wrong);
    }
    closing_reads(fleet, arena, &mut settled).await;
    Ok(settled)
}

/// Waits until nothing is dirty and nothing waits.
async fn drained(fleet: &Fleet, arena: &Arena<'_>, settled: &mut Settled) -> anyhow::Result<()> {
    let names: Vec<&str> = arena.collections.iter().filter(|one| one.mode == Mode::WriteBehind).map(|one| one.name.as_str()).collect();
    let left = RefCell::new(Vec::new());
    let waited = until("the queues are empty", DRAINING, async || {
        let Ok(now) = waiting(fleet, &names).await else { return false };
        left.replace(now);
        left.borrow().is_empty()
    });
    let _ = waited.await;
    settled.stuck.extend(left.take());
    Ok(())
}

/// One line for everything that must not be there in the end.
async fn waiting(fleet: &Fleet, names: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    let known: Vec<String> = fleet.redis_side.ask(cmd("SMEMBERS").arg(keys::QUEUES[0])).await?;
    let all: std::collections::BTreeSet<&str> = names.iter().copied().chain(known.iter().map(String::as_str)).collect();
    for name in all {
        for (what, command, parts) in [
            ("in the queue", "ZCARD", keys::QUEUE),
            ("without a time since when it waits", "ZCARD", keys::SINCE),
            ("refused by the store", "HLEN", keys::REFUSED),
        ] {
            let count: u64 = fleet.redis_side.ask(cmd(command).arg(format!("{}{name}{}", parts[0], parts[1]))).await?;
            if count > 0 {
                let what = if parts == keys::SINCE { "waiting for the store" } else { what };
                lines.push(format!("{count} documents of {name} are {what} although all is calm"));
            }
        }
        let dirty: Vec<String> = fleet.redis_side.ask(cmd("KEYS").arg(format!("{}{name}{}*", keys::DIRTY[0], keys::DIRTY[1]))).await?;
        if !dirty.is_empty() {
            lines.push(format!("{} documents of {name} are dirty although all is calm, {} among them", dirty.len(), dirty[0]));
        }
    }
    Ok(lines)
}

/// Documents of a collection that are there, by id.
pub async fn mysql(fleet: &Fleet, collection: &str) -> anyhow::Result<HashMap<String, String>> {
    let pool = fleet.mysql_pool().context("there is no MySQL")?;
    let mut connection = pool.get_conn().await?;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = connection.exec("SELECT id, body FROM documents WHERE coll = ? AND del = 0", (collection,)).await?;
    drop(connection);
    pool.disconnect().await?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(rows.into_iter().map(|(id, body)| (text(id), text(body))).collect())
}

pub async fn mongodb(fleet: &Fleet, collection: &str) -> anyhow::Result<HashMap<String, String>> {
    let database = fleet.mongo_database().await?.context("there is no MongoDB")?;
    let found = database.collection::<Document>(collection).find(doc! {"del": false}).await?;
    let documents: Vec<Document> = found.try_collect().await?;
    let text = |document: &Document, name: &str| document.get_str(name).unwrap_or("?").to_owned();
    Ok(documents.iter().map(|document| (text(document, "_id"), text(document, "b"))).collect())
}

/// What the proxies answer now.
async fn closing_reads(fleet: &Fleet, arena: &Arena<'_>, settled: &mut Settled) {
    let count = arena.documents.borrow().len();
    let by_all = count <= BY_ALL;
    let reads = (0..count).flat_map(|document| {
        let members = 0..fleet.members.len();
        members.filter(move |member| by_all || document % fleet.members.len() == *member).map(move |member| (document, member))
    });
    let wrong = stream::iter(reads).map(async |(document, member)| {
        let path = arena.path(document);
        let by = By::Closing(u8::try_from(member).unwrap_or(0));
        let mut last = String::new();
        // A machine that has much to do may need more than one try.
        let read = until("a document can be read", READING, async || {
            let ask = Ask::Get { past_cache: false, known: None };
            let invoked = arena.now();
            let reply = send(&fleet.http, &fleet.members[member].address, &path, ask).await;
            let returned = arena.now();
            let meaning = meaning::of(ask, &reply);
            last = meaning.wrong.unwrap_or_else(|| format!("{reply:?}"));
            for (act, outcome) in &meaning.acts {
                arena.note(document, Operation { by, invoked, returned, act: *act, outcome: *outcome });
            }
            !meaning.acts.is_empty()
        });
        let failed = read.await.is_err();
        failed.then(|| format!("{path}: when all is calm, {} answers {last}", fleet.members[member].target.name))
    });
    let wrong: Vec<String> = wrong.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    settled.stuck.extend(wrong);
}
