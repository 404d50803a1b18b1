//! Documents that the store gets unless it has newer ones (protocol.md §2 `put_newer`).

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use mongodb::bson::{Document as BsonDocument, doc};
use tokio::time::{Instant, timeout_at};

use super::{Mongo, judge_write, stored_form};
use crate::store::{Fault, Newer, Progress, Setback};

/// Documents that are on their way at once.
const AT_ONCE: usize = 8;

impl Mongo {
    /// See [`crate::store::Store::put_newer`].
    pub async fn put_newer(&self, collection: &str, rows: &[Newer], within: Duration) -> Progress {
        let until = Instant::now() + within;
        let mut progress = Progress::default();
        let replaced = (0..rows.len()).map(|index| async move { (index, self.replace(collection, &rows[index]).await) });
        let mut replaced = stream::iter(replaced).buffer_unordered(AT_ONCE);
        while progress.setback.is_none() {
            match timeout_at(until, replaced.next()).await {
                Ok(Some((index, Ok(())))) => progress.stored.push(index),
                Ok(Some((index, Err(Fault::Refused)))) => progress.refused.push(index),
                Ok(Some((_, Err(_)))) => progress.setback = Some(Setback::State),
                Ok(None) => break,
                Err(_) => progress.setback = Some(Setback::Late),
            }
        }
        if !progress.stored.is_empty() {
            self.ensure_sweep(collection);
        }
        progress
    }

    async fn replace(&self, collection: &str, newer: &Newer) -> Result<(), Fault> {
        let older = doc! { "_id": &newer.id, "n": { "$lt": newer.row.n as i64 } };
        let collection = self.database.collection::<BsonDocument>(collection);
        match collection.replace_one(older, stored_form(&newer.id, &newer.row)).upsert(true).await {
            Ok(_) => Ok(()),
            // A conflict is a newer one that is there already.
            Err(error) => judge_write(&error).map(|_| ()),
        }
    }
}
