//! Documents as rows of one table of MySQL or MariaDB (protocol.md §1).

mod coarse;
mod newer;
mod setup;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Value};
use tokio::time::{Instant, timeout_at};

pub use self::coarse::{Pushed, push};
use super::{Address, Batch, Fault, Listed, Put, Row};
use crate::generated::contract::{limits, mysql};
use crate::json::Document;
use crate::log::{Log, timestamp};

const POOL_SIZE: usize = 32;

/// Rows that nobody wants any more are read up to this size: cheaper than a new connection.
const READ_PAST_BYTES: usize = 1 << 20;

/// A database of documents.
pub struct Mysql {
    pool: Pool,
    setup: setup::Setup,
    list: String,
}

/// Whether a statement changes anything, which decides how its failure is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

impl Mysql {
    /// A pool that connects on use; None if the driver does not take the URL.
    pub fn new(url: &str, timeout: Duration, log: Log) -> Option<Mysql> {
        let idle = Duration::from_millis(limits::IDLE_PING_MS as u64);
        let pool = PoolOpts::new()
            .with_constraints(PoolConstraints::new(0, POOL_SIZE)?)
            .with_inactive_connection_ttl(idle)
            .with_ttl_check_interval(idle / 3)
            .with_reset_connection(false);
        let options = OptsBuilder::from_opts(Opts::from_url(url).ok()?)
            .client_found_rows(true)
            .prefer_socket(false)
            // The driver takes them from the end.
            .init(mysql::SESSION.iter().rev().copied().collect::<Vec<_>>())
            .pool_opts(pool);
        let seconds = timeout.as_millis() as f64 / 1000.0;
        let list = mysql::LIST.replace("{list_timeout_s}", &seconds.to_string()).replace("{list_timeout_ms}", &timeout.as_millis().to_string());
        Some(Mysql { pool: Pool::new(options), setup: setup::Setup::new(log), list })
    }

    /// See [`super::Store::get`].
    pub async fn get(&self, at: &Address, within: Duration) -> Result<Option<Row>, Fault> {
        let mut found = None;
        self.query(mysql::GET, key(at), within, &mut |row| {
            found = Some(row);
            true
        })
        .await?;
        found.map(read_row).transpose()
    }

    /// See [`super::Store::compare_and_put`].
    pub async fn compare_and_put(&self, at: &Address, expected: Option<u64>, row: &Row, within: Duration) -> Result<Put, Fault> {
        let mut columns = columns(row).to_vec();
        let statement = match expected {
            Some(n) => {
                columns.extend([at.collection.as_bytes().into(), at.id.as_bytes().into(), n.into()]);
                mysql::UPDATE
            }
            None => {
                columns.splice(0..0, [at.collection.as_bytes().into(), at.id.as_bytes().into()]);
                mysql::INSERT
            }
        };
        self.write(statement, columns, within).await
    }

    /// See [`super::Store::list`].
    pub async fn list(&self, batch: &Batch<'_>, within: Duration) -> Result<Vec<Listed>, Fault> {
        let Some(pushed) = push(batch.coarse) else {
            return Ok(Vec::new());
        };
        let mut values: Vec<Value> = vec![batch.collection.as_bytes().into(), batch.after.as_bytes().into()];
        values.extend(pushed.needles.into_iter().map(Value::from));
        values.push(batch.rows.into());
        let statement = self.list.replace("{coarse}", &pushed.sql);
        let (mut rows, mut broken) = (Vec::new(), None);
        self.query(&statement, values.into(), within, &mut |row| {
            match read_listed(row) {
                Ok(listed) => rows.push(listed),
                Err(fault) => broken = Some(fault),
            }
            broken.is_none() && !batch.is_full(&rows)
        })
        .await?;
        broken.map_or(Ok(rows), Err)
    }

    /// See [`super::Store::ping`].
    pub async fn ping(&self, within: Duration) -> Result<(), Fault> {
        self.query(mysql::PING, Params::Empty, within, &mut |_| true).await
    }

    /// A connection with everything set up, and the prepared statement: nothing of it writes a document.
    async fn prepared(&self, statement: &str, until: Instant) -> Result<(Conn, mysql_async::Statement), Fault> {
        let connect = async {
            let mut conn = self.pool.get_conn().await?;
            self.setup.run_once(&mut conn).await?;
            let statement = conn.prep(statement).await?;
            Ok((conn, statement))
        };
        match timeout_at(until, connect).await {
            Ok(result) => result.map_err(|error| self.judge(&error, Kind::Read)),
            Err(_) => Err(Fault::Unreachable),
        }
    }

