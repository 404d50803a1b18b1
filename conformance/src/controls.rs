//! Known-bad variants of the proxies: patches that break one rule of the protocol each, and that the suite has to notice.

use crate::targets::{Target, root};
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is left out of a copy.
const LEFT_OUT: [&str; 6] = [".git", ".local", "target", "node_modules", "failures", "snapshots"];

/// One patch, with what stands before its first line of difference.
#[derive(Clone, Debug)]
pub struct Control {
    pub name: String,
    pub file: PathBuf,
    /// Which rule it breaks, and how that shows.
    pub why: String,
    /// Names of the targets that the patch reaches without a build; one may stand twice.
    pub targets: Vec<String>,
    pub proof: Proof,
}

/// How it has to be noticed.
#[derive(Clone, Debug)]
pub enum Proof {
    /// By a storm with these arguments, within a minute.
    Storm(String),
    /// By a case, because it takes one fixed order of events.
    Case(PathBuf),
}

/// Reads all patches, in the order of their names.
pub fn read() -> anyhow::Result<Vec<Control>> {
    let folder = root().join("conformance/controls");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "patch"));
    files.sort();
    files.iter().map(|file| control(file).with_context(|| file.display().to_string())).collect()
}

fn control(file: &Path) -> anyhow::Result<Control> {
    let text = std::fs::read_to_string(file)?;
    let head = text.split_once("\n--- ").context("it changes nothing")?.0;
    let member = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned);
    let proof = match (member("Storm"), member("Case")) {
        (Some(arguments), None) => Proof::Storm(arguments),
        (None, Some(case)) => Proof::Case(root().join("conformance/cases").join(format!("{case}.json"))),
        _ => bail!("give Storm or Case, and one of them"),
    };
    Ok(Control {
        name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        file: file.to_owned(),
        why: member("Why").context("it does not say Why")?,
        targets: member("Targets").context("it does not say Targets")?.split(", ").map(str::to_owned).collect(),
        proof,
    })
}

impl Control {
    /// Copies the repository into a folder, breaks the copy, and returns the targets that run from there.
    pub fn prepare(&self, all: &[Target], folder: &Path) -> anyhow::Result<Vec<Target>> {
        copy(&root(), folder)?;
        for modules in ["node-proxy/node_modules", ".local"] {
            let own = root().join(modules);
            if own.exists() {
                std::os::unix::fs::symlink(own, folder.join(modules))?;
            }
        }
        run(Command::new("patch").args(["--strip=1", "--forward", "--silent", "--input"]).arg(&self.file).current_dir(folder), "patch")?;
        // The scripts are data; what the proxies load is generated from them.
        run(Command::new("cargo").args(["--quiet", "xtask", "codegen"]).current_dir(root()).env("DOCPROXY_ROOT", folder), "cargo xtask codegen")?;
        let named = self.targets.iter().enumerate().map(|(index, name)| {
            let target = all.iter().find(|target| target.name == *name).with_context(|| format!("there is no target {name}"))?;
            let again = self.targets[..index].contains(name);
            let moved = |word: &String| if word.contains('/') && root().join(word).exists() { folder.join(word).display().to_string() } else { word.clone() };
            let name = if again { format!("{name}-{}", index + 1) } else { name.clone() };
            Ok(Target { name, command: target.command.iter().map(moved).collect(), ..target.clone() })
        });
        named.collect()
    }
}

fn run(command: &mut Command, name: &str) -> anyhow::Result<()> {
    let done = command.output().with_context(|| format!("{name} cannot be started"))?;
    let said = [done.stdout, done.stderr].concat();
    ensure!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&said));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if LEFT_OUT.iter().any(|left| name == *left) {
            continue;
        }
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}
