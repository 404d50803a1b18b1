//! The processes of one `up`: stores below, proxies above, stopped from the top.

use super::routes;
use crate::process::{self, Service};
use crate::stores::{self, Store};
use crate::targets::Target;
use crate::{interrupt, progress};
use anyhow::Context;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};

/// The first proxy's port, if it is free.
const FIRST_PORT: u16 = 8081;

const DATABASE: &str = "docproxy";

/// What runs, and the folder with its data and logs.
pub struct Stack {
    folder: PathBuf,
    stores: Vec<Store>,
    proxies: Vec<Proxy>,
}

/// A proxy that runs.
pub struct Proxy {
    pub name: String,
    pub port: u16,
    /// The port it would have taken, were that not taken.
    pub instead_of: Option<u16>,
    service: Service,
}

impl Proxy {
    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Stack {
    /// Nothing runs yet.
    pub fn new(folder: &Path) -> Stack {
        Stack { folder: folder.to_owned(), stores: Vec::new(), proxies: Vec::new() }
    }

    /// The proxies in the order in which they were started.
    pub fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// Name and URL of each store.
    pub fn store_urls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.stores.iter().map(|store| (store.service.name.as_str(), store.url.as_str()))
    }

    /// Where the logs are.
    pub fn logs(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Starts Redis, MySQL and MongoDB.
    pub fn start_stores(&mut self) -> anyhow::Result<()> {
        for name in ["redis", "mysql", "mongodb"] {
            let start = || stores::recipe(name)?.start(name, &self.folder, DATABASE);
            self.stores.push(progress::during(&format!("starting {name}"), start)?);
        }
        Ok(())
    }

    /// Writes the routing file, and starts every proxy with it.
    pub fn start_proxies(&mut self, targets: Vec<Target>) -> anyhow::Result<()> {
        let config = self.folder.join("routing.json");
        let url = |kind: &str| self.store_urls().find(|(name, _)| *name == kind).map(|(_, url)| url.to_owned());
        let [redis, mysql, mongodb] = ["redis", "mysql", "mongodb"].map(url).map(Option::unwrap_or_default);
        let text = serde_json::to_string_pretty(&routes::file(&redis, &mysql, &mongodb))?;
        std::fs::write(&config, text).with_context(|| config.display().to_string())?;
        for target in targets {
            let proxy = progress::during(&format!("starting the {} proxy", target.name), || self.start_proxy(&target, &config))?;
            self.proxies.push(proxy);
        }
        Ok(())
    }

    fn start_proxy(&self, target: &Target, config: &Path) -> anyhow::Result<Proxy> {
        let wanted = self.proxies.last().map_or(FIRST_PORT, |last| last.port + 1);
        let port = stores::free_port(wanted)?;
        let listen = format!("127.0.0.1:{port}");
        let log = self.logs().join(format!("{}.log", target.name));
        let mut service = Service::start(&target.name, &mut target.command(config, &listen), &log)?;
        stores::wait(&mut service, "does not listen", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        // Every implementation has the same command line, so each can say whether it is ready itself.
        let mut health = target.command(config, &listen);
        health.args(["--health", &listen]);
        stores::wait(&mut service, "is not ready", || process::output(&mut health).is_some())?;
        Ok(Proxy { name: target.name.clone(), port, instead_of: (port != wanted).then_some(wanted), service })
    }

    /// An error if one of them has ended.
    pub fn must_run(&mut self) -> anyhow::Result<()> {
        let stores = self.stores.iter_mut().map(|store| &mut store.service);
        let proxies = self.proxies.iter_mut().map(|proxy| &mut proxy.service);
        stores.chain(proxies).try_for_each(Service::must_run)
    }

    /// Stops the proxies, then the stores, and removes the data; the logs stay unless all went well.
    pub fn stop(&mut self, went_well: bool) -> anyhow::Result<()> {
        for proxy in self.proxies.iter_mut().rev() {
            proxy.service.stop();
        }
        for store in self.stores.iter_mut().rev() {
            store.service.stop();
        }
        let gone = if went_well || interrupt::asked() { self.folder.clone() } else { self.folder.join("data") };
        if gone.exists() {
            std::fs::remove_dir_all(&gone).with_context(|| gone.display().to_string())?;
        }
        Ok(())
    }
}
