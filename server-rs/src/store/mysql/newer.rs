//! Rows that the store gets unless it has newer ones (protocol.md §2 `put_newer`).

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Statement, Value};
use tokio::time::{Instant, timeout_at};

use super::{Kind, Mysql, columns, discard};
use crate::generated::contract::mysql;
use crate::store::{Newer, Progress, Setback};

impl Mysql {
    /// See [`crate::store::Store::put_newer`].
    pub async fn put_newer(&self, collection: &str, rows: &[Newer], within: Duration) -> Progress {
        let until = Instant::now() + within;
        // Two drains that lock the same rows do it in one order.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| rows[*a].id.as_bytes().cmp(rows[*b].id.as_bytes()));
        let mut progress = Progress::default();
        match self.insert(collection, rows, &order, until).await {
            Ok(()) => progress.stored = order,
            Err(Setback::Row) if rows.len() == 1 => progress.refused = order,
            Err(Setback::Row) => self.one_by_one(collection, rows, &order, until, &mut progress).await,
            Err(setback) => progress.setback = Some(setback),
        }
        progress
    }

    /// One bad document does not hold up its neighbours.
    async fn one_by_one(&self, collection: &str, rows: &[Newer], order: &[usize], until: Instant, progress: &mut Progress) {
        for index in order {
            match self.insert(collection, rows, &[*index], until).await {
                Ok(()) => progress.stored.push(*index),
                Err(Setback::Row) => progress.refused.push(*index),
                Err(setback) => {
                    progress.setback = Some(setback);
                    return;
                }
            }
        }
    }

    /// One statement for all rows of the order.
    async fn insert(&self, collection: &str, rows: &[Newer], order: &[usize], until: Instant) -> Result<(), Setback> {
        let places = vec![mysql::PUT_NEWER_ROW; order.len()].join(", ");
        let statement = format!("{}{places}{}", mysql::PUT_NEWER_HEAD, mysql::PUT_NEWER_TAIL);
        let mut values: Vec<Value> = Vec::with_capacity(order.len() * 7);
        for newer in order.iter().map(|index| &rows[*index]) {
            values.extend([collection.as_bytes().into(), newer.id.as_bytes().into()]);
            values.extend(columns(&newer.row));
        }
        let (mut conn, prepared) = self.prepared(&statement, until).await.map_err(|_| late_or_state(until))?;
        match timeout_at(until, send(&mut conn, &prepared, values)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if self.judge(&error, Kind::Write) == crate::store::Fault::Refused => Err(Setback::Row),
            Ok(Err(_)) => Err(Setback::State),
            Err(_) => {
                discard(conn);
                Err(Setback::Late)
            }
        }
    }
}

async fn send(conn: &mut Conn, statement: &Statement, values: Vec<Value>) -> Result<(), Error> {
    conn.exec_iter(statement, values).await?.drop_result().await
}

fn late_or_state(until: Instant) -> Setback {
    if Instant::now() >= until { Setback::Late } else { Setback::State }
}
