//! Everything that runs during a test run: stores, relays, targets.

use crate::routes::{Urls, routing_file};
use crate::subject::{Relays, Subject};
use crate::supervisor::local::{LocalStores, RedisServer};
use crate::supervisor::proxy::{self, Proxy};
use crate::supervisor::relay::{Protocol, Relay};
use crate::targets::{self, Target};
use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use std::path::PathBuf;

/// The run's targets with all that is behind them.
#[derive(Debug)]
pub struct World {
    pub subjects: Vec<Subject>,
    pub targets: Vec<Target>,
    pub folder: PathBuf,
    /// Says which stores ran, for the report.
    pub provider: String,
    stores: Option<LocalStores>,
    _proxies: Vec<Proxy>,
}

impl World {
    /// Starts everything, or says what is missing and which command installs it.
    pub async fn start() -> anyhow::Result<World> {
        let targets = targets::read()?;
        let folder = std::env::temp_dir().join(format!("docproxy-conformance-{}", std::process::id()));
        sweep();
        std::fs::create_dir_all(&folder)?;
        let named = targets.iter().filter(|target| environment(&target.name).is_some()).count();
        if named != 0 && named != targets.len() {
            bail!("CONFORMANCE_<TARGET>_REDIS_URL, _MONGODB_URL and _MYSQL_URL are set for some targets only");
        }
        let stores = if named == 0 { Some(LocalStores::start(&folder).await?) } else { None };
        let provider = if stores.is_some() { "local processes" } else { "environment URLs" };
        let mut world = World { subjects: Vec::new(), targets, folder, provider: provider.to_owned(), stores, _proxies: Vec::new() };
        for (subject, proxy) in try_join_all(world.targets.iter().map(|target| world.subject(target))).await? {
            world.subjects.push(subject);
            world._proxies.extend(proxy);
        }
        Ok(world)
    }

    /// Starts one target behind relays of its own.
    async fn subject(&self, target: &Target) -> anyhow::Result<(Subject, Option<Proxy>)> {
        let (direct, server) = match &self.stores {
            Some(stores) => {
                let (urls, server) = stores.provide(&target.name).await?;
                (urls, Some(server))
            }
            None => (environment(&target.name).context("no URLs")?, None),
        };
        let (relays, through) = relays(&direct).await?;
        let (address, proxy) = match &target.url {
            Some(url) => (url.trim_start_matches("http://").trim_end_matches('/').to_owned(), None),
            None => {
                let proxy = proxy::launch(target, &routing_file(&through), &self.folder, &target.name, &[])?;
                (proxy.address.clone(), Some(proxy))
            }
        };
        let subject = Subject::connect(&target.name, address, &direct, relays, server).await?;
        subject.becomes_ready(true).await.with_context(|| format!("its log is {}", proxy::log(&self.folder, &target.name).display()))?;
        Ok((subject, proxy))
    }

    /// A Redis and databases that no target uses yet.
    pub async fn provide(&self, label: &str) -> anyhow::Result<(Urls, RedisServer)> {
        self.stores.as_ref().context("this needs the provider of local processes")?.provide(label).await
    }

    /// The targets that the suite can start.
    pub fn commands(&self) -> anyhow::Result<&[Target]> {
        let remote = self.targets.iter().find(|target| target.url.is_some());
        anyhow::ensure!(remote.is_none(), "target {} has a URL and no command, so it cannot be started here", remote.map_or("", |target| &target.name));
        Ok(&self.targets)
    }

    /// Starts a target a second time, under a label of its own.
    pub fn launch(&self, target: &Target, routing: &serde_json::Value, label: &str, further: &[&str]) -> anyhow::Result<Proxy> {
        proxy::launch(target, routing, &self.folder, label, further)
    }

    /// Whether the stores outlive the run.
    pub fn keeps_state(&self) -> bool {
        self.stores.is_none()
    }

    /// Removes the run's folder.
    pub fn clean(self) {
        let folder = self.folder.clone();
        drop(self);
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Folders of runs whose process is gone.
fn sweep() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let run = name.strip_prefix("docproxy-conformance-");
        if run.is_some_and(|pid| !std::path::Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn environment(name: &str) -> Option<Urls> {
    let url = |kind: &str| std::env::var(format!("CONFORMANCE_{}_{kind}_URL", name.to_uppercase().replace('-', "_"))).ok();
    Some(Urls { redis: url("REDIS")?, mongodb: url("MONGODB")?, mysql: url("MYSQL")? })
}

/// A relay in front of each dependency, and the URLs that lead through them.
pub async fn relays(direct: &Urls) -> anyhow::Result<(Relays, Urls)> {
    let (redis, redis_url) = relayed(&direct.redis, Protocol::Redis).await?;
    let (mysql, mysql_url) = relayed(&direct.mysql, Protocol::Any).await?;
    let (mongodb, mongodb_url) = relayed(&direct.mongodb, Protocol::Mongo).await?;
    Ok((Relays { redis, mysql, mongodb, write_lock: None }, Urls { redis: redis_url, mongodb: mongodb_url, mysql: mysql_url }))
}

async fn relayed(url: &str, protocol: Protocol) -> anyhow::Result<(Relay, String)> {
    let (scheme, rest) = url.split_once("://").context("a URL has a scheme")?;
    let (authority, path) = rest.split_once('/').map_or((rest, String::new()), |(authority, path)| (authority, format!("/{path}")));
    let (user, host) = authority.rsplit_once('@').map_or((String::new(), authority), |(user, host)| (format!("{user}@"), host));
    let upstream = tokio::net::lookup_host(host).await?.next().with_context(|| format!("{host} has no address"))?;
    let relay = Relay::start(upstream, protocol).await?;
    let through = format!("{scheme}://{user}127.0.0.1:{}{path}", relay.port());
    Ok((relay, through))
}
