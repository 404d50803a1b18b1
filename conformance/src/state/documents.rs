//! The documents of a collection in a store, in one form for both kinds of store.

use super::{Rows, State};
use crate::canonical;
use crate::subject::Subject;
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

/// A tombstone's age counts as fresh within this.
const FRESH_MS: i64 = 10 * 60 * 1000;

struct Stored {
    id: String,
    n: String,
    deleted: bool,
    etag: String,
    body: String,
    /// None, or whether the date is close to now.
    gone: Option<bool>,
}

impl Stored {
    fn line(&self) -> String {
        let mut line = format!("n={} ", self.n);
        if self.deleted {
            line.push_str("deleted ");
        }
        match (&self.gone, self.deleted) {
            (Some(true), true) => line.push_str("gone=now "),
            (None, false) => {}
            (Some(true), false) | (None, true) | (Some(false), _) => line.push_str(&format!("gone={:?} ", self.gone)),
        }
        let consistent = if self.deleted { self.etag.is_empty() && self.body.is_empty() } else { self.etag == canonical::etag(self.body.as_bytes()) };
        if !consistent {
            line.push_str("etag-of-something-else ");
        }
        format!("{line}etag={} {}", if self.etag.is_empty() { "-" } else { &self.etag }, self.body)
    }
}

/// Reads the rows of `documents`.
pub async fn mysql(subject: &Subject, collection: &str) -> anyhow::Result<State> {
    let rows = mysql_rows(&mut subject.mysql.get_conn().await?, collection).await?;
    Ok(State { rows, raw: Vec::new() })
}

/// Reads the rows of `documents` on a connection that is open.
pub async fn mysql_rows(connection: &mut Conn, collection: &str) -> anyhow::Result<Rows> {
    let query = "SELECT id, CAST(n AS CHAR), del, etag, body, TIMESTAMPDIFF(MICROSECOND, gone, UTC_TIMESTAMP(3)) DIV 1000 \
                 FROM documents WHERE coll = ? ORDER BY id";
    let rows: Result<Vec<Row>, _> = connection.exec(query, (collection,)).await;
    let rows = match rows {
        // Before the first contact of a proxy there is no table.
        Err(mysql_async::Error::Server(error)) if error.code == 1146 => Vec::new(),
        other => other?,
    };
    let mut stored_rows = Rows::new();
    for row in rows {
        type Columns = (Vec<u8>, Vec<u8>, i64, Vec<u8>, Vec<u8>, Option<i64>);
        let (id, n, del, etag, body, age): Columns = mysql_async::from_row_opt(row)?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let gone = age.map(|age| age.abs() < FRESH_MS);
        let stored = Stored { id: text(id), n: text(n), deleted: del != 0, etag: text(etag), body: text(body), gone };
        stored_rows.insert(format!("store {}", stored.id), stored.line());
    }
    Ok(stored_rows)
}

/// Reads the documents of a Mongo collection, and holds their form to the contract.
pub async fn mongodb(subject: &Subject, collection: &str) -> anyhow::Result<State> {
    let found = subject.mongo.collection::<Document>(collection).find(doc! {}).sort(doc! {"_id": 1}).await?;
    let documents: Vec<Document> = found.try_collect().await?;
    let mut state = State::default();
    for document in documents {
        state.raw.push(readable(&document));
        state.rows.extend([row(&document)]);
    }
    Ok(state)
}

/// The same without the documents as they lie there.
pub async fn mongodb_rows(subject: &Subject, collection: &str) -> anyhow::Result<Rows> {
    let found = subject.mongo.collection::<Document>(collection).find(doc! {}).await?;
    found.map_ok(|document| row(&document)).try_collect().await.map_err(Into::into)
}

fn row(document: &Document) -> (String, String) {
    let stored = neutral(document);
    let mut line = stored.line();
    if let Some(fault) = misshapen(document, &stored) {
        line.push_str(&format!(" misshapen: {fault}"));
    }
    (format!("store {}", stored.id), line)
}

fn neutral(document: &Document) -> Stored {
    let text = |name: &str| document.get_str(name).unwrap_or("?").to_owned();
    let now = mongodb::bson::DateTime::now().timestamp_millis();
    let gone = document.get("gone").map(|gone| gone.as_datetime().is_some_and(|date| (now - date.timestamp_millis()).abs() < FRESH_MS));
    Stored {
        id: text("_id"),
        n: document.get_i64("n").map_or_else(|_| "?".to_owned(), |n| n.to_string()),
        deleted: document.get_bool("del").unwrap_or(false),
        etag: text("e"),
        body: text("b"),
        gone,
    }
}

/// What is wrong with the types and the order of a document's fields, or with its projection.
fn misshapen(document: &Document, stored: &Stored) -> Option<String> {
    let names: Vec<&str> = document.keys().map(String::as_str).collect();
    let last = if stored.deleted { "gone" } else { "doc" };
    if names != ["_id", "n", "del", "e", "b", last] {
        return Some(format!("fields {names:?}"));
    }
    if !matches!(document.get("n"), Some(Bson::Int64(_))) || !matches!(document.get("del"), Some(Bson::Boolean(_))) {
        return Some("type of n or del".to_owned());
    }
    if stored.deleted {
        return None;
    }
    let value = serde_json::from_str(&stored.body).ok()?;
    let expected = Bson::Document(canonical::projection(&value));
    (document.get("doc") != Some(&expected)).then(|| format!("doc is {:?}", document.get("doc").map(Bson::to_string)))
}

/// A document with the types of its numbers, and its date as a word.
fn readable(document: &Document) -> String {
    typed(&Bson::Document(document.clone()))
}

fn typed(value: &Bson) -> String {
    match value {
        Bson::Document(members) => {
            let inner: Vec<String> = members.iter().map(|(name, value)| format!("{}: {}", Bson::String(name.clone()), typed(value))).collect();
            format!("{{{}}}", inner.join(", "))
        }
        Bson::Array(items) => format!("[{}]", items.iter().map(typed).collect::<Vec<_>>().join(", ")),
        Bson::Int32(number) => format!("int32({number})"),
        Bson::Int64(number) => format!("int64({number})"),
        Bson::Double(number) => format!("double({number})"),
        Bson::DateTime(_) => "date".to_owned(),
        other => other.to_string(),
    }
}
