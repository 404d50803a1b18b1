//! Finds what is missing on this machine, and installs it by the ordinary package managers.

mod apt;
mod gems;
mod npm;
mod programs;
mod tools;

use crate::{mongo, progress};
use anyhow::{Context, bail, ensure};
use std::fs::File;

/// What is missing, by the package manager that has it.
struct Missing {
    programs: Vec<String>,
    gems: Vec<gems::Gem>,
    npm: Vec<npm::Folder>,
    mongo: bool,
}

impl Missing {
    fn look() -> anyhow::Result<Missing> {
        let programs = programs::missing()?;
        // Without Ruby nobody can say which gems are there.
        let has_ruby = !programs.iter().any(|program| program == "ruby" || program == "bundle");
        let gems = if has_ruby { gems::missing()? } else { Vec::new() };
        Ok(Missing { programs, gems, npm: npm::missing()?, mongo: mongo::is_missing()? })
    }

    fn lines(&self) -> Vec<String> {
        let programs = self.programs.iter().map(|program| format!("the program {program}"));
        let gems = self.gems.iter().map(|gem| format!("the gem {} ({})", gem.name, gem.requirement));
        let npm = self.npm.iter().map(|folder| format!("the packages of {}", folder.name));
        let mongo = self.mongo.then(|| "the embedded Mongo".to_owned());
        programs.chain(gems).chain(npm).chain(mongo).collect()
    }
}

/// Installs what is missing; with `check` it only tells, and fails if there is anything.
pub fn run(check: bool) -> anyhow::Result<()> {
    tools::verify()?;
    let lines = Missing::look()?.lines();
    for line in &lines {
        println!("missing: {line}");
    }
    if check && !lines.is_empty() {
        bail!("{} missing; run `cargo xtask setup`", lines.len());
    }
    if !lines.is_empty() {
        let _lock = alone()?;
        // Whoever had the lock may have installed it all.
        install(&Missing::look()?)?;
        let left = Missing::look()?.lines();
        ensure!(left.is_empty(), "still missing: {}", left.join(", "));
    }
    tools::verify_installed()?;
    println!("set up: {}", if lines.is_empty() { "nothing is missing" } else { "done" });
    Ok(())
}

/// Waits until no other set-up of this checkout installs anything; the lock ends with the file.
fn alone() -> anyhow::Result<File> {
    let folder = crate::root().join(".local");
    std::fs::create_dir_all(&folder)?;
    let file = File::create(folder.join("setup.lock"))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).context("the lock of set-up cannot be had")?;
    Ok(file)
}

fn install(missing: &Missing) -> anyhow::Result<()> {
    let logs = crate::root().join(".local/setup");
    std::fs::create_dir_all(&logs)?;
    if apt::is_here() && !(missing.programs.is_empty() && missing.gems.is_empty()) {
        apt::ask_for_permission()?;
    }
    if !missing.programs.is_empty() {
        progress::during("installing programs", || programs::install(&missing.programs, &logs))?;
    }
    // Ruby may only just have come.
    let gems = gems::missing()?;
    if !gems.is_empty() {
        progress::during("installing gems", || gems::install(gems, &logs))?;
    }
    for folder in &missing.npm {
        progress::during(&format!("npm ci in {}", folder.name), || folder.install(&logs))?;
    }
    if missing.mongo {
        progress::during("building the embedded Mongo", || mongo::build(&logs))?;
    }
    Ok(())
}
