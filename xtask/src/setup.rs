//! Finds what is missing on this machine, and installs it by the ordinary package managers.

mod apt;
mod gems;
mod npm;
mod programs;
mod tools;

use crate::{mongo, progress};
use anyhow::bail;

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
    let missing = Missing::look()?;
    let lines = missing.lines();
    if lines.is_empty() {
        println!("set up: nothing is missing");
        return Ok(());
    }
    for line in &lines {
        println!("missing: {line}");
    }
    if check {
        bail!("{} missing; run `cargo xtask setup`", lines.len());
    }
    install(&missing)?;
    let left = Missing::look()?.lines();
    if !left.is_empty() {
        bail!("still missing: {}", left.join(", "));
    }
    println!("set up: done");
    Ok(())
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
