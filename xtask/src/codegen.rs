//! Writes every generated file from contract/, or says which are out of date.

pub mod cases;
pub mod contract;
mod facts;
mod node;
mod openapi;
mod reference;
mod ruby;
mod rust;

use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The command that writes the generated files, as their first lines and the drift message name it.
pub const COMMAND: &str = "cargo xtask codegen";

/// Folders in which nothing is written by hand.
const WHOLE: [&str; 2] = ["docs/reference", cases::FOLDER];

/// One generated file: its path from the root of the repository, and its text.
pub struct Generated {
    pub path: PathBuf,
    pub text: String,
}

/// Writes what is generated, or with `check` changes nothing and fails where a file is out of date.
pub fn run(check: bool) -> anyhow::Result<()> {
    let root = crate::root();
    let stale = settle(&root, generate(&root)?, check)?;
    for path in &stale {
        let done = if root.join(path).exists() { "wrote" } else { "removed" };
        println!("{} {}", if check { "out of date:" } else { done }, path.display());
    }
    if check && !stale.is_empty() {
        bail!("{} generated files are out of date; run `{COMMAND}`", stale.len());
    }
    if stale.is_empty() {
        println!("generated files are up to date");
    }
    Ok(())
}

/// The path of a resource that has names in it; `*` stands for all.
pub fn path_of(resource: &str) -> &'static str {
    match resource {
        "document" => "/v1/{collection}/{id}",
        "collection" => "/v1/{collection}",
        _ => "*",
    }
}

/// Everything that contract/ determines, without writing anything.
pub fn generate(root: &Path) -> anyhow::Result<Vec<Generated>> {
    let contract = contract::Contract::read(&root.join("contract")).context("contract/ cannot be read")?;
    let facts = facts::from(&contract);
    let rust = rust::emit(&facts);
    let mut files = vec![
        Generated { path: "server-rs/src/generated/contract.rs".into(), text: rust.clone() },
        Generated { path: "conformance/src/generated/contract.rs".into(), text: rust },
        Generated { path: "node-proxy/src/generated/contract.js".into(), text: node::emit(&facts) },
        Generated { path: "ruby-proxy/lib/generated/contract.rb".into(), text: ruby::emit(&facts) },
        Generated { path: "docs/openapi.json".into(), text: openapi::emit(&contract) },
    ];
    files.extend(reference::emit(&contract));
    files.extend(cases::emit(&contract, &cases::Vectors::read(&root.join("contract/vectors"))?).context("cases cannot be generated")?);
    Ok(files)
}

/// Compares each file with what stands on disk; unless `check` writes what differs, and removes what is generated no more;
/// returns both.
pub fn settle(root: &Path, files: Vec<Generated>, check: bool) -> anyhow::Result<Vec<PathBuf>> {
    let strays = strays(root, &files)?;
    if !check {
        for path in &strays {
            fs::remove_file(root.join(path)).with_context(|| format!("{} cannot be removed", path.display()))?;
        }
    }
    let mut stale = Vec::new();
    for file in files {
        let target = root.join(&file.path);
        if fs::read_to_string(&target).is_ok_and(|current| current == file.text) {
            continue;
        }
        if !check {
            fs::create_dir_all(target.parent().expect("a generated file lies in a folder"))?;
            fs::write(&target, file.text).with_context(|| format!("{} cannot be written", file.path.display()))?;
        }
        stale.push(file.path);
    }
    stale.extend(strays);
    Ok(stale)
}

/// Files where everything is generated that nothing generates any more.
fn strays(root: &Path, files: &[Generated]) -> anyhow::Result<Vec<PathBuf>> {
    let mut strays = Vec::new();
    for folder in WHOLE {
        let Ok(listing) = fs::read_dir(root.join(folder)) else { continue };
        for entry in listing {
            let path = Path::new(folder).join(entry?.file_name());
            if !files.iter().any(|file| file.path == path) {
                strays.push(path);
            }
        }
    }
    strays.sort();
    Ok(strays)
}
