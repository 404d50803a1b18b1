//! Starts a target on a routing file, and learns from its log where it listens.

use super::recipe::exists;
use super::{Process, start};
use crate::targets::{Target, root};
use anyhow::{Context, bail};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

const STARTING: Duration = Duration::from_secs(30);

/// A target's process and its `host:port`.
#[derive(Debug)]
pub struct Proxy {
    pub process: Process,
    pub address: String,
}

/// Writes the routing file into `folder` and starts the target with further arguments; its log goes to `<label>.log` there.
pub fn launch(target: &Target, routing: &Value, folder: &Path, label: &str, further: &[&str]) -> anyhow::Result<Proxy> {
    launch_at(target, routing, folder, label, "127.0.0.1:0", further)
}

/// The same at an address of the caller's choice.
pub fn launch_at(target: &Target, routing: &Value, folder: &Path, label: &str, listen: &str, further: &[&str]) -> anyhow::Result<Proxy> {
    launch_in(target, routing, folder, label, listen, further, &[])
}

/// The same with variables of the environment, `NAME=value`.
pub fn launch_in(
    target: &Target,
    routing: &Value,
    folder: &Path,
    label: &str,
    listen: &str,
    further: &[&str],
    environment: &[String],
) -> anyhow::Result<Proxy> {
    let config = folder.join(format!("{label}.routing.json"));
    std::fs::write(&config, serde_json::to_string_pretty(routing)?)?;
    let log = log(folder, label);
    let fill = |word: &String| word.replace("{config}", &config.display().to_string()).replace("{listen}", listen);
    let filled: Vec<String> = target.command.iter().map(fill).chain(further.iter().map(|word| (*word).to_owned())).collect();
    let mut words = command(target, &filled)?;
    if !environment.is_empty() {
        words.splice(0..0, std::iter::once("env".into()).chain(environment.iter().map(OsString::from)));
    }
    let mut process = start(&target.name, &words, &root(), &log, true)?;
    let listens = |line: &str| line.contains("\"event\":\"listening\"");
    let line = process.first_line(&log, STARTING, listens).with_context(|| format!("target {}", target.name))?;
    let line: Value = serde_json::from_str(&line)?;
    let address = line["listen"].as_str().context("the listening line has no listen")?.to_owned();
    Ok(Proxy { process, address })
}

/// Where the output of a target started under this label goes.
pub fn log(folder: &Path, label: &str) -> PathBuf {
    folder.join(format!("{label}.log"))
}

/// A target's words with its program found, or what to run if it is missing.
pub fn command(target: &Target, words: &[String]) -> anyhow::Result<Vec<OsString>> {
    let first = words.first().with_context(|| format!("target {} has no command", target.name))?;
    let program = if Path::new(first).components().count() > 1 { root().join(first).into_os_string() } else { OsString::from(first) };
    if !exists(&program) {
        bail!("target {}: {} is not there; run `{}`", target.name, program.display(), target.install);
    }
    Ok(std::iter::once(program).chain(words.iter().skip(1).map(OsString::from)).collect())
}
