//! The page of one difference: who stands alone, the values beside each other, the sequence, how to see it again.

use crate::campaign::record::{Origin, Verdict};
use crate::checker::finding::Oracle;
use crate::report::Report;
use crate::report::groups::Group;
use crate::report::play::{self, Part, PlayedStep};
use crate::report::values::{self, Value};
use crate::report::words::{count, names, number, origin, route, span, word};
use askama::Template;

/// Like failures that are named; more are only counted.
const NAMED: usize = 50;

/// The pages before and after, in the order of the index.
#[derive(Clone, Debug, Default)]
pub struct Around {
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What the template shows.
#[derive(Template)]
#[template(path = "report/failure.html")]
pub struct FailurePage {
    number: u64,
    title: String,
    verdict: String,
    text: String,
    facts: Vec<(&'static str, String)>,
    values: Vec<Value>,
    steps: Vec<StepRow>,
    play: Vec<PlayedStep>,
    replay: Option<String>,
    file: Option<String>,
    curl: String,
    alike: Vec<String>,
    more: String,
    around: Around,
}

struct StepRow {
    index: usize,
    here: bool,
    text: String,
}

impl FailurePage {
    /// The page of a group.
    pub fn new(report: &Report, group: &Group<'_>, around: Around) -> FailurePage {
        let failure = group.shown;
        let finding = &failure.finding;
        let more = group.alike.len().saturating_sub(NAMED) as u64;
        FailurePage {
            number: failure.number,
            title: format!("{} of {}", finding.path, finding.kind),
            verdict: verdict(report, group),
            text: finding.text.clone(),
            facts: facts(group),
            values: values::values(finding),
            steps: steps(group),
            play: play::steps(&failure.side_by_side),
            replay: failure.replay.clone().or_else(|| again(report, &failure.of)),
            file: failure.file.clone(),
            curl: failure.curl.clone(),
            alike: group.alike.iter().take(NAMED).map(|failure| origin(&failure.of)).collect(),
            more: if more > 0 { number(more) } else { String::new() },
            around,
        }
    }
}

/// Who stands alone, in a sentence.
fn verdict(report: &Report, group: &Group<'_>) -> String {
    let finding = &group.shown.finding;
    let targets: Vec<String> = report.header.targets.iter().map(|target| target.name.clone()).collect();
    let all_alike = finding.values.iter().any(|(owners, _)| targets.iter().all(|target| owners.contains(target)));
    let others: Vec<String> = targets.into_iter().filter(|name| group.shown.targets.get(name) == Some(&Verdict::Passed)).collect();
    match (finding.alone.as_slice(), others.as_slice()) {
        ([], _) if all_alike => format!("All targets agree, and {} says otherwise.", judge(finding.oracle)),
        ([], _) => "No target is known to be right.".to_owned(),
        (alone, []) => format!("{} failed.", names(alone)),
        (alone, others) => format!("{} stood alone, {} did not.", names(alone), names(others)),
    }
}

/// Who says that something is wrong, if the targets agree.
fn judge(oracle: Oracle) -> &'static str {
    match oracle {
        Oracle::Expectation => "the case",
        Oracle::Model | Oracle::Stored => "the model",
        Oracle::Tables | Oracle::Pairwise | Oracle::Invariant | Oracle::Commands | Oracle::Alive => "the contract",
    }
}

fn facts(group: &Group<'_>) -> Vec<(&'static str, String)> {
    let failure = group.shown;
    let mut facts = vec![
        ("Found in", origin(&failure.of)),
        ("Route", failure.route.as_ref().map_or("none of its own".to_owned(), route)),
        ("Step", format!("{} ({})", failure.finding.step, failure.finding.kind)),
        ("Told by", word(failure.finding.oracle)),
    ];
    if let Some(known) = &failure.known {
        facts.push(("Known", known.clone()));
    }
    if let Some(shrink) = &failure.shrink {
        let end = if shrink.exhausted { "; the budget ended it" } else { "" };
        let plays = count(u64::from(shrink.executions), "play");
        facts.push(("Made small", format!("from {} steps to {} in {plays} and {}{end}", shrink.from, shrink.to, span(shrink.ms))));
        facts.push(("Failed again", format!("{} of 3 times", shrink.confirmed)));
    }
    facts
}

/// The steps of the sequence, each as a case file says it.
fn steps(group: &Group<'_>) -> Vec<StepRow> {
    let steps = group.shown.sequence["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let row = |(index, step): (usize, &serde_json::Value)| StepRow { index, here: index == group.shown.finding.step, text: step.to_string() };
    steps.iter().enumerate().map(row).collect()
}

/// The command that plays a sequence anew which was not saved.
fn again(report: &Report, of: &Origin) -> Option<String> {
    let Origin::Sequence { seed, number } = of else { return None };
    // What the run was restricted to decides which sequences the seed gives.
    let words: Vec<&str> = report.header.command.split(' ').collect();
    let kept = |flag: &str| words.windows(2).find(|pair| pair[0] == flag).map(|pair| format!(" {flag} {}", pair[1])).unwrap_or_default();
    let kept: String = ["--store", "--mode", "--fleet", "--targets", "--targets-file"].map(kept).concat();
    let model = if words.contains(&"--without-model") { " --without-model" } else { "" };
    Some(format!("cargo run -p conformance -- run --seed {seed} --first {number} --sequences 1{kept}{model}"))
}
