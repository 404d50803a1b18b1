//! Reads xtask/tidy.toml: figures, roots, ranks and exceptions.

use anyhow::Context;
use serde::Deserialize;
use std::path::Path;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub skip: Vec<String>,
    pub sizes: Sizes,
    pub root: Vec<Root>,
    pub alone: Vec<Exception>,
    pub imports: Imports,
    pub apart: Vec<Apart>,
    pub names: Names,
    pub text: Vec<Text>,
}

/// Lines at most.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    pub file_lines: usize,
    pub test_lines: usize,
    pub function_lines: usize,
    pub aim_lines: usize,
}

/// One language's folder of rooms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    pub name: String,
    pub folder: String,
    pub extension: String,
    pub entries: Vec<String>,
}

/// A path that a rule does not hold for; a * at its end takes everything below.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    path: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imports {
    pub ranks: Vec<Vec<String>>,
    pub siblings: Vec<Vec<String>>,
    pub level: Vec<Level>,
}

/// An import within one rank that has a reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub from: String,
    pub to: String,
    reason: String,
}

/// A crate and those it must not depend on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    #[serde(rename = "crate")]
    pub name: String,
    pub from: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub forbidden: Vec<String>,
}

/// Texts that no file may hold, each in pieces.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub rule: String,
    pub any: Vec<Vec<String>>,
    #[serde(default)]
    pub except: Vec<Exception>,
}

impl Rules {
    /// Reads the rules of the tree at `root`; an exception without a reason is refused.
    pub fn read(root: &Path) -> anyhow::Result<Rules> {
        let path = root.join("xtask/tidy.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let rules: Rules = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let exceptions = rules.alone.iter().chain(rules.text.iter().flat_map(|text| &text.except)).map(|each| &each.reason);
        let reasons = exceptions.chain(rules.imports.level.iter().map(|each| &each.reason));
        anyhow::ensure!(reasons.into_iter().all(|reason| !reason.trim().is_empty()), "{}: an exception has no reason", path.display());
        Ok(rules)
    }

    /// The rank of a room, counted from the top.
    pub fn rank(&self, room: &str) -> Option<usize> {
        self.imports.ranks.iter().position(|rank| rank.iter().any(|name| name == room))
    }
}

impl Exception {
    /// Whether it is about this path.
    pub fn covers(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(above) => path.starts_with(above),
            None => path == self.path,
        }
    }
}
