//! The files of the repository, read once.

use super::rules::{Root, Rules};
use anyhow::Context;
use std::path::Path;

/// A programming language that has rules of its own here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Rust,
    JavaScript,
    Ruby,
    Go,
}

/// A file and what is in it.
pub struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// Empty for a file that is not text.
    pub text: String,
}

/// All files, in the order of their paths.
pub struct Tree {
    pub files: Vec<File>,
}

impl Tree {
    /// Reads everything but the folders to skip.
    pub fn read(root: &Path, rules: &Rules) -> anyhow::Result<Tree> {
        let mut files = Vec::new();
        collect(root, "", &rules.skip, &mut files)?;
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Tree { files })
    }

    /// Files in a programming language.
    pub fn sources(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.language().is_some())
    }

    /// The files of one root with their paths from there, without the ending.
    pub fn rooms<'a>(&'a self, root: &'a Root) -> impl Iterator<Item = (&'a str, &'a File)> {
        self.files.iter().filter_map(|file| {
            let inside = file.path.strip_prefix(&root.folder)?.strip_prefix('/')?;
            Some((inside.strip_suffix(&root.extension)?.strip_suffix('.')?, file))
        })
    }
}

fn collect(root: &Path, below: &str, skip: &[String], files: &mut Vec<File>) -> anyhow::Result<()> {
    let folder = root.join(below);
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && !skip.contains(&name) {
            collect(root, &path, skip, files)?;
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).with_context(|| path.clone())?;
            files.push(File { path, text: String::from_utf8(bytes).unwrap_or_default() });
        }
    }
    Ok(())
}

impl File {
    /// By the ending, or the first line of a script.
    pub fn language(&self) -> Option<Language> {
        match self.path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("rs") => Some(Language::Rust),
            Some("js") => Some(Language::JavaScript),
            Some("rb") => Some(Language::Ruby),
            Some("go") => Some(Language::Go),
            _ if self.text.starts_with("#!/usr/bin/env ruby") => Some(Language::Ruby),
            _ => None,
        }
    }

    /// Whether codegen writes it.
    pub fn generated(&self) -> bool {
        self.text.lines().next().is_some_and(|line| line.contains("Generated from contract/ by"))
    }

    /// Whether it holds tests.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.contains("/test/") || self.path.ends_with("_test.go")
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Lines with their numbers, counted from 1.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}