    /// Gives the rows of a query to `take` until it has enough; the rest is read past, or left behind with its
    /// connection if it may be large.
    async fn query(&self, statement: &str, values: Params, within: Duration, take: &mut (dyn FnMut(mysql_async::Row) -> bool + Send)) -> Result<(), Fault> {
        let until = Instant::now() + within;
        let (mut conn, statement) = self.prepared(statement, until).await?;
        let read = async {
            let mut rows = conn.exec_iter(&statement, values).await?;
            let (mut wanted, mut unwanted_bytes) = (true, 0);
            while let Some(row) = rows.next().await? {
                if wanted {
                    wanted = take(row);
                } else {
                    unwanted_bytes += bytes(&row);
                }
                if unwanted_bytes > READ_PAST_BYTES {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        match timeout_at(until, read).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => {
                discard(conn);
                Ok(())
            }
            Ok(Err(error)) => Err(self.judge(&error, Kind::Read)),
            Err(_) => {
                discard(conn);
                Err(Fault::Unreachable)
            }
        }
    }

    async fn write(&self, statement: &str, values: Vec<Value>, within: Duration) -> Result<Put, Fault> {
        let until = Instant::now() + within;
        let (mut conn, statement) = self.prepared(statement, until).await?;
        let sent = async {
            let rows = conn.exec_iter(&statement, values).await?;
            let matched = rows.affected_rows();
            rows.drop_result().await?;
            Ok(matched)
        };
        match timeout_at(until, sent).await {
            Ok(Ok(0)) => Ok(Put::Conflict),
            Ok(Ok(_)) => Ok(Put::Done),
            Ok(Err(Error::Server(error))) if i64::from(error.code) == mysql::DUPLICATE_CODE => Ok(Put::Conflict),
            Ok(Err(error)) => Err(self.judge(&error, Kind::Write)),
            Err(_) => {
                discard(conn);
                Err(Fault::Unknown)
            }
        }
    }

    /// Reads a failure as the contract's lists of error numbers say.
    fn judge(&self, error: &Error, kind: Kind) -> Fault {
        let Error::Server(error) = error else {
            return if kind == Kind::Write { Fault::Unknown } else { Fault::Unreachable };
        };
        let code = i64::from(error.code);
        match kind {
            Kind::Read => {
                self.setup.doubt();
                Fault::Unavailable
            }
            Kind::Write if mysql::STATE_CODES.contains(&code) => Fault::Unavailable,
            Kind::Write if mysql::UNKNOWN_CODES.contains(&code) => Fault::Unknown,
            Kind::Write => Fault::Refused,
        }
    }
}

/// Keeps a connection with an unread answer from going back to the pool: a command that was begun and given up marks
/// it as broken.
fn discard(mut conn: Conn) {
    let _ = conn.ping().now_or_never();
}

fn bytes(row: &mysql_async::Row) -> usize {
    let column = |index| match row.as_ref(index) {
        Some(Value::Bytes(bytes)) => bytes.len(),
        _ => 0,
    };
    (0..row.len()).map(column).sum()
}

fn key(at: &Address) -> Params {
    Params::Positional(vec![at.collection.as_bytes().into(), at.id.as_bytes().into()])
}

/// n, del, etag, body, gone.
fn columns(row: &Row) -> [Value; 5] {
    let (etag, body) = row.document.as_ref().map_or(("", &b""[..]), |document| (&document.etag, &document.body));
    let gone = if row.document.is_none() { Value::from(utc_now()) } else { Value::NULL };
    [row.n.into(), u8::from(row.document.is_none()).into(), etag.into(), body.into(), gone]
}

/// The time of a deletion as DATETIME(3).
fn utc_now() -> String {
    timestamp(SystemTime::now())[..23].replace('T', " ")
}

fn read_row(mut row: mysql_async::Row) -> Result<Row, Fault> {
    let n = column::<u64>(&mut row, 0)?;
    let deleted = column::<u8>(&mut row, 1)? != 0;
    let document = if deleted { None } else { Some(read_document(&mut row, 2)?) };
    Ok(Row { n, document })
}

fn read_listed(mut row: mysql_async::Row) -> Result<Listed, Fault> {
    Ok(Listed { id: column(&mut row, 0)?, document: read_document(&mut row, 1)? })
}

/// Entity tag and body, side by side from a column on.
fn read_document(row: &mut mysql_async::Row, first: usize) -> Result<Document, Fault> {
    let etag = column(row, first)?;
    let body = column::<Vec<u8>>(row, first + 1)?;
    Ok(Document { etag, body: Bytes::from(body) })
}

/// A column that is not what we wrote is the store's state: somebody changed the table.
fn column<T: mysql_async::prelude::FromValue>(row: &mut mysql_async::Row, index: usize) -> Result<T, Fault> {
    row.take_opt(index).and_then(Result::ok).ok_or(Fault::Unavailable)
}
