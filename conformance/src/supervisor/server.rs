//! A store of the suite's own that can be killed, frozen and started anew on the data it has.

use super::recipe::{Recipe, data, recipe};
use super::{Process, free_port, until};
use anyhow::Context;
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

const STARTING: Duration = Duration::from_secs(60);
/// A Redis that reads its file says `-LOADING` meanwhile.
const ANSWERING: Duration = Duration::from_millis(500);

/// One server, `redis`, `mysql` or `mongodb`.
#[derive(Debug)]
pub struct Server {
    name: String,
    recipe: Recipe,
    pub port: u16,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

impl Server {
    /// Starts it empty, with its data in a folder below this one.
    pub async fn start(name: &str, folder: &Path) -> anyhow::Result<Server> {
        let server = Server { name: name.to_owned(), recipe: recipe(name)?, port: free_port()?, folder: folder.to_owned(), process: Mutex::new(None) };
        server.reset().await?;
        Ok(server)
    }

    /// Kill -9, and nothing is started.
    pub async fn kill(&self) {
        self.process.lock().await.take();
    }

    /// Starts it empty; kills it first if it runs.
    pub async fn reset(&self) -> anyhow::Result<()> {
        self.kill().await;
        let data = data(&self.name, &self.folder);
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        self.restart().await
    }

    /// Starts it on the data that is there; kills it first if it runs. Returns once it answers.
    pub async fn restart(&self) -> anyhow::Result<()> {
        let mut process = self.process.lock().await;
        process.take();
        let (recipe, name, port, folder) = (self.recipe.clone(), self.name.clone(), self.port, self.folder.clone());
        let mut started = tokio::task::spawn_blocking(move || recipe.launch(&name, port, &folder)).await??;
        let what = format!("{} answers", self.name);
        until(&what, STARTING, async || self.answers().await || started.still_runs().is_err()).await?;
        let log = self.folder.join(format!("{}.log", self.name));
        started.still_runs().context("a store does not start").with_context(|| format!("the log is {}", log.display()))?;
        *process = Some(started);
        Ok(())
    }

    /// Starts it if it does not run.
    pub async fn revive(&self) -> anyhow::Result<()> {
        let runs = self.process.lock().await.as_mut().is_some_and(|process| process.still_runs().is_ok());
        if runs { Ok(()) } else { self.restart().await }
    }

    async fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)).await else { return false };
        if self.name != "redis" {
            return true;
        }
        let mut answer = [0; 5];
        let ping = async { stream.write_all(b"PING\r\n").await.is_ok() && stream.read_exact(&mut answer).await.is_ok() };
        tokio::time::timeout(ANSWERING, ping).await.unwrap_or(false) && answer == *b"+PONG"
    }

    /// Sends a signal, if it runs.
    pub async fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        match self.process.lock().await.as_ref() {
            Some(process) => process.signal(signal),
            None => Ok(()),
        }
    }

    /// Its URL, with a database where that has a meaning.
    pub fn url(&self, database: &str) -> String {
        self.recipe.url.replace("{port}", &self.port.to_string()).replace("{database}", database)
    }
}
