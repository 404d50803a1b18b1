//! How a report says numbers, routes, verdicts.

use super::Report;
use crate::campaign::record::{Failure, Fleet, Origin, Outcome, Route, Verdict};
use serde::Serialize;

/// A number with its thousands apart.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join("\u{202f}")
}

/// A number with what it counts, in the plural if it is one: `1 difference`, `3 differences`.
pub fn count(value: u64, thing: &str) -> String {
    format!("{} {thing}{}", number(value), if value == 1 { "" } else { "s" })
}

/// Milliseconds for people: `0.4 s`, `75 s`, `21 min`.
pub fn span(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{:.1} s", ms as f64 / 1000.0),
        10_000..300_000 => format!("{} s", (ms + 500) / 1000),
        _ => format!("{} min", (ms + 30_000) / 60_000),
    }
}

/// The word that a value has in the file.
pub fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `write-through, mysql`, and the profile if it is a special one.
pub fn route(route: &Route) -> String {
    let profile = word(route.profile);
    let special = if profile == "plain" { String::new() } else { format!(", {profile}") };
    format!("{}, {}{special}", word(route.mode), word(route.store))
}

/// Where a failing sequence came from.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Sequence { seed, number } => format!("sequence {number} of seed {seed}"),
        Origin::Case(name) => name.clone(),
    }
}

/// The same with the route, if there is one.
pub fn origin_on(failure: &Failure) -> String {
    let on = failure.route.as_ref().map(|on| format!(", on {}", route(on))).unwrap_or_default();
    format!("{}{on}", origin(&failure.of))
}

/// Names in a sentence: `rust`, `rust and node`, `rust, node and ruby`.
pub fn names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The whole command of a run, as it can be given again.
pub fn command(report: &Report) -> String {
    let command = &report.header.command;
    if command.starts_with("cargo ") { command.clone() } else { format!("cargo run -p conformance -- {command}") }
}

/// How the targets stood to each other.
pub fn fleet(fleet: Fleet) -> &'static str {
    match fleet {
        Fleet::Separate => "each target with stores of its own",
        Fleet::Mixed => "one fleet over shared stores, each step by another target",
    }
}

/// A sign beside the word, so that nobody needs the colour.
pub fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✓",
        Verdict::Failed => "✗",
        Verdict::Known => "≈",
        Verdict::Skipped => "○",
    }
}

/// The outcome as a heading.
pub fn headline(report: &Report) -> String {
    let footer = &report.footer;
    let (known, new) = super::groups::known_and_new(report);
    match footer.outcome {
        Outcome::Agree if known > 0 => format!("All targets agree but for {}", count(known, "known divergence")),
        Outcome::Agree => "All targets agree".to_owned(),
        Outcome::Differ => format!("{} found", count(new, "difference")),
        Outcome::Harness if footer.fault.is_none() => "Not passed: the list of known divergences has to be mended".to_owned(),
        Outcome::Harness => "No verdict: the suite could not do its part".to_owned(),
        Outcome::Nothing => "Nothing ran, and that is not passing".to_owned(),
    }
}

/// The counts as a sentence.
pub fn tally(report: &Report) -> String {
    let footer = &report.footer;
    let parts = [
        ("planned", footer.planned),
        ("ran", footer.ran),
        ("passed", footer.passed),
        ("failed", footer.failed),
        ("known to differ", footer.known),
        ("skipped", footer.skipped),
    ];
    parts.map(|(word, value)| format!("{} {word}", number(value))).join(", ")
}
