//! Reads `targets.toml`: which implementations there are, and how each is started or reached.

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One implementation under test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub name: String,
    /// Started by the suite, with {config} and {listen} filled in.
    #[serde(default)]
    pub command: Vec<String>,
    /// Further arguments where nobody will read the log of requests.
    #[serde(default)]
    pub quiet: Vec<String>,
    /// Runs already.
    pub url: Option<String>,
    /// What to run if the command's program is missing.
    #[serde(default)]
    pub install: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    target: Vec<Target>,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the suite lies in the repository").to_owned()
}

/// The file of targets: that of the repository, or another that CONFORMANCE_TARGETS_FILE names.
pub fn file() -> PathBuf {
    std::env::var_os("CONFORMANCE_TARGETS_FILE").map_or_else(|| root().join("conformance/targets.toml"), PathBuf::from)
}

/// The targets of the file, or those of them that CONFORMANCE_TARGETS names.
pub fn read() -> anyhow::Result<Vec<Target>> {
    read_file(&file())
}

/// Every target of this file.
pub fn all(path: &Path) -> anyhow::Result<Vec<Target>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let File { target: targets } = toml::from_str(&text).with_context(|| path.display().to_string())?;
    let distinct: std::collections::BTreeSet<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    ensure!(distinct.len() == targets.len(), "{}: two targets have the same name", path.display());
    Ok(targets)
}

/// The targets of this file, or those of them that CONFORMANCE_TARGETS names.
pub fn read_file(path: &Path) -> anyhow::Result<Vec<Target>> {
    let mut targets = all(path)?;
    if let Ok(wanted) = std::env::var("CONFORMANCE_TARGETS") {
        let names: Vec<&str> = wanted.split(',').collect();
        if let Some(stranger) = names.iter().find(|name| !targets.iter().any(|target| target.name == **name)) {
            bail!("CONFORMANCE_TARGETS names {stranger}, which {} does not have", path.display());
        }
        targets.retain(|target| names.contains(&target.name.as_str()));
    }
    ensure!(!targets.is_empty(), "{} names no target", path.display());
    for target in &targets {
        ensure!(target.command.is_empty() == target.url.is_some(), "target {}: give either command or url", target.name);
    }
    Ok(targets)
}
