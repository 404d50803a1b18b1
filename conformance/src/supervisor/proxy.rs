//! Starts a target on a routing file, and learns from its log where it listens.

use super::local::exists;
use super::{Process, start};
use crate::targets::{Target, root};
use anyhow::{Context, bail};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

const STARTING: Duration = Duration::from_secs(30);

/// A target's process and its `host:port`.
#[derive(Debug)]
pub struct Proxy {
    pub process: Process,
    pub address: String,
}

/// Writes the routing file into `folder` and starts the target; its log goes to `<name>.log` there.
pub fn launch(target: &Target, routing: &Value, folder: &Path, label: &str) -> anyhow::Result<Proxy> {
    let config = folder.join(format!("{label}.routing.json"));
    std::fs::write(&config, serde_json::to_string_pretty(routing)?)?;
    let log = folder.join(format!("{label}.log"));
    let fill = |word: &String| -> OsString {
        word.replace("{config}", &config.display().to_string()).replace("{listen}", "127.0.0.1:0").into()
    };
    let words: Vec<OsString> = target.command.iter().map(fill).collect();
    let program = if Path::new(&words[0]).components().count() > 1 { root().join(&words[0]).into_os_string() } else { words[0].clone() };
    if !exists(&program) {
        bail!("target {}: {} is not there; run `{}`", target.name, program.display(), target.install);
    }
    let words: Vec<OsString> = std::iter::once(program).chain(words.into_iter().skip(1)).collect();
    let mut process = start(&target.name, &words, &root(), &log, true)?;
    let listens = |line: &str| line.contains("\"event\":\"listening\"");
    let line = process.first_line(&log, STARTING, listens).with_context(|| format!("target {}", target.name))?;
    let line: Value = serde_json::from_str(&line)?;
    let address = line["listen"].as_str().context("the listening line has no listen")?.to_owned();
    Ok(Proxy { process, address })
}
