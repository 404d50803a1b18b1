//! The fleet of a storm: Redis, stores and proxies that can each be killed, frozen and started anew, with relays in between.

use super::Plan;
use crate::sequence::{Mode, StoreKind};
use crate::subject::RedisSide;
use crate::supervisor::proxy::{Proxy, launch_in};
use crate::supervisor::relay::{Protocol, Relay, Traffic};
use crate::supervisor::server::Server;
use crate::supervisor::{free_port, until};
use crate::targets::Target;
use anyhow::Context;
use futures_util::future::try_join_all;
use mysql_async::prelude::Queryable;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;

const DATABASE: &str = "storm";
pub const REDIS_TIMEOUT_MS: u64 = 500;
pub const STORE_TIMEOUT_MS: u64 = 1_500;
/// How long a client waits: longer than a proxy should need with two tries at everything.
pub const CLIENT_PATIENCE: Duration = Duration::from_millis(6_000);
const BECOMING_READY: Duration = Duration::from_secs(40);

/// Everything that runs.
#[derive(Debug)]
pub struct Fleet {
    pub http: reqwest::Client,
    pub members: Vec<Member>,
    pub redis: Server,
    pub mysql: Option<Server>,
    pub mongodb: Option<Server>,
    /// The suite's own way to Redis, past the relays.
    pub redis_side: RedisSide,
    routing: Value,
    pub folder: PathBuf,
}

/// One proxy with its relays.
#[derive(Debug)]
pub struct Member {
    pub target: Target,
    /// `host:port`, the same after each start.
    pub address: String,
    pub redis: Mutex<Relay>,
    /// Of the stores that there are.
    pub stores: Mutex<Vec<Relay>>,
    /// The URLs through the relays, for the routing file.
    environment: Vec<String>,
    pub proxy: Mutex<Option<Proxy>>,
}

/// The short name of a mode in the names of collections.
pub fn short(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "no",
        Mode::WriteThrough => "wt",
        Mode::WriteBehind => "wb",
    }
}

/// The routing file, the same for all: URLs come from the environment.
fn routing(plan: &Plan, delay_ms: u64) -> Value {
    let mut stores = serde_json::Map::new();
    let mut routes = Vec::new();
    for store in &plan.stores {
        let (name, kind, variable) = if *store == StoreKind::Mysql { ("s", "mysql", "${STORM_MYSQL}") } else { ("m", "mongodb", "${STORM_MONGODB}") };
        stores.insert(name.to_owned(), json!({"kind": kind, "url": variable, "timeout_ms": STORE_TIMEOUT_MS}));
        for mode in &plan.modes {
            let mut route = json!({"match": format!("{}-{name}-*", short(*mode)), "store": name, "cache": mode.name()});
            if *mode == Mode::WriteBehind {
                route["delay_ms"] = json!(delay_ms);
            }
            if *mode != Mode::Off {
                route["negative_ttl_ms"] = json!(60_000);
            }
            routes.push(route);
        }
    }
    json!({"redis": {"url": "${STORM_REDIS}", "timeout_ms": REDIS_TIMEOUT_MS}, "stores": stores, "routes": routes})
}

impl Fleet {
    /// Starts everything, and waits until all are ready.
    pub async fn start(plan: &Plan) -> anyhow::Result<Fleet> {
        Fleet::start_with(plan, 100).await
    }

    /// The same with another delay of the queue.
    pub async fn start_with(plan: &Plan, delay_ms: u64) -> anyhow::Result<Fleet> {
        let folder = std::env::temp_dir().join(format!("docproxy-conformance-{}", std::process::id())).join(format!("storm-{}", free_port()?));
        std::fs::create_dir_all(&folder)?;
        let wanted = |kind: StoreKind| plan.stores.contains(&kind);
        let redis = Server::start("redis", &folder).await?;
        let mysql = if wanted(StoreKind::Mysql) { Some(Server::start("mysql", &folder).await?) } else { None };
        let mongodb = if wanted(StoreKind::Mongodb) { Some(Server::start("mongodb", &folder).await?) } else { None };
        if let Some(server) = &mysql {
            let pool = mysql_async::Pool::new(server.url("").as_str());
            pool.get_conn().await?.query_drop(format!("CREATE DATABASE `{DATABASE}`")).await?;
            pool.disconnect().await?;
        }
        let http = reqwest::Client::builder().no_proxy().http1_only().timeout(CLIENT_PATIENCE).pool_idle_timeout(Duration::from_secs(10)).build()?;
        let redis_side = RedisSide::new(&redis.url(""))?;
        let mut fleet = Fleet { http, members: Vec::new(), redis, mysql, mongodb, redis_side, routing: routing(plan, delay_ms), folder };
        for target in &plan.targets {
            anyhow::ensure!(!target.command.is_empty(), "target {} has no command, so it cannot be killed and started here", target.name);
            fleet.members.push(fleet.member(target).await?);
        }
        try_join_all(fleet.members.iter().map(|member| fleet.launch(member))).await?;
        fleet.ready().await?;
        Ok(fleet)
    }

