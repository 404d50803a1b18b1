//! Checks the three language tools that no package manager of the system brings in a version that is new enough.

use crate::process;
use anyhow::bail;
use std::process::Command;

/// A tool, how it is asked for its version, the oldest one that will do, and where to get it.
struct Tool {
    name: &'static str,
    ask: &'static str,
    oldest: (u32, u32),
    from: &'static str,
}

const TOOLS: [Tool; 3] = [
    Tool { name: "cargo", ask: "--version", oldest: (1, 88), from: "rustup" },
    Tool { name: "node", ask: "--version", oldest: (20, 0), from: "nodejs.org, or nvm" },
    Tool { name: "go", ask: "version", oldest: (1, 24), from: "go.dev" },
];

/// Fails with one line that names every tool that is missing or too old.
pub fn verify() -> anyhow::Result<()> {
    let mut faults: Vec<String> = TOOLS.iter().filter_map(fault).collect();
    if process::find("npm").is_none() {
        faults.push("npm is missing (it comes with node)".to_owned());
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("; "));
    }
    Ok(())
}

fn fault(tool: &Tool) -> Option<String> {
    let Tool { name, ask, oldest: (major, minor), from } = tool;
    let Some(text) = process::output(Command::new(name).arg(ask)) else {
        return Some(format!("{name} is missing (wanted {major}.{minor} or newer, from {from})"));
    };
    let found = version(&text);
    (found < Some((*major, *minor))).then(|| format!("{name} is too old: {} (wanted {major}.{minor} or newer, from {from})", text.trim()))
}

/// The first `major.minor` in a text.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let mut numbers = text[start..].split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
