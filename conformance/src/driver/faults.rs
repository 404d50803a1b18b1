//! Steps that break a target's Redis, store or fleet, and mend them.

use super::Driver;
use crate::generated::contract::keys;
use crate::sequence::{ForeignFleet, RedisFault, StoreError, StoreFault, StoreKind};
use crate::subject::Subject;
use crate::supervisor::relay::Traffic;
use crate::supervisor::relay_mongo::Refusal;
use crate::supervisor::until;
use anyhow::Context;
use mysql_async::prelude::Queryable;
use redis::cmd;
use std::time::Duration;

/// A member of `dp:fleet` that no proxy of the suite is.
const STRANGER: &str = "00000000000000000000000000000000 suite";

impl Driver<'_> {
    pub(super) async fn break_redis(&mut self, fault: RedisFault) -> anyhow::Result<()> {
        let subject = self.subject;
        match fault {
            RedisFault::Down => subject.relays.lock().await.redis.set(Traffic::Down).await,
            RedisFault::Silent => subject.relays.lock().await.redis.set(Traffic::Silent).await,
            RedisFault::DownAtFinish => subject.relays.lock().await.redis.set(Traffic::DownAtFinish).await,
            RedisFault::CutAtFinish => subject.relays.lock().await.redis.set(Traffic::CutAtFinish).await,
            RedisFault::Full => set(subject, "maxmemory", "1").await,
            RedisFault::Up => heal(subject).await,
            RedisFault::Crash => {
                let server = subject.redis_server.as_ref().context("this provider cannot restart Redis")?;
                subject.relays.lock().await.redis.set(Traffic::Down).await?;
                let generation = std::mem::take(&mut self.scope.generation);
                server.restart().await?;
                let loaded = async || subject.redis.ask::<String>(&cmd("PING")).await.is_ok();
                until("Redis has read its disk", Duration::from_secs(20), loaded).await?;
                heal(subject).await?;
                // What the cache had is out of sight, and goes by itself one day.
                let old = format!("{}{}{}{generation}{}*", keys::ENTRY[0], self.scope.collection, keys::ENTRY[1], keys::ENTRY[2]);
                let forget = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end return 1";
                let () = subject.redis.ask(cmd("EVAL").arg(forget).arg(0).arg(old)).await?;
                self.scope.generation = subject.generation().await?;
                Ok(())
            }
            RedisFault::Restart => {
                let server = subject.redis_server.as_ref().context("this provider cannot restart Redis")?;
                subject.relays.lock().await.redis.set(Traffic::Down).await?;
                server.reset().await?;
                heal(subject).await?;
                self.scope.generation = subject.generation().await?;
                Ok(())
            }
        }
    }

    pub(super) async fn break_store(&self, fault: StoreFault) -> anyhow::Result<()> {
        let mut relays = self.subject.relays.lock().await;
        let mongo = self.scope.variant.store == StoreKind::Mongodb;
        let relay = if mongo { &mut relays.mongodb } else { &mut relays.mysql };
        match fault {
            StoreFault::Down => relay.set(Traffic::Down).await,
            StoreFault::Silent => relay.set(Traffic::Silent).await,
            StoreFault::UnansweredWrites if mongo => relay.set(Traffic::UnansweredWrites).await,
            StoreFault::UnansweredWrites => {
                let mut lock = self.subject.mysql.get_conn().await?;
                lock.query_drop("LOCK TABLES documents READ").await?;
                relays.write_lock = Some(lock);
                Ok(())
            }
            StoreFault::Up => {
                drop(relays);
                heal(self.subject).await
            }
        }
    }

    /// MySQL refuses by triggers, Mongo's relay by answering itself.
    pub(super) async fn refuse_writes(&self, error: &StoreError) -> anyhow::Result<()> {
        if self.scope.variant.store == StoreKind::Mongodb {
            self.subject.relays.lock().await.mongodb.refuse(&self.scope.collection, error.mongodb.map(|code| Refusal { code, holding: error.holding.clone() }));
            return Ok(());
        }
        let mut connection = self.subject.mysql.get_conn().await?;
        drop_triggers(&mut connection).await?;
        if let Some(code) = error.mysql {
            let holding = error.holding.as_ref().map(|text| format!(" AND LOCATE('{}', NEW.body) > 0", text.replace('\'', "''"))).unwrap_or_default();
            for verb in ["INSERT", "UPDATE"] {
                let trigger = format!(
                    "CREATE TRIGGER suite_{verb} BEFORE {verb} ON documents FOR EACH ROW \
                     IF NEW.coll = '{}'{holding} THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {code}, MESSAGE_TEXT = 'made by the suite'; END IF",
                    self.scope.collection
                );
                connection.query_drop(trigger).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn foreign_fleet(&self, change: ForeignFleet) -> anyhow::Result<()> {
        match change {
            ForeignFleet::Joins => {
                let script = "local time = redis.call('TIME') \
                              return redis.call('ZADD', KEYS[1], string.format('%.0f', time[1] * 1000 + 600000), ARGV[1])";
                let () = self.subject.redis.ask(cmd("EVAL").arg(script).arg(1).arg(keys::FLEET[0]).arg(STRANGER)).await?;
                self.subject.becomes_ready(false).await
            }
            ForeignFleet::Leaves => heal(self.subject).await,
        }
    }
}

async fn set(subject: &Subject, name: &str, value: &str) -> anyhow::Result<()> {
    subject.redis.ask(cmd("CONFIG").arg("SET").arg(name).arg(value)).await
}

async fn drop_triggers(connection: &mut mysql_async::Conn) -> anyhow::Result<()> {
    for verb in ["INSERT", "UPDATE"] {
        connection.query_drop(format!("DROP TRIGGER IF EXISTS suite_{verb}")).await?;
    }
    Ok(())
}

/// Ends every fault but error numbers, and waits until the target is ready.
pub async fn heal(subject: &Subject) -> anyhow::Result<()> {
    mend(subject).await?;
    subject.becomes_ready(true).await
}

async fn mend(subject: &Subject) -> anyhow::Result<()> {
    let mut relays = subject.relays.lock().await;
    relays.redis.set(Traffic::Pass).await?;
    relays.mysql.set(Traffic::Pass).await?;
    relays.mongodb.set(Traffic::Pass).await?;
    if let Some(mut lock) = relays.write_lock.take() {
        kill_waiting_writes(&mut lock).await?;
        lock.query_drop("UNLOCK TABLES").await?;
    }
    drop(relays);
    set(subject, "maxmemory", "0").await?;
    subject.redis.ask(cmd("ZREM").arg(keys::FLEET[0]).arg(STRANGER)).await
}

/// Ends every fault, after a sequence that made some, error numbers included.
pub async fn heal_all(subject: &Subject, collection: &str) -> anyhow::Result<()> {
    mend_all(subject, collection).await?;
    subject.becomes_ready(true).await
}

/// The same without waiting for anything: readiness may hang on what waits in a queue.
pub async fn mend_all(subject: &Subject, collection: &str) -> anyhow::Result<()> {
    subject.relays.lock().await.mongodb.refuse(collection, None);
    let mut connection = subject.mysql.get_conn().await?;
    mend(subject).await?;
    drop_triggers(&mut connection).await
}

/// Statements that nobody waits for any more must not take effect once the lock is gone.
async fn kill_waiting_writes(lock: &mut mysql_async::Conn) -> anyhow::Result<()> {
    let waiting = "SELECT id FROM information_schema.processlist \
                   WHERE db = DATABASE() AND state LIKE 'Waiting for table%' AND id <> CONNECTION_ID()";
    let ids: Vec<u64> = lock.query(waiting).await?;
    for id in ids {
        // It may have gone by itself.
        let _ = lock.query_drop(format!("KILL {id}")).await;
    }
    Ok(())
}
