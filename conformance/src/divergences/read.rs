//! Reads `known-divergences.toml` strictly: an entry that cannot be right is an error that names it and says how to mend it.

use super::{Entry, List, SEQUENCES};
use crate::checker::finding::Oracle;
use crate::targets::root;
use anyhow::{Context, ensure};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The name of the list, in the folder of the file of targets.
pub const NAME: &str = "known-divergences.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    divergence: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    target: String,
    r#where: String,
    example: Option<PathBuf>,
    oracle: Oracle,
    kind: String,
    path: String,
    found: Option<String>,
    reason: String,
    owner: String,
    expires: toml::value::Datetime,
}

/// The list that lies beside a file of targets; empty if there is none. `targets` are all of that file, also those that do not take part.
///
/// # Errors
/// The first entry that cannot be right.
pub fn beside(targets_file: &Path, targets: &[String]) -> anyhow::Result<List> {
    let path = targets_file.with_file_name(NAME);
    if !path.exists() {
        return Ok(List::default());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let today = mongodb::bson::DateTime::now().try_to_rfc3339_string()?;
    let entries = parse(&text, targets, &today[..10]).with_context(|| path.display().to_string())?;
    for (index, entry) in entries.iter().enumerate() {
        let case = root().join("conformance/cases").join(format!("{}.json", entry.place));
        ensure!(entry.place == SEQUENCES || case.is_file(), "{}: {}: there is no such case; name one, or remove the entry", path.display(), name(index, entry));
        let missing = entry.example.as_ref().filter(|example| !root().join(example).is_file());
        ensure!(
            missing.is_none(),
            "{}: {}: its example is not there; save one that shows the difference, or remove the entry",
            path.display(),
            name(index, entry)
        );
    }
    Ok(List::new(path, entries))
}

/// The entries of a text, read on this day (`2026-01-31`).
///
/// # Errors
/// The first entry that cannot be right.
pub fn parse(text: &str, targets: &[String], today: &str) -> anyhow::Result<Vec<Entry>> {
    let File { divergence } = toml::from_str(text)?;
    let entries: Vec<Entry> = divergence.into_iter().map(entry).collect();
    for (index, entry) in entries.iter().enumerate() {
        check(entry, targets, today).with_context(|| name(index, entry))?;
        ensure!(!entries[..index].contains(entry), "{}: it is there twice; remove one of the two", name(index, entry));
    }
    Ok(entries)
}

fn entry(row: Row) -> Entry {
    let Row { target, r#where: place, example, oracle, kind, path, found, reason, owner, expires } = row;
    Entry { target, place, example, oracle, kind, path, found, reason, owner, expires: expires.to_string() }
}

/// How an entry is named in messages.
pub fn name(index: usize, entry: &Entry) -> String {
    format!(
        "entry {} (target {}, where {}, {}, {} of {})",
        index + 1,
        entry.target,
        entry.place,
        crate::report::words::word(entry.oracle),
        entry.path,
        entry.kind
    )
}

fn check(entry: &Entry, targets: &[String], today: &str) -> anyhow::Result<()> {
    let known = targets.contains(&entry.target);
    ensure!(known, "there is no target {}; write one of {}, or remove the entry", entry.target, targets.join(", "));
    ensure!(entry.expires.len() == 10, "expires is a day, such as 2026-12-31");
    ensure!(entry.expires.as_str() > today, "it has expired on {}; mend the difference, or have {} give it another day", entry.expires, entry.owner);
    let everything = |pattern: &str| pattern.chars().all(|character| character == '*');
    let broad = everything(&entry.kind) || everything(&entry.path) || everything(&entry.place);
    ensure!(!broad, "it is too broad, since * covers everything; name where it is, the kind of step and the path of the one difference");
    ensure!(entry.oracle != Oracle::Alive, "a target that dies or hangs cannot be let pass; remove the entry");
    let empty = [&entry.reason, &entry.owner].into_iter().any(|text| text.trim().is_empty());
    ensure!(!empty, "reason and owner say why it may stand and who mends it; neither may be empty");
    ensure!((entry.place == SEQUENCES) == entry.example.is_some(), "example belongs to where = \"{SEQUENCES}\", and has to be there then");
    Ok(())
}
