//! The folders whose packages come by `npm ci`.

use crate::{digest, process};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const INSTALLING: Duration = Duration::from_secs(600);

/// A folder with a package.json.
pub struct Folder {
    pub name: &'static str,
    path: PathBuf,
}

/// The folders whose node_modules is not what the lock file says.
pub fn missing() -> anyhow::Result<Vec<Folder>> {
    let all = ["node-proxy", "samples"].map(|name| Folder { name, path: crate::root().join(name) });
    let mut missing = Vec::new();
    for folder in all.into_iter().filter(|folder| folder.path.join("package.json").is_file()) {
        if std::fs::read_to_string(folder.stamp()).ok() != Some(folder.fingerprint()?) {
            missing.push(folder);
        }
    }
    Ok(missing)
}

impl Folder {
    /// It lies in node_modules, so that whoever deletes that deletes it too.
    fn stamp(&self) -> PathBuf {
        self.path.join("node_modules/.docproxy-lock")
    }

    fn fingerprint(&self) -> anyhow::Result<String> {
        let lock = self.path.join("package-lock.json");
        let text = std::fs::read(&lock).with_context(|| lock.display().to_string())?;
        Ok(digest::sha256(text))
    }

    /// Installs just what the lock file says, without running any package's scripts.
    pub fn install(&self, logs: &Path) -> anyhow::Result<()> {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&self.path);
        process::run(&mut npm, &logs.join(format!("npm-{}.log", self.name)), INSTALLING)?;
        std::fs::write(self.stamp(), self.fingerprint()?)?;
        Ok(())
    }
}
