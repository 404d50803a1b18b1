//! Everything that runs during a test run: stores, relays, targets.

use crate::routes::{Urls, routing_file};
use crate::subject::{Relays, Subject};
use crate::supervisor::local::LocalStores;
use crate::supervisor::proxy::{self, Proxy};
use crate::supervisor::relay::{Protocol, Relay};
use crate::supervisor::server::Server;
use crate::targets::{self, Target};
use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// The run's targets with all that is behind them.
#[derive(Debug)]
pub struct World {
    pub subjects: Vec<Subject>,
    pub targets: Vec<Target>,
    pub folder: PathBuf,
    /// Says which stores ran, for the report.
    pub provider: String,
    stores: Option<LocalStores>,
    /// Those that the suite has started, with the routing file of each, by name.
    proxies: Mutex<HashMap<String, (Proxy, Value)>>,
}

/// How the targets reach their dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// All through relays, which can break them.
    Relayed,
    /// Redis through a relay that counts commands, the stores directly, and no log of requests: which is faster.
    Direct,
}

impl World {
    /// Starts everything, or says what is missing and which command installs it.
    pub async fn start() -> anyhow::Result<World> {
        World::start_with(targets::read()?, Paths::Relayed).await
    }

    /// The same with these targets.
    pub async fn start_with(targets: Vec<Target>, paths: Paths) -> anyhow::Result<World> {
        let folder = std::env::temp_dir().join(format!("docproxy-conformance-{}", std::process::id()));
        sweep();
        std::fs::create_dir_all(&folder)?;
        let named = targets.iter().filter(|target| environment(&target.name).is_some()).count();
        if named != 0 && named != targets.len() {
            bail!("CONFORMANCE_<TARGET>_REDIS_URL, _MONGODB_URL and _MYSQL_URL are set for some targets only");
        }
        let stores = if named == 0 { Some(LocalStores::start(&folder).await?) } else { None };
        let provider = if stores.is_some() { "local processes" } else { "environment URLs" };
        let mut world = World { subjects: Vec::new(), targets, folder, provider: provider.to_owned(), stores, proxies: Mutex::default() };
        for (subject, proxy) in try_join_all(world.targets.iter().map(|target| world.subject(target, paths))).await? {
            if let Some(proxy) = proxy {
                world.running().insert(subject.name.clone(), proxy);
            }
            world.subjects.push(subject);
        }
        Ok(world)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Proxy, Value)>> {
        self.proxies.lock().expect("no holder panics")
    }

    /// How a target's process ended, if the suite has started it and it has.
    pub fn ended(&self, name: &str) -> Option<String> {
        let mut proxies = self.running();
        let (proxy, _) = proxies.get_mut(name)?;
        proxy.process.still_runs().err().map(|error| error.to_string())
    }

    /// Starts a target anew at its address, on the same stores; whatever is left of it is killed.
    pub async fn revive(&self, name: &str) -> anyhow::Result<()> {
        let target = self.targets.iter().find(|target| target.name == name).with_context(|| format!("there is no target {name}"))?;
        let (old, routing) =
            self.running().remove(name).with_context(|| format!("target {name} was not started by the suite, so it cannot be started anew"))?;
        let address = old.address.clone();
        drop(old);
        let proxy = self.launch_at(target, &routing, &address, Paths::Direct).await?;
        self.running().insert(name.to_owned(), (proxy, routing));
        let subject = self.subjects.iter().find(|subject| subject.name == name).with_context(|| format!("there is no target {name}"))?;
        subject.becomes_ready(true).await
    }

    /// Starts one target behind relays of its own.
    async fn subject(&self, target: &Target, paths: Paths) -> anyhow::Result<(Subject, Option<(Proxy, Value)>)> {
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
                let urls = if paths == Paths::Relayed { through } else { Urls { redis: through.redis, ..direct.clone() } };
                let routing = routing_file(&urls);
                let proxy = self.launch_at(target, &routing, "127.0.0.1:0", paths).await?;
                (proxy.address.clone(), Some((proxy, routing)))
            }
        };
        let subject = Subject::connect(&target.name, address, &direct, relays, server).await?;
        subject.becomes_ready(true).await.with_context(|| format!("its log is {}", proxy::log(&self.folder, &target.name).display()))?;
        Ok((subject, proxy))
    }

    /// Starts a target; the relays go on meanwhile, whichever runtime this is.
    async fn launch_at(&self, target: &Target, routing: &Value, listen: &str, paths: Paths) -> anyhow::Result<Proxy> {
        let (target, routing, folder, listen) = (target.clone(), routing.clone(), self.folder.clone(), listen.to_owned());
        let launch = move || {
            let further: Vec<&str> = target.quiet.iter().filter(|_| paths == Paths::Direct).map(String::as_str).collect();
            proxy::launch_at(&target, &routing, &folder, &target.name, &listen, &further)
        };
        tokio::task::spawn_blocking(launch).await?
    }

    /// A Redis and databases that no target uses yet.
    pub async fn provide(&self, label: &str) -> anyhow::Result<(Urls, Server)> {
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

/// The stores that the environment names for a target.
pub fn environment(name: &str) -> Option<Urls> {
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
