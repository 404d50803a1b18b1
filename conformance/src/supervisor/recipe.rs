//! How a store is run as a local process: what `stores/stores.toml` says.

use super::{Process, start};
use crate::targets::root;
use anyhow::{Context, bail};
use serde::Deserialize;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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

/// The recipe of a store, `redis`, `mysql` or `mongodb`.
pub(super) fn recipe(name: &str) -> anyhow::Result<Recipe> {
    let path = root().join("stores/stores.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut recipes: HashMap<String, Recipe> = toml::from_str(&text).with_context(|| path.display().to_string())?;
    recipes.remove(name).with_context(|| format!("stores/stores.toml has no [{name}]"))
}

impl Recipe {
    /// Starts it on the data that lies in the folder, or on an empty one.
    pub(super) fn launch(&self, name: &str, port: u16, folder: &Path) -> anyhow::Result<Process> {
        let data = data(name, folder);
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

/// Where its data lies.
pub(super) fn data(name: &str, folder: &Path) -> PathBuf {
    folder.join(format!("{name}-data"))
}

/// Whether a program is there, by its path or in PATH.
pub fn exists(program: &OsString) -> bool {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.exists();
    }
    std::env::var_os("PATH").is_some_and(|folders| std::env::split_paths(&folders).any(|folder| folder.join(path).exists()))
}
