//! Reads the command line (docs/reference/command-line.md).

use super::address::is_address;
use super::messages::fill;
use crate::generated::contract::{line, usage};

const WORKERS: std::ops::RangeInclusive<usize> = 1..=256;

/// What was asked for; the last of repeated arguments wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Path of the routing file.
    pub config: Option<String>,
    pub listen: Option<String>,
    pub workers: Option<usize>,
    /// requests, events or none.
    pub log: Option<String>,
    /// Only validate the file.
    pub check: bool,
    /// HOST:PORT of the proxy to ask.
    pub health: Option<String>,
    pub version: bool,
    pub help: bool,
}

/// The arguments after the program's name.
///
/// # Errors
/// The line for stderr; the exit code is `exit::USAGE`.
pub fn parse(arguments: &[String]) -> Result<Arguments, String> {
    let mut parsed = Arguments::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (argument.as_str(), None),
        };
        let flag = match name {
            "--check" => &mut parsed.check,
            "--version" => &mut parsed.version,
            "--help" => &mut parsed.help,
            "--config" | "--listen" | "--workers" | "--log" | "--health" => {
                // Another option is no value, unless it is attached.
                let value = attached.or_else(|| rest.next().map(String::as_str).filter(|value| !value.starts_with("--")));
                let value = value.filter(|value| !value.is_empty()).ok_or_else(|| fault(usage::NO_VALUE, name))?;
                take_value(&mut parsed, name, value)?;
                continue;
            }
            _ => return Err(fault(usage::UNKNOWN, argument)),
        };
        if attached.is_some() {
            return Err(fault(usage::BAD_VALUE, name));
        }
        *flag = true;
    }
    let needs_config = !(parsed.help || parsed.version || parsed.health.is_some());
    if needs_config && parsed.config.is_none() {
        return Err(fault(usage::NO_CONFIG, ""));
    }
    Ok(parsed)
}

fn take_value(parsed: &mut Arguments, name: &str, value: &str) -> Result<(), String> {
    let good = match name {
        "--workers" => {
            // In its one spelling: `+2` and `02` would parse, too.
            let workers = value.parse().ok().filter(|count: &usize| count.to_string() == value && WORKERS.contains(count));
            parsed.workers = workers;
            workers.is_some()
        }
        "--log" => ["requests", "events", "none"].contains(&value),
        "--listen" | "--health" => is_address(value),
        _ => true,
    };
    if !good {
        return Err(fault(usage::BAD_VALUE, name));
    }
    match name {
        "--config" => parsed.config = Some(value.to_owned()),
        "--listen" => parsed.listen = Some(value.to_owned()),
        "--log" => parsed.log = Some(value.to_owned()),
        "--health" => parsed.health = Some(value.to_owned()),
        _ => {}
    }
    Ok(())
}

fn fault(what: &str, argument: &str) -> String {
    fill(line::USAGE, &[("what", &fill(what, &[("argument", argument)]))])
}
