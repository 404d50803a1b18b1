//! Checks that tools and servers are there in a version that is new enough.

use crate::process;
use anyhow::ensure;
use std::process::Command;

/// A program, how it is asked for its version, the oldest one that will do, and where to get it.
struct Tool {
    name: &'static str,
    ask: &'static str,
    oldest: (u32, u32),
    from: &'static str,
}

/// What no package manager of the system brings new enough.
const TOOLS: [Tool; 3] = [
    Tool { name: "cargo", ask: "--version", oldest: (1, 88), from: "rustup" },
    Tool { name: "node", ask: "--version", oldest: (20, 0), from: "nodejs.org, or nvm" },
    Tool { name: "go", ask: "version", oldest: (1, 24), from: "go.dev" },
];

/// What set-up installs, or finds installed by somebody else.
const INSTALLED: [Tool; 3] = [
    Tool { name: "redis-server", ask: "--version", oldest: (7, 0), from: "a newer release of this system" },
    Tool { name: "mariadbd", ask: "--version", oldest: (10, 11), from: "a newer release of this system" },
    Tool { name: "ruby", ask: "--version", oldest: (3, 1), from: "a newer release of this system" },
];

/// Fails with one line that names every tool that is missing or too old.
pub fn verify() -> anyhow::Result<()> {
    let mut faults: Vec<String> = TOOLS.iter().filter_map(fault).collect();
    if process::find("npm").is_none() {
        faults.push("npm is missing (it comes with node)".to_owned());
    }
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}

/// The same for what set-up installs.
pub fn verify_installed() -> anyhow::Result<()> {
    let faults: Vec<String> = INSTALLED.iter().filter_map(fault).collect();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}

fn fault(tool: &Tool) -> Option<String> {
    let Tool { name, ask, oldest: (major, minor), from } = tool;
    let path = process::find(name);
    let Some(text) = path.and_then(|path| process::output(Command::new(path).arg(ask))) else {
        return Some(format!("{name} is missing (wanted {major}.{minor} or newer, from {from})"));
    };
    let found = version(&text);
    let too_old = || format!("{name} is too old: {} (wanted {major}.{minor} or newer, from {from})", text.lines().next().unwrap_or_default().trim());
    (found < Some((*major, *minor))).then(too_old)
}

/// The first `major.minor` in a text.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let mut numbers = text[start..].split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
