//! Documents as MongoDB documents, one collection each (protocol.md §1).

mod coarse;
mod newer;
mod projection;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Future;
use mongodb::bson::{DateTime, Document as BsonDocument, RawDocument, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;
use mongodb::options::{Acknowledgment, ClientOptions, IndexOptions, ReadPreference, SelectionCriteria, WriteConcern};
use mongodb::{Client, Database, IndexModel};
use tokio::time::timeout;

pub use self::coarse::push;
pub use self::projection::project;
use super::{Address, Batch, Fault, Listed, Put, Row};
use crate::generated::contract::{limits, mongodb as facts};
use crate::json::{Document, read};
use crate::log::Log;

const POOL_SIZE: u32 = 32;

/// How often the driver looks at a server, so that connections to one that restarted are thrown away early.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Collections whose index was asked for are remembered up to this many.
const REMEMBERED: usize = 10_000;

tokio::task_local! {
    /// Set once the statement of this task has a connection and is about to be sent.
    static SENT: Arc<AtomicBool>;
}

/// A database of documents.
pub struct Mongo {
    database: Database,
    timeout: Duration,
    log: Log,
    /// Collections whose sweep index this process asked for.
    swept: Mutex<HashSet<String>>,
    warned: Arc<AtomicBool>,
}

impl Mongo {
    /// A client that connects on use; None if the driver does not take the URL.
    pub async fn new(url: &str, within: Duration, log: Log) -> Option<Mongo> {
        let mut options = ClientOptions::parse(url).await.ok()?;
        options.retry_reads = Some(false);
        options.retry_writes = Some(false);
        options.connect_timeout = Some(within);
        options.server_selection_timeout = Some(within);
        options.heartbeat_freq = Some(LOOK_INTERVAL);
        options.max_pool_size = Some(POOL_SIZE);
        options.max_idle_time = Some(Duration::from_millis(limits::IDLE_PING_MS as u64));
        options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        options.cmap_event_handler = Some(EventHandler::callback(|event| {
            if let CmapEvent::ConnectionCheckedOut(_) = event {
                let _ = SENT.try_with(|sent| sent.store(true, Ordering::Release));
            }
        }));
        let database = options.default_database.clone()?;
        let client = Client::with_options(options).ok()?;
        Some(Mongo { database: client.database(&database), timeout: within, log, swept: Mutex::default(), warned: Arc::default() })
    }

    /// See [`super::Store::get`].
    pub async fn get(&self, at: &Address, within: Duration) -> Result<Option<Row>, Fault> {
        let collection = self.database.collection::<RawDocumentBuf>(&at.collection);
        let find = collection.find_one(doc! { "_id": &at.id }).projection(doc! { "n": 1, "del": 1, "e": 1, "b": 1 });
        let found = read_within(within, async { find.await }).await?;
        found.map(|raw| read_row(&raw).ok_or(Fault::Unavailable)).transpose()
    }

    /// See [`super::Store::compare_and_put`].
    pub async fn compare_and_put(&self, at: &Address, expected: Option<u64>, row: &Row, within: Duration) -> Result<Put, Fault> {
        let collection = self.database.collection::<BsonDocument>(&at.collection);
        let replacement = stored_form(&at.id, row);
        let write = async {
            match expected {
                None => collection.insert_one(replacement).await.map(|_| 1),
                Some(n) => collection.replace_one(doc! { "_id": &at.id, "n": n as i64 }, replacement).await.map(|result| result.matched_count),
            }
        };
        let sent = Arc::new(AtomicBool::new(false));
        let result = timeout(within, SENT.scope(sent.clone(), write)).await;
        let put = match result {
            Ok(Ok(0)) => Put::Conflict,
            Ok(Ok(_)) => Put::Done,
            _ if !sent.load(Ordering::Acquire) => return Err(Fault::Unreachable),
            Ok(Err(error)) => judge_write(&error)?,
            Err(_) => return Err(Fault::Unknown),
        };
        if put == Put::Done {
            self.ensure_sweep(&at.collection);
        }
        Ok(put)
    }

    /// See [`super::Store::list`].
    pub async fn list(&self, batch: &Batch<'_>, within: Duration) -> Result<Vec<Listed>, Fault> {
        let Some(pushed) = push(batch.coarse) else {
            return Ok(Vec::new());
        };
        let mut filter = doc! { "_id": { "$gt": batch.after }, "del": false };
        if !pushed.is_empty() {
            filter.insert("$and", vec![pushed]);
        }
        let collection = self.database.collection::<RawDocumentBuf>(batch.collection);
        let find = collection
            .find(filter)
            .projection(doc! { "e": 1, "b": 1 })
            .sort(doc! { "_id": 1 })
            .limit(batch.rows)
            .batch_size(batch.rows as u32)
            .max_time(self.timeout);
        let read = async {
            let mut cursor = find.await?;
            let mut rows = Vec::new();
            while !batch.is_full(&rows) && cursor.advance().await? {
                match read_listed(cursor.current()) {
                    Some(listed) => rows.push(listed),
                    None => return Ok(Err(Fault::Unavailable)),
                }
            }
            Ok(Ok(rows))
        };
        read_within(within, read).await?
    }

    /// See [`super::Store::ping`].
    pub async fn ping(&self, within: Duration) -> Result<(), Fault> {
        read_within(within, async { self.database.run_command(doc! { "ping": 1 }).await }).await.map(|_| ())
    }

    /// Asks for the index that sweeps tombstones, once a collection and without making the writer wait.
    fn ensure_sweep(&self, collection: &str) {
        let Ok(mut swept) = self.swept.lock() else { return };
        if swept.len() >= REMEMBERED {
            swept.clear();
        }
        if !swept.insert(collection.to_owned()) {
            return;
        }
        let options = IndexOptions::builder().name(facts::SWEEP_INDEX.to_owned()).expire_after(Duration::from_secs(limits::TOMBSTONE_S as u64)).build();
        let index = IndexModel::builder().keys(doc! { "gone": 1 }).options(options).build();
        let (collection, within) = (self.database.collection::<BsonDocument>(collection), self.timeout);
        let (log, warned) = (self.log, self.warned.clone());
        tokio::spawn(async move {
            let made = timeout(within, async { collection.create_index(index).await }).await;
            if !matches!(made, Ok(Ok(_))) && !warned.swap(true, Ordering::Relaxed) {
                log.note("the store does not make the index that sweeps deleted documents");
            }
        });
    }
}

/// A statement that writes nothing: whatever goes wrong, nothing was written.
async fn read_within<T>(within: Duration, read: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    match timeout(within, read).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) if code(&error).is_some() => Err(Fault::Unavailable),
        Ok(Err(_)) | Err(_) => Err(Fault::Unreachable),
    }
}

