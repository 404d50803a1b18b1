//! The summary in Markdown, as a pull request or a job's page shows it.

use super::Report;
use super::groups::{Group, groups};
use super::words::{command, count, headline, names, number, origin, route, span, tally};
use crate::campaign::record::{Counts, Failure, Footer};
use askama::Template;

/// Differences that are listed; more are only counted.
const LISTED: usize = 20;

#[derive(Template)]
#[template(path = "report/summary.md")]
struct Summary<'a> {
    headline: String,
    tally: String,
    speed: String,
    command: String,
    fault: Option<String>,
    list: Vec<String>,
    targets: Vec<(String, &'a Counts)>,
    failures: Vec<Line>,
    more: Option<String>,
}

/// A difference in one line of a list.
struct Line {
    class: String,
    /// Why it may stand.
    known: Option<String>,
    from: String,
    replay: Option<String>,
}

/// The summary of a run.
///
/// # Errors
/// None that are known; the template library may have some.
pub fn summary(report: &Report) -> anyhow::Result<String> {
    let groups = groups(report);
    let Footer { fault, list, targets, steps, requests, ms, .. } = &report.footer;
    let shown = Summary {
        headline: headline(report),
        tally: tally(report),
        speed: format!("{}, {} in {}", count(*steps, "step"), count(*requests, "request"), span(*ms)),
        command: command(report),
        fault: fault.as_deref().map(plain),
        list: list.iter().map(|complaint| plain(complaint)).collect(),
        targets: report.header.targets.iter().filter_map(|target| Some((plain(&target.name), targets.get(&target.name)?))).collect(),
        failures: groups.iter().take(LISTED).map(line).collect(),
        more: (groups.len() > LISTED).then(|| number((groups.len() - LISTED) as u64)),
    };
    Ok(shown.render()?)
}

fn line(group: &Group<'_>) -> Line {
    let Failure { finding, of, route: on, replay, .. } = group.shown;
    let on = on.as_ref().map(|on| format!(", on {}", route(on))).unwrap_or_default();
    let alone = if finding.alone.is_empty() { String::new() } else { format!(", {} alone", names(&finding.alone)) };
    let class = plain(&format!("{} of {}{alone}", finding.path, finding.kind));
    let alike = if group.alike.is_empty() { String::new() } else { format!(", and {} more like it", number(group.alike.len() as u64)) };
    let known = group.shown.known.as_deref().map(plain);
    Line { class, known, from: plain(&format!("{}{alike}{on}", origin(of))), replay: replay.clone() }
}

/// A text in which nothing has a meaning in Markdown or HTML.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() && !matches!(character, ',' | '.' | ':' | '/' | '-') {
            plain.push('\\');
        }
        plain.push(if character.is_control() { ' ' } else { character });
    }
    plain
}
