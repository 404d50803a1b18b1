//! Reads case files strictly: whatever is unknown is an error that names the file and the step.

use super::{Action, Expect, Mode, Profile, Sequence, Step, StepRef, StoreKind, Wanted};
use crate::routes::exists;
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A case file that was read.
#[derive(Clone, Debug)]
pub struct Case {
    /// Folder and file name without ending: `put/creates-a-document`.
    pub name: String,
    pub path: PathBuf,
    pub sequence: Sequence,
}

impl Case {
    /// Whether the contract wrote it: its expectations are complete, and there is no snapshot for a person to read.
    pub fn generated(&self) -> bool {
        self.name.starts_with("generated/")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    why: String,
    #[serde(default)]
    clauses: Vec<String>,
    #[serde(default = "all_modes")]
    modes: Vec<Mode>,
    #[serde(default = "all_stores")]
    stores: Vec<StoreKind>,
    #[serde(default)]
    profile: Profile,
    steps: Vec<Value>,
}

fn all_modes() -> Vec<Mode> {
    vec![Mode::Off, Mode::WriteThrough, Mode::WriteBehind]
}

fn all_stores() -> Vec<StoreKind> {
    vec![StoreKind::Mongodb, StoreKind::Mysql]
}

/// Reads every case below a folder, in the order of their names.
pub fn cases(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for group in entries(folder)? {
        if group.is_dir() {
            for path in entries(&group)? {
                ensure!(path.extension().is_some_and(|ending| ending == "json"), "{}: a case is a .json file", path.display());
                cases.push(case(folder, &path)?);
            }
        }
    }
    Ok(cases)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listing = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn case(folder: &Path, path: &Path) -> anyhow::Result<Case> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let sequence = parse(&text).with_context(|| path.display().to_string())?;
    let name = path.strip_prefix(folder).unwrap_or(path).with_extension("").display().to_string();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'/';
    ensure!(name.bytes().all(plain), "{}: a case's name is lower case words joined by -", path.display());
    Ok(Case { name, path: path.to_owned(), sequence })
}

/// Reads one case from its text.
pub fn parse(text: &str) -> anyhow::Result<Sequence> {
    let file: File = serde_json::from_str(text)?;
    let mut steps = Vec::new();
    for (index, value) in file.steps.into_iter().enumerate() {
        steps.push(step(value).with_context(|| format!("step {index}"))?);
    }
    let File { why, clauses, modes, stores, profile, .. } = File { steps: Vec::new(), ..file };
    let sequence = Sequence { why, clauses, modes, stores, profile, steps };
    check(&sequence)?;
    Ok(sequence)
}

fn step(value: Value) -> anyhow::Result<Step> {
    let Value::Object(mut members) = value else { bail!("a step is an object") };
    let expect = members.remove("expect").map(serde_json::from_value::<Expect>).transpose().context("expect")?;
    let name = members.remove("as").map(serde_json::from_value::<String>).transpose().context("as")?;
    members.remove("note");
    let known = Wanted::MEMBERS.into_iter().filter_map(|name| members.remove_entry(name)).collect();
    let wanted: Wanted = serde_json::from_value(Value::Object(known)).context(Wanted::MEMBERS.join(", "))?;
    ensure!(members.len() == 1, "a step has one kind besides as, expect, {} and note, and here are: {}", Wanted::MEMBERS.join(", "), names(&members));
    let kind = names(&members);
    let action: Action = serde_json::from_value(Value::Object(members)).with_context(|| kind)?;
    if let Action::Together(actions) = &action {
        let stranger = actions.iter().find(|action| !action.is_request());
        ensure!(stranger.is_none(), "together takes requests only, not {}", stranger.map_or("", Action::kind));
    }
    Ok(Step { r#as: name, expect, wanted, action })
}

fn names(members: &Map<String, Value>) -> String {
    members.keys().cloned().collect::<Vec<_>>().join(", ")
}

/// What serde cannot see: references, combinations that do not exist.
fn check(sequence: &Sequence) -> anyhow::Result<()> {
    ensure!(!sequence.why.trim().is_empty(), "why is empty");
    ensure!(!sequence.steps.is_empty(), "there are no steps");
    ensure!(!sequence.modes.is_empty() && !sequence.stores.is_empty(), "modes and stores name at least one each");
    let stranger = sequence.modes.iter().find(|mode| !exists(**mode, sequence.profile));
    ensure!(stranger.is_none(), "modes: there is no route {stranger:?} with this profile");
    for (index, step) in sequence.steps.iter().enumerate() {
        let earlier = sequence.steps[..index].iter().any(|other| other.r#as.is_some() && other.r#as == step.r#as);
        ensure!(!earlier, "step {index}: an earlier step has the same name");
        for reference in references(&serde_json::to_value(&step.action)?) {
            let found = sequence.resolve(&reference);
            ensure!(found.is_some_and(|found| found < index), "step {index}: {reference:?} is not an earlier step");
        }
    }
    Ok(())
}

/// Every step that an action refers to as an operand (those inside texts are looked at when they are filled in).
fn references(value: &Value) -> Vec<StepRef> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, inner)| match name.as_str() {
                "json" | "where" | "doc" => Vec::new(),
                "id_of" | "etag_of" | "cursor_of" | "next_of" => serde_json::from_value(inner.clone()).into_iter().collect(),
                _ => references(inner),
            })
            .collect(),
        _ => Vec::new(),
    }
}
