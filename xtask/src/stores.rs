//! Reads `stores/stores.toml` and starts a store as a local process the way it says.

use crate::interrupt;
use crate::process::{self, Service};
use anyhow::{Context, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const STARTING: Duration = Duration::from_secs(60);

/// How one kind of store is run.
#[derive(Debug, Deserialize)]
pub struct Recipe {
    program: String,
    #[serde(default)]
    r#override: Option<String>,
    install: String,
    #[serde(default)]
    prepare: Vec<String>,
    arguments: Vec<String>,
    #[serde(default)]
    create: Vec<String>,
    url: String,
}

/// A store that runs, and where.
#[derive(Debug)]
pub struct Store {
    pub service: Service,
    pub url: String,
}

/// The recipe of one kind: `redis`, `mysql` or `mongodb`.
pub fn recipe(kind: &str) -> anyhow::Result<Recipe> {
    let path = crate::root().join("stores/stores.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut recipes: BTreeMap<String, Recipe> = toml::from_str(&text).with_context(|| path.display().to_string())?;
    recipes.remove(kind).with_context(|| format!("{} has no [{kind}]", path.display()))
}

/// The values of a recipe's placeholders.
struct Values {
    port: u16,
    data: PathBuf,
    database: String,
}

impl Values {
    fn fill(&self, text: &str) -> String {
        let text = text.replace("{root}", &crate::root().display().to_string()).replace("{port}", &self.port.to_string());
        text.replace("{data}", &self.data.display().to_string()).replace("{database}", &self.database)
    }

    fn command(&self, words: &[String]) -> Command {
        let program = self.fill(&words[0]);
        let mut command = Command::new(process::find(&program).unwrap_or_else(|| program.into()));
        command.args(words[1..].iter().map(|word| self.fill(word)));
        command
    }
}

impl Recipe {
    fn brought(&self) -> Option<String> {
        self.r#override.as_ref().and_then(|name| std::env::var(name).ok())
    }

    /// Whether the environment names a program of the user's own.
    pub fn is_overridden(&self) -> bool {
        self.brought().is_some()
    }

    /// Every program that this store needs, to be found by `process::find`.
    pub fn programs(&self) -> Vec<String> {
        let server = self.brought().unwrap_or_else(|| self.program.clone());
        let others = [self.prepare.first(), self.create.first()].into_iter().flatten().cloned();
        std::iter::once(server).chain(others).collect()
    }

    /// Starts the store on a free port with an empty folder `run/data/<name>`, and waits until it accepts connections and has `database`.
    pub fn start(&self, name: &str, run: &Path, database: &str) -> anyhow::Result<Store> {
        let values = Values { port: free_port(first_port())?, data: run.join("data").join(name), database: database.to_owned() };
        std::fs::create_dir_all(&values.data)?;
        let logs = run.join("log");
        let program = self.brought().unwrap_or_else(|| values.fill(&self.program));
        let Some(program) = process::find(&program) else {
            bail!("{name}: {program} is not installed; run `{}`", self.install);
        };
        if !self.prepare.is_empty() {
            process::run(&mut values.command(&self.prepare), &logs.join(format!("{name}.prepare.log")), STARTING)?;
        }
        let mut command = Command::new(program);
        command.args(self.arguments.iter().map(|word| values.fill(word))).current_dir(&values.data);
        let mut service = Service::start(name, &mut command, &logs.join(format!("{name}.log")))?;
        wait(&mut service, "accepts no connection", || TcpStream::connect((Ipv4Addr::LOCALHOST, values.port)).is_ok())?;
        if !self.create.is_empty() {
            process::run(&mut values.command(&self.create), &logs.join(format!("{name}.create.log")), STARTING)?;
        }
        Ok(Store { service, url: values.fill(&self.url) })
    }
}

/// Waits until `ready` says yes; an error if the service ends before, or the time for starting is over.
pub fn wait(service: &mut Service, otherwise: &str, mut ready: impl FnMut() -> bool) -> anyhow::Result<()> {
    let deadline = Instant::now() + STARTING;
    while !ready() {
        service.must_run()?;
        interrupt::check()?;
        if Instant::now() > deadline {
            bail!("{} {otherwise} after {} s; its log is {}", service.name, STARTING.as_secs(), service.log.display());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    Ok(())
}

/// The first port from `from` on that nobody listens on at the moment.
pub fn free_port(from: u16) -> anyhow::Result<u16> {
    let free = (from..=u16::MAX).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.with_context(|| format!("no port from {from} on is free"))
}

/// Where this process looks for the stores' ports: below the range from which the system takes ports for outgoing
/// connections, and not where another one that starts at the same time looks.
fn first_port() -> u16 {
    20_000 + (std::process::id() % 1_000) as u16 * 12
}
