//! Steps that change Redis or a store behind the target's back: time, evictions, planted values.

use super::Driver;
use crate::canonical;
use crate::generated::contract::{keys, mysql};
use crate::sequence::{Key, Place, Plant, PlantRows, Planted, StoreKind};
use crate::state::queue;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mysql_async::prelude::Queryable;
use redis::cmd;
use serde_json::{Value, json};

/// Takes a span off every TTL and every writer's deadline of a collection.
const ADVANCE: &str = "
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local left = redis.call('PTTL', key)
  if redis.call('TYPE', key).ok == 'zset' then
    local held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for at = 1, #held, 2 do
      if tonumber(held[at + 1]) > 0 then redis.call('ZINCRBY', key, '-' .. ARGV[2], held[at]) end
    end
  end
  if left >= 0 then
    if left <= tonumber(ARGV[2]) then redis.call('DEL', key) else redis.call('PEXPIRE', key, left - ARGV[2]) end
  end
end
return 1";

/// How long a key lives into which a writer was planted.
pub const WRITERS_MS: i64 = 4_000;

/// A row as a proxy would have written it.
struct Row {
    id: String,
    n: u64,
    /// None: deleted.
    body: Option<Value>,
}

impl Driver<'_> {
    /// Lets time pass for the collection's keys.
    pub(super) async fn advance(&mut self, by_ms: u64) -> anyhow::Result<()> {
        let pattern = format!("{}{}}}*", keys::ENTRY[0], self.scope.collection);
        self.scope.advanced_ms += by_ms;
        self.scope.advances.push(by_ms);
        self.subject.redis.ask(cmd("EVAL").arg(ADVANCE).arg(0).arg(pattern).arg(by_ms)).await
    }

    pub(super) fn key_at(&self, place: Place, id: &str) -> String {
        let (collection, generation) = (&self.scope.collection, &self.scope.generation);
        match place {
            Place::Entry => format!("{}{collection}{}{generation}{}{id}", keys::ENTRY[0], keys::ENTRY[1], keys::ENTRY[2]),
            Place::Lease => format!("{}{collection}{}{generation}{}{id}", keys::LEASE[0], keys::LEASE[1], keys::LEASE[2]),
            Place::Writers => format!("{}{collection}{}{id}", keys::WRITERS[0], keys::WRITERS[1]),
            place => queue::key(place, collection, id),
        }
    }

    pub(super) async fn remove(&self, key: &Key, place: Place) -> anyhow::Result<()> {
        self.subject.redis.ask(cmd("DEL").arg(self.key_at(place, &self.id(key)))).await
    }

    pub(super) async fn plant(&self, plant: &Plant) -> anyhow::Result<()> {
        let id = self.id(&plant.key);
        match &plant.what {
            Planted::Entry { n, kind, body, etag, ttl_ms } => {
                let body = body.as_ref().map(|body| self.body(body)).transpose()?.unwrap_or_default();
                let own = if body.is_empty() { String::new() } else { canonical::etag(&body) };
                let etag = etag.as_ref().unwrap_or(&own);
                let record = [format!("{n}|{kind}|{etag}|").into_bytes(), body].concat();
                self.set(Place::Entry, &id, &record, *ttl_ms).await
            }
            Planted::Bytes { at, bytes, ttl_ms } => self.set(*at, &id, &self.body(bytes)?, *ttl_ms).await,
            Planted::WrongType { at, ttl_ms } => {
                let key = self.key_at(*at, &id);
                let script = "redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], 'x') \
                              if ARGV[1] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return 1";
                let ttl_ms = if at.is_queue() { 0 } else { *ttl_ms };
                self.subject.redis.ask(cmd("EVAL").arg(script).arg(1).arg(key).arg(ttl_ms)).await
            }
            Planted::Lease { ttl_ms } => self.set(Place::Lease, &id, b"suite", *ttl_ms).await,
            Planted::Writer { live_ms, overlapped } => {
                let script = "local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000) \
                              if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then redis.call('DEL', KEYS[1]) end \
                              redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[1]), 'suite') \
                              if ARGV[2] == '1' then redis.call('ZADD', KEYS[1], 0, '!') end \
                              return redis.call('PEXPIRE', KEYS[1], ARGV[3])";
                let key = self.key_at(Place::Writers, &id);
                self.subject.redis.ask(cmd("EVAL").arg(script).arg(1).arg(key).arg(live_ms).arg(u8::from(*overlapped)).arg(WRITERS_MS)).await
            }
            Planted::Dirty { n, kind, body, queued } => {
                let body = body.as_ref().map(|body| self.body(body)).transpose()?.unwrap_or_default();
                self.plant_dirty(&id, *n, kind, &body, *queued).await
            }
            Planted::Refusal { n } => self.subject.redis.ask(cmd("HSET").arg(self.key_at(Place::Refused, &id)).arg(&id).arg(n)).await,
            Planted::Row { n, body } => {
                let body = body.as_ref().map(|body| self.body(body)).transpose()?;
                let body = body.map(|bytes| serde_json::from_slice(&bytes)).transpose()?;
                self.put_rows(vec![Row { id, n: *n, body }]).await
            }
            Planted::NoRow {} => self.remove_row(&id).await,
        }
    }

    async fn set(&self, place: Place, id: &str, value: &[u8], ttl_ms: u64) -> anyhow::Result<()> {
        let mut set = cmd("SET");
        set.arg(self.key_at(place, id)).arg(value);
        if !place.is_queue() {
            set.arg("PX").arg(ttl_ms);
        }
        self.subject.redis.ask(&set).await
    }

    pub(super) async fn plant_rows(&self, rows: &PlantRows) -> anyhow::Result<()> {
        let row = |number: usize| {
            let mut doc = rows.doc.clone();
            doc.insert("i".to_owned(), json!(number));
            if rows.pad_bytes > 0 {
                doc.insert("pad".to_owned(), json!("x".repeat(rows.pad_bytes)));
            }
            Row { id: format!("r{number:05}"), n: 1, body: Some(Value::Object(doc)) }
        };
        let all: Vec<Row> = (0..rows.count).map(row).collect();
        let mut all = all.into_iter().peekable();
        while all.peek().is_some() {
            self.put_rows(all.by_ref().take(1000).collect()).await?;
        }
        Ok(())
    }

    async fn remove_row(&self, id: &str) -> anyhow::Result<()> {
        match self.scope.variant.store {
            StoreKind::Mongodb => {
                self.subject.mongo.collection::<Document>(&self.scope.collection).delete_one(doc! {"_id": id}).await?;
            }
            StoreKind::Mysql => {
                let mut connection = self.subject.mysql.get_conn().await?;
                connection.exec_drop("DELETE FROM documents WHERE coll = ? AND id = ?", (&self.scope.collection, id)).await?;
            }
        }
        Ok(())
    }

    async fn put_rows(&self, rows: Vec<Row>) -> anyhow::Result<()> {
        if self.scope.variant.store == StoreKind::Mongodb {
            let collection = self.subject.mongo.collection::<Document>(&self.scope.collection);
            if let [row] = rows.as_slice() {
                collection.delete_one(doc! {"_id": &row.id}).await?;
            }
            collection.insert_many(rows.iter().map(mongo_row)).await?;
            return Ok(());
        }
        let mut connection = self.subject.mysql.get_conn().await?;
        let insert = mysql::INSERT.replacen("INSERT", "REPLACE", 1);
        connection.query_drop("START TRANSACTION").await?;
        connection.exec_batch(insert, rows.iter().map(|row| self.sql_row(row))).await?;
        connection.query_drop("COMMIT").await?;
        Ok(())
    }

    fn sql_row(&self, row: &Row) -> mysql_async::Params {
        let body = row.body.as_ref().map(canonical::text).unwrap_or_default();
        let etag = if row.body.is_some() { canonical::etag(body.as_bytes()) } else { String::new() };
        let now = time_of_day();
        let gone = if row.body.is_none() { now } else { mysql_async::Value::NULL };
        (self.scope.collection.clone(), row.id.clone(), row.n, u8::from(row.body.is_none()), etag, body, gone).into()
    }
}

fn mongo_row(row: &Row) -> Document {
    let n = Bson::Int64(i64::try_from(row.n).unwrap_or(i64::MAX));
    match &row.body {
        Some(body) => {
            let text = canonical::text(body);
            let etag = canonical::etag(text.as_bytes());
            doc! {"_id": &row.id, "n": n, "del": false, "e": etag, "b": text, "doc": canonical::projection(body)}
        }
        None => doc! {"_id": &row.id, "n": n, "del": true, "e": "", "b": "", "gone": DateTime::now()},
    }
}

/// Now, in UTC, as MySQL takes it.
fn time_of_day() -> mysql_async::Value {
    let text = DateTime::now().try_to_rfc3339_string().unwrap_or_default();
    mysql_async::Value::Bytes(text.replace('T', " ").trim_end_matches('Z').as_bytes().to_vec())
}
