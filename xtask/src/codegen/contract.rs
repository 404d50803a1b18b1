//! Reads contract/ into types, refusing what does not fit together.

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Everything under contract/ but the vectors.
pub struct Contract {
    pub errors: Vec<Error>,
    pub operations: Vec<Operation>,
    pub limits: toml::Table,
    pub headers: Headers,
    pub keys: toml::Table,
    pub store: toml::Table,
    pub messages: toml::Table,
    pub log: toml::Table,
    pub clauses: Vec<Clause>,
    pub routing: Value,
    pub scripts: Vec<Script>,
}

/// A problem a client can be told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    pub slug: String,
    pub status: u16,
    pub detail: String,
    pub retry_after_s: Option<u32>,
}

/// An operation with all its outcomes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub name: String,
    pub text: String,
    pub methods: Vec<String>,
    pub resource: String,
    pub path: Option<String>,
    pub body: Option<String>,
    pub outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub status: u16,
    pub problem: Option<String>,
    pub needs: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    pub methods: Vec<String>,
    pub names: toml::Table,
    pub media: toml::Table,
    pub cache_control: toml::Table,
    pub cache_status: toml::Table,
    pub write_status: toml::Table,
    pub answer: Vec<Answer>,
}

/// Which headers one kind of answer carries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub name: String,
    pub text: String,
    pub headers: toml::Table,
}

/// One testable sentence of the contract.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    pub id: String,
    pub level: String,
    pub text: String,
    pub source: String,
}

/// A Lua script that all proxies send verbatim.
pub struct Script {
    pub name: String,
    pub text: String,
}

#[derive(Deserialize)]
struct ErrorFile {
    error: Vec<Error>,
}
#[derive(Deserialize)]
struct OperationFile {
    operation: Vec<Operation>,
}
#[derive(Deserialize, Default)]
struct ClauseFile {
    #[serde(default)]
    clause: Vec<Clause>,
}

impl Contract {
    /// Reads the folder; errors name the file.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let limits: toml::Table = table(folder, "limits.toml")?;
        let mut errors = table::<ErrorFile>(folder, "errors.toml")?.error;
        for error in &mut errors {
            error.detail = with_limits(&error.detail, &limits)?;
        }
        let mut store: toml::Table = table(folder, "store.toml")?;
        expand(&mut store, &limits)?;
        let operations = table::<OperationFile>(folder, "operations.toml")?.operation;
        for outcome in operations.iter().flat_map(|operation| &operation.outcomes) {
            let Some(slug) = &outcome.problem else { continue };
            let error = errors.iter().find(|error| error.slug == *slug);
            ensure!(error.is_some_and(|error| error.status == outcome.status), "operations.toml: {slug} {}", outcome.status);
        }
        Ok(Self {
            errors,
            operations,
            limits,
            headers: table(folder, "headers.toml")?,
            keys: table(folder, "keys.toml")?,
            store,
            messages: table(folder, "messages.toml")?,
            log: table(folder, "log.toml")?,
            clauses: table::<ClauseFile>(folder, "clauses.toml")?.clause,
            routing: serde_json::from_str(&text(folder, "routing.schema.json")?).context("routing.schema.json")?,
            scripts: scripts(&folder.join("scripts"))?,
        })
    }
}

impl Error {
    /// The slug in words.
    pub fn title(&self) -> String {
        self.slug.replace('-', " ")
    }

    /// The answer's body: canonical, so members stand in order.
    pub fn body(&self) -> String {
        let text = |value: &str| Value::from(value).to_string();
        let (detail, title) = (text(&self.detail), text(&self.title()));
        format!(r#"{{"detail":{detail},"status":{},"title":{title},"type":"urn:docproxy:{}"}}"#, self.status, self.slug)
    }
}

fn text(folder: &Path, name: &str) -> anyhow::Result<String> {
    fs::read_to_string(folder.join(name)).with_context(|| name.to_owned())
}

fn table<T: DeserializeOwned>(folder: &Path, name: &str) -> anyhow::Result<T> {
    toml::from_str(&text(folder, name)?).with_context(|| name.to_owned())
}

fn scripts(folder: &Path) -> anyhow::Result<Vec<Script>> {
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder).context("scripts")? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).context("a script's name is not UTF-8")?.to_owned();
        scripts.push(Script { name, text: fs::read_to_string(&path)? });
    }
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(scripts)
}

/// Puts the numbers of limits.toml into a text; other braces stay for the program to fill.
fn with_limits(text: &str, limits: &toml::Table) -> anyhow::Result<String> {
    let mut filled = text.to_owned();
    for (name, limit) in limits {
        let value = limit.get("value").with_context(|| format!("limits.toml: {name} has no value"))?;
        filled = filled.replace(&format!("{{{name}}}"), &value.to_string());
    }
    Ok(filled)
}

fn expand(table: &mut toml::Table, limits: &toml::Table) -> anyhow::Result<()> {
    for (_, value) in table.iter_mut() {
        match value {
            toml::Value::String(text) => *text = with_limits(text, limits)?,
            toml::Value::Table(inner) => expand(inner, limits)?,
            _ => {}
        }
    }
    Ok(())
}
