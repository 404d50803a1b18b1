//! Makes the table with its sweep at the first contact (protocol.md §1 "Delete").

use std::sync::atomic::{AtomicBool, Ordering};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};
use tokio::sync::Mutex;

use crate::generated::contract::mysql;
use crate::log::Log;

/// What was done to the database since the start.
pub struct Setup {
    log: Log,
    done: AtomicBool,
    running: Mutex<()>,
}

impl Setup {
    pub fn new(log: Log) -> Setup {
        Setup { log, done: AtomicBool::new(false), running: Mutex::new(()) }
    }

    /// Table and event, if this is the first contact; a server that refuses them costs a line of the log.
    pub async fn run_once(&self, conn: &mut Conn) -> Result<(), Error> {
        if self.done.load(Ordering::Acquire) {
            return Ok(());
        }
        let _running = self.running.lock().await;
        if self.done.load(Ordering::Acquire) {
            return Ok(());
        }
        self.attempt(conn, mysql::CREATE_TABLE, "the store refuses to make its table").await?;
        self.attempt(conn, mysql::CREATE_EVENT, "the store refuses the event that sweeps deleted documents").await?;
        self.check_scheduler(conn).await?;
        self.done.store(true, Ordering::Release);
        Ok(())
    }

    /// A server that refuses to read may have lost the table: it is asked for again before the next statement.
    pub fn doubt(&self) {
        self.done.store(false, Ordering::Release);
    }

    async fn attempt(&self, conn: &mut Conn, statement: &str, what: &str) -> Result<(), Error> {
        match conn.query_drop(statement).await {
            Err(Error::Server(error)) => {
                self.log.note(&format!("{what} (error {})", error.code));
                Ok(())
            }
            result => result,
        }
    }

    async fn check_scheduler(&self, conn: &mut Conn) -> Result<(), Error> {
        let state: Option<String> = conn.query_first("SELECT CAST(@@event_scheduler AS CHAR)").await.unwrap_or_default();
        if state.as_deref() != Some("ON") {
            self.log.note("the store's event_scheduler is not on, so nothing sweeps deleted documents");
        }
        Ok(())
    }
}
