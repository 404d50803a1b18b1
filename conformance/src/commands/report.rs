//! The command `report`: a run's report file in other forms.

use crate::campaign::record::Outcome;
use crate::report::contract::Contract;
use crate::report::site::Page;
use crate::report::{Report, badge, junit, markdown, read, site};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// What was asked for; at least one of the forms.
#[derive(Clone, Debug)]
pub struct Asked {
    pub file: PathBuf,
    /// The folder of the site.
    pub out: Option<PathBuf>,
    pub junit: Option<PathBuf>,
    pub markdown: Option<PathBuf>,
    pub badge: Option<PathBuf>,
}

/// Writes the forms; 0 if they are written, whatever the run came to.
pub fn report(asked: &Asked) -> u8 {
    match write_all(asked) {
        Ok(written) => {
            written.iter().for_each(|path| println!("{}", path.display()));
            0
        }
        Err(error) => {
            eprintln!("conformance: no report: {error:#}");
            Outcome::Harness.code()
        }
    }
}

fn write_all(asked: &Asked) -> anyhow::Result<Vec<PathBuf>> {
    let report = read::file(&asked.file)?;
    let mut written = Vec::new();
    if let Some(folder) = &asked.out {
        write_site(folder, &site::pages(&report, &Contract::own()?)?)?;
        written.push(folder.join("index.html"));
    }
    type Form = fn(&Report) -> anyhow::Result<String>;
    let forms: [(&Option<PathBuf>, Form); 3] = [(&asked.junit, junit::xml), (&asked.markdown, markdown::summary), (&asked.badge, badge::svg)];
    for (path, form) in forms {
        if let Some(path) = path {
            write(path, &form(&report)?)?;
            written.push(path.clone());
        }
    }
    Ok(written)
}

/// Writes the site, and removes pages of failures that an earlier report left in the folder.
fn write_site(folder: &Path, pages: &[Page]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for entry in std::fs::read_dir(folder)?.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_of_failure(&name) && !pages.iter().any(|page| page.name == name) {
            std::fs::remove_file(entry.path()).with_context(|| format!("{name} of an earlier report cannot be removed"))?;
        }
    }
    pages.iter().try_for_each(|page| write(&folder.join(&page.name), &page.text))
}

fn is_of_failure(name: &str) -> bool {
    let parts = name.strip_prefix("failure-").and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(number, kind)| number.bytes().all(|byte| byte.is_ascii_digit()) && matches!(kind, "html" | "json" | "sh"))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, format!("{}\n", text.trim_end())).with_context(|| format!("{} cannot be written", path.display()))
}
