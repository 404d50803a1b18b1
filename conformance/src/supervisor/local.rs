//! Stores as local processes, started the way `stores/stores.toml` says, with their data in a folder that goes with the suite.

use super::{Process, free_port, start, until};
use crate::routes::Urls;
use crate::targets::root;
use anyhow::{Context, bail};
use mysql_async::prelude::Queryable;
use serde::Deserialize;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;

const STARTING: Duration = Duration::from_secs(60);

/// How one store is run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Recipe {
    program: String,
    #[serde(default)]
    r#override: Option<String>,
    install: String,
    #[serde(default)]
    prepare: Vec<String>,
    arguments: Vec<String>,
    #[serde(default)]
    brisk: Vec<String>,
    pub(super) url: String,
}

/// The recipes by the name of the store.
pub(super) fn recipes() -> anyhow::Result<HashMap<String, Recipe>> {
    let path = root().join("stores/stores.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// A Redis of the suite, which can be killed and started anew at the same address.
#[derive(Debug)]
pub struct RedisServer {
    recipe: Recipe,
    port: u16,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

/// Every store that the suite has started.
#[derive(Debug)]
pub struct LocalStores {
    recipes: HashMap<String, Recipe>,
    folder: PathBuf,
    mysql_port: u16,
    mongodb_port: u16,
    /// Ended with the suite.
    _processes: Vec<Process>,
}

impl LocalStores {
    /// Starts one MySQL and one MongoDB for all targets.
    pub async fn start(folder: &Path) -> anyhow::Result<LocalStores> {
        let mut stores =
            LocalStores { recipes: recipes()?, folder: folder.to_owned(), mysql_port: free_port()?, mongodb_port: free_port()?, _processes: Vec::new() };
        let mysql = stores.recipe("mysql")?.launch("mysql", stores.mysql_port, folder)?;
        let mongodb = stores.recipe("mongodb")?.launch("mongodb", stores.mongodb_port, folder)?;
        stores._processes = vec![mysql, mongodb];
        stores.answer().await.with_context(|| format!("the logs are in {}", folder.display()))?;
        Ok(stores)
    }

    fn recipe(&self, name: &str) -> anyhow::Result<&Recipe> {
        self.recipes.get(name).with_context(|| format!("stores/stores.toml has no [{name}]"))
    }

    async fn answer(&mut self) -> anyhow::Result<()> {
        for (process, port) in self._processes.iter_mut().zip([self.mysql_port, self.mongodb_port]) {
            listens(process, port).await?;
        }
        Ok(())
    }

    /// A Redis and a database in each store, for the target (or fleet) of this name.
    pub async fn provide(&self, name: &str) -> anyhow::Result<(Urls, RedisServer)> {
        let server = RedisServer {
            recipe: self.recipe("redis")?.clone(),
            port: free_port()?,
            folder: self.folder.join(format!("redis-{name}")),
            process: Mutex::new(None),
        };
        server.restart().await?;
        let url = |kind: &str, port: u16, database: &str| -> anyhow::Result<String> {
            Ok(self.recipe(kind)?.url.replace("{port}", &port.to_string()).replace("{database}", database))
        };
        let mysql = url("mysql", self.mysql_port, name)?;
        let anywhere = mysql_async::Pool::new(url("mysql", self.mysql_port, "")?.as_str());
        let mut connection = anywhere.get_conn().await?;
        connection.query_drop(format!("CREATE DATABASE IF NOT EXISTS `{name}`")).await?;
        drop(connection);
        anywhere.disconnect().await?;
        Ok((Urls { redis: url("redis", server.port, "")?, mongodb: url("mongodb", self.mongodb_port, name)?, mysql }, server))
    }
}

/// Waits until a store listens, and not for one that has ended.
async fn listens(process: &mut Process, port: u16) -> anyhow::Result<()> {
    let listening = async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() || process.still_runs().is_err();
    until("a store listens", STARTING, listening).await?;
    process.still_runs().context("a store does not start")
}

impl RedisServer {
    /// Kills it, and starts it with what its disk has.
    pub async fn crash(&self) -> anyhow::Result<()> {
        let mut process = self.process.lock().await;
        process.take();
        let mut started = self.recipe.launch("redis", self.port, &self.folder)?;
        listens(&mut started, self.port).await?;
        *process = Some(started);
        Ok(())
    }

    /// Kills it if it runs, and starts it empty.
    pub async fn restart(&self) -> anyhow::Result<()> {
        let mut process = self.process.lock().await;
        process.take();
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        std::fs::create_dir_all(&self.folder)?;
        let mut started = self.recipe.launch("redis", self.port, &self.folder)?;
        listens(&mut started, self.port).await.with_context(|| format!("the log is {}", self.folder.join("redis.log").display()))?;
        *process = Some(started);
        Ok(())
    }
}

impl Recipe {
    /// Starts it on the data that lies in the folder, or on an empty one.
    pub(super) fn launch(&self, name: &str, port: u16, folder: &Path) -> anyhow::Result<Process> {
        let data = folder.join(format!("{name}-data"));
        std::fs::create_dir_all(&data)?;
        let is_empty = std::fs::read_dir(&data)?.next().is_none();
        let fill = |text: &String| -> OsString {
            let filled = text.replace("{root}", &root().display().to_string()).replace("{port}", &port.to_string());
            filled.replace("{data}", &data.display().to_string()).into()
        };
        let log = folder.join(format!("{name}.log"));
        let chosen = self.r#override.as_ref().and_then(std::env::var_os);
        let program = chosen.unwrap_or_else(|| fill(&self.program));
        if !exists(&program) {
            bail!("{} is not installed; run `{}`", program.display(), self.install);
        }
        if is_empty && !self.prepare.is_empty() {
            let words: Vec<OsString> = self.prepare.iter().map(fill).collect();
            let done = std::process::Command::new(&words[0]).args(&words[1..]).output();
            let done = done.with_context(|| format!("{} is not installed; run `{}`", words[0].display(), self.install))?;
            std::fs::write(&log, [done.stdout, done.stderr].concat())?;
            anyhow::ensure!(done.status.success(), "{} failed; see {}", words[0].display(), log.display());
        }
        let words: Vec<OsString> = std::iter::once(program).chain(self.arguments.iter().chain(&self.brisk).map(fill)).collect();
        start(name, &words, &data, &log, false)
    }
}

/// Whether a program is there, by its path or in PATH.
pub fn exists(program: &OsString) -> bool {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.exists();
    }
    std::env::var_os("PATH").is_some_and(|folders| std::env::split_paths(&folders).any(|folder| folder.join(path).exists()))
}