/// Reads the answer to a write as the contract's lists of error numbers say.
fn judge_write(error: &Error) -> Result<Put, Fault> {
    match code(error) {
        Some(facts::DUPLICATE_CODE) => Ok(Put::Conflict),
        Some(code) if facts::STATE_CODES.contains(&code) => Err(Fault::Unavailable),
        Some(code) if facts::UNKNOWN_CODES.contains(&code) => Err(Fault::Unknown),
        Some(_) => Err(Fault::Refused),
        None => Err(Fault::Unknown),
    }
}

/// The number with which the server refused a statement; a write concern that failed is no refusal.
fn code(error: &Error) -> Option<i64> {
    match error.kind.as_ref() {
        ErrorKind::Command(error) => Some(error.code.into()),
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code.into()),
        _ => None,
    }
}

/// The fields in the contract's order.
fn stored_form(id: &str, row: &Row) -> BsonDocument {
    let n = row.n as i64;
    let Some(document) = &row.document else {
        return doc! { "_id": id, "n": n, "del": true, "e": "", "b": "", "gone": DateTime::now() };
    };
    let text = String::from_utf8_lossy(&document.body);
    let mut stored = doc! { "_id": id, "n": n, "del": false, "e": &document.etag, "b": &*text };
    if let Ok(value) = read::value(&document.body) {
        stored.insert("doc", project(&value));
    }
    stored
}

fn read_row(raw: &RawDocument) -> Option<Row> {
    let n = u64::try_from(raw.get_i64("n").ok()?).ok()?;
    let document = if raw.get_bool("del").ok()? { None } else { Some(read_document(raw)?) };
    Some(Row { n, document })
}

fn read_listed(raw: &RawDocument) -> Option<Listed> {
    Some(Listed { id: raw.get_str("_id").ok()?.to_owned(), document: read_document(raw)? })
}

fn read_document(raw: &RawDocument) -> Option<Document> {
    let body = Bytes::copy_from_slice(raw.get_str("b").ok()?.as_bytes());
    Some(Document { etag: raw.get_str("e").ok()?.to_owned(), body })
}
