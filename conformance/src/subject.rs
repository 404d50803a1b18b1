//! A target that runs, with the suite's own way to everything behind it.

use crate::routes::Urls;
use crate::supervisor::relay::Relay;
use crate::supervisor::server::Server;
use anyhow::Context;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisResult};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long the suite waits for an answer before it gives a target up.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One target under test and its dependencies.
#[derive(Debug)]
pub struct Subject {
    pub name: String,
    /// `host:port`.
    pub address: String,
    pub http: reqwest::Client,
    pub redis: RedisSide,
    pub mysql: mysql_async::Pool,
    pub mongo: mongodb::Database,
    pub relays: Mutex<Relays>,
    /// The Redis itself, where the suite has started it.
    pub redis_server: Option<Server>,
}

/// The relays between the target and its dependencies.
#[derive(Debug)]
pub struct Relays {
    pub redis: Relay,
    pub mysql: Relay,
    pub mongodb: Relay,
    /// Holds the lock that keeps MySQL's writes waiting, while there is that fault.
    pub write_lock: Option<mysql_async::Conn>,
}

impl Subject {
    /// Connects the suite to a target's dependencies, past the relays.
    pub async fn connect(name: &str, address: String, direct: &Urls, relays: Relays, redis_server: Option<Server>) -> anyhow::Result<Subject> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .pool_idle_timeout(Duration::from_secs(10))
            .http1_only()
            .build()?;
        let mongo = mongodb::Client::with_uri_str(&direct.mongodb).await?;
        Ok(Subject {
            name: name.to_owned(),
            address,
            http,
            redis: RedisSide::new(&direct.redis)?,
            mysql: mysql_async::Pool::new(direct.mysql.as_str()),
            mongo: mongo.default_database().context("the MongoDB URL names no database")?,
            relays: Mutex::new(relays),
            redis_server,
        })
    }

    /// The body of a status page and its status.
    pub async fn status(&self, path: &str) -> anyhow::Result<(u16, serde_json::Value)> {
        let answer = self.http.get(format!("http://{}{path}", self.address)).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?)?))
    }

    /// The part of cache keys that names this Redis and this routing file.
    pub async fn generation(&self) -> anyhow::Result<String> {
        use sha2::{Digest, Sha256};
        let (_, stats) = self.status("/_stats").await?;
        let fleet = stats["fleet"].as_str().context("stats name no fleet")?.to_owned();
        let info: String = self.redis.ask(redis::cmd("INFO").arg("server")).await?;
        let run = info.lines().find_map(|line| line.strip_prefix("run_id:")).context("INFO has no run_id")?;
        Ok(crate::canonical::hex(&Sha256::digest(format!("{run}{fleet}").as_bytes()))[..8].to_owned())
    }

    /// Waits until the target says that it is ready, or that it is not.
    pub async fn becomes_ready(&self, wanted: bool) -> anyhow::Result<()> {
        let what = format!("{} is {}ready", self.name, if wanted { "" } else { "not " });
        crate::supervisor::until(&what, Duration::from_secs(15), async || {
            self.status("/_health/ready").await.is_ok_and(|(status, _)| (status == 200) == wanted)
        })
        .await
    }
}

/// The suite's connection to a Redis, made anew when that Redis was restarted.
#[derive(Debug)]
pub struct RedisSide {
    client: redis::Client,
    open: Mutex<Option<MultiplexedConnection>>,
}

impl RedisSide {
    pub fn new(url: &str) -> anyhow::Result<RedisSide> {
        Ok(RedisSide { client: redis::Client::open(url)?, open: Mutex::new(None) })
    }

    /// Sends one command; a connection that turns out dead is replaced once.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> anyhow::Result<T> {
        match self.once(command).await {
            Err(error) if error.is_io_error() || error.is_unrecoverable_error() => {
                self.open.lock().await.take();
                Ok(self.once(command).await?)
            }
            other => Ok(other?),
        }
    }

    async fn once<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let mut open = self.open.lock().await;
        let connection = match open.take() {
            Some(connection) => connection,
            None => {
                let config = redis::AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
                self.client.get_multiplexed_async_connection_with_config(&config).await?
            }
        };
        let mut used = connection.clone();
        *open = Some(connection);
        drop(open);
        command.query_async(&mut used).await
    }

    /// `host:port` of this Redis.
    pub fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }
}
