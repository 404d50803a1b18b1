//! Reads from `conformance/targets.toml` how each proxy is started.

use anyhow::Context;
use serde::Deserialize;
use std::path::Path;
use std::process::Command;

/// One implementation.
#[derive(Debug, Deserialize)]
pub struct Target {
    pub name: String,
    /// Program and arguments with {config} and {listen} to fill in; empty for one that runs elsewhere.
    #[serde(default)]
    command: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    target: Vec<Target>,
}

/// The targets that can be started here, in the file's order.
pub fn read() -> anyhow::Result<Vec<Target>> {
    let path = crate::root().join("conformance/targets.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let File { mut target } = toml::from_str(&text).with_context(|| path.display().to_string())?;
    target.retain(|target| !target.command.is_empty());
    Ok(target)
}

impl Target {
    /// The command that starts it from the root of the repository.
    pub fn command(&self, config: &Path, listen: &str) -> Command {
        let fill = |word: &String| word.replace("{config}", &config.display().to_string()).replace("{listen}", listen);
        let mut words = self.command.iter().map(fill);
        let mut command = Command::new(words.next().expect("read keeps no empty command"));
        command.args(words).current_dir(crate::root());
        command
    }
}