    async fn member(&self, target: &Target) -> anyhow::Result<Member> {
        let relay = async |server: &Server, protocol: Protocol| Relay::start(([127, 0, 0, 1], server.port).into(), protocol).await;
        let through = |server: &Server, relay: &Relay| server.url(DATABASE).replace(&format!(":{}", server.port), &format!(":{}", relay.port()));
        let redis = relay(&self.redis, Protocol::Redis).await?;
        let mut environment = vec![format!("STORM_REDIS=redis://127.0.0.1:{}", redis.port())];
        let mut stores = Vec::new();
        if let Some(server) = &self.mysql {
            let one = relay(server, Protocol::Any).await?;
            environment.push(format!("STORM_MYSQL={}", through(server, &one)));
            stores.push(one);
        }
        if let Some(server) = &self.mongodb {
            let one = relay(server, Protocol::Mongo).await?;
            environment.push(format!("STORM_MONGODB={}", through(server, &one)));
            stores.push(one);
        }
        let address = format!("127.0.0.1:{}", free_port()?);
        Ok(Member { target: target.clone(), address, redis: redis.into(), stores: stores.into(), environment, proxy: Mutex::new(None) })
    }

    /// Starts a proxy; whatever is left of it is killed.
    pub async fn launch(&self, member: &Member) -> anyhow::Result<()> {
        let mut proxy = member.proxy.lock().await;
        proxy.take();
        let (target, address, environment) = (member.target.clone(), member.address.clone(), member.environment.clone());
        let (routing, folder) = (self.routing.clone(), self.folder.clone());
        let launch = move || launch_in(&target, &routing, &folder, &target.name, &address, &["--log", "events"], &environment);
        *proxy = Some(tokio::task::spawn_blocking(launch).await??);
        Ok(())
    }

    /// The stores that there are.
    pub fn stores(&self) -> impl Iterator<Item = &Server> {
        self.mysql.iter().chain(&self.mongodb)
    }

    /// Sends a signal to a proxy, if it runs.
    pub async fn signal(&self, member: &Member, signal: Signal) -> anyhow::Result<()> {
        match member.proxy.lock().await.as_ref() {
            Some(proxy) => proxy.process.signal(signal),
            None => Ok(()),
        }
    }

    /// Ends every fault that may still be there.
    pub async fn calm(&self) -> anyhow::Result<()> {
        for server in self.stores().chain([&self.redis]) {
            server.signal(Signal::CONT).await?;
        }
        for member in &self.members {
            self.signal(member, Signal::CONT).await?;
            member.redis.lock().await.set(Traffic::Pass).await?;
            for relay in member.stores.lock().await.iter_mut() {
                relay.set(Traffic::Pass).await?;
            }
        }
        for server in self.stores().chain([&self.redis]) {
            server.revive().await?;
        }
        for (name, value) in [("maxmemory", "0"), ("maxmemory-policy", "noeviction")] {
            let () = self.redis_side.ask(redis::cmd("CONFIG").arg("SET").arg(name).arg(value)).await?;
        }
        for member in &self.members {
            let ended = match member.proxy.lock().await.as_mut() {
                Some(proxy) => proxy.process.still_runs().is_err(),
                None => true,
            };
            if ended {
                self.launch(member).await?;
            }
        }
        Ok(())
    }

    /// Waits until every proxy says that it is ready.
    ///
    /// # Errors
    /// Names the one that is not, and why.
    pub async fn ready(&self) -> anyhow::Result<()> {
        for member in &self.members {
            let url = format!("http://{}/_health/ready", member.address);
            let mut last = String::new();
            let what = format!("{} is ready; its log is in {}", member.target.name, self.folder.display());
            let waited = until(&what, BECOMING_READY, async || {
                let Ok(answer) = self.http.get(&url).send().await else { return false };
                let is_ready = answer.status() == 200;
                last = answer.text().await.unwrap_or_default();
                is_ready
            });
            waited.await.with_context(|| format!("it says {last}"))?;
        }
        Ok(())
    }

    /// The databases, past the relays.
    pub fn mysql_pool(&self) -> Option<mysql_async::Pool> {
        Some(mysql_async::Pool::new(self.mysql.as_ref()?.url(DATABASE).as_str()))
    }

    pub async fn mongo_database(&self) -> anyhow::Result<Option<mongodb::Database>> {
        let Some(server) = &self.mongodb else { return Ok(None) };
        Ok(Some(mongodb::Client::with_uri_str(&server.url(DATABASE)).await?.database(DATABASE)))
    }
}

impl Drop for Fleet {
    /// The logs stay only if somebody may want to read them.
    fn drop(&mut self) {
        if !std::thread::panicking() && std::env::var_os("CONFORMANCE_KEEP").is_none() {
            // Data of servers that are about to be killed.
            for name in ["redis-data", "mysql-data", "mongodb-data"] {
                let _ = std::fs::remove_dir_all(self.folder.join(name));
            }
        }
    }
}
