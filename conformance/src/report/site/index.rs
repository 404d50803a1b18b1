//! The first page: the verdict, counts of each target, differences, matrices, cases.

use crate::campaign::record::Verdict;
use crate::checker::variation::{TABLE, Variation};
use crate::report::Report;
use crate::report::contract::Contract;
use crate::report::groups::Group;
use crate::report::matrix::{self, Seen};
use crate::report::words::{count, fleet, headline, names, number, origin_on, route, sign, span, tally, word};
use askama::Template;

/// What the template shows.
#[derive(Template)]
#[template(path = "report/index.html")]
pub struct Index {
    headline: String,
    /// The class of the headline.
    outcome: String,
    tally: String,
    fault: Option<String>,
    /// What is wrong with the list of known divergences.
    list: Vec<String>,
    facts: Vec<(&'static str, String)>,
    targets: Vec<TargetRow>,
    failures: Vec<FailureRow>,
    clauses: Vec<ClauseRow>,
    /// `41 of 120 clauses`.
    clauses_shown: String,
    outcomes: Vec<OperationRow>,
    outcomes_seen: String,
    cases: Vec<CaseRow>,
    kinds: Vec<(String, String)>,
    variations: &'static [Variation],
}

struct TargetRow {
    name: String,
    what: String,
    /// Planned, ran, passed, failed, known to differ, skipped.
    counts: [String; 6],
    failed: bool,
}

struct FailureRow {
    page: String,
    title: String,
    alone: String,
    /// Whether several stand alone.
    many: bool,
    from: String,
    alike: String,
    /// Why it may stand.
    known: Option<String>,
}

struct ClauseRow {
    id: String,
    level: String,
    text: String,
    cells: Vec<Cell>,
}

/// A verdict of one target: class and word, sign, how many.
struct Cell {
    word: String,
    sign: &'static str,
    times: String,
}

struct OperationRow {
    operation: String,
    outcomes: Vec<OutcomeMark>,
}

struct OutcomeMark {
    outcome: String,
    class: &'static str,
    times: String,
}

struct CaseRow {
    name: String,
    route: String,
    cells: Vec<Cell>,
    page: Option<String>,
}

impl Index {
    /// The page of a report whose failures are in `groups`.
    pub fn new(report: &Report, contract: &Contract, groups: &[Group<'_>]) -> Index {
        let clauses: Vec<ClauseRow> = matrix::clauses(report, contract).into_iter().map(clause).collect();
        let shown = clauses.iter().filter(|row| row.cells.iter().any(|cell| cell.word != NOT_SHOWN)).count();
        let seen = matrix::outcomes(report, contract);
        let reachable = || seen.iter().flat_map(|row| &row.outcomes).filter(|seen| seen.needs.is_none());
        Index {
            headline: headline(report),
            outcome: word(report.footer.outcome),
            tally: tally(report),
            fault: report.footer.fault.clone(),
            list: report.footer.list.clone(),
            facts: facts(report),
            targets: targets(report),
            failures: groups.iter().map(failure).collect(),
            clauses_shown: format!("{shown} of {} clauses", clauses.len()),
            clauses,
            outcomes_seen: format!("{} of {} outcomes", reachable().filter(|seen| seen.times > 0).count(), reachable().count()),
            outcomes: seen.iter().map(|row| OperationRow { operation: row.operation.clone(), outcomes: row.outcomes.iter().map(mark).collect() }).collect(),
            cases: report.cases.iter().map(|case| self::case(report, case, groups)).collect(),
            variations: &TABLE,
            kinds: report.footer.kinds.iter().map(|(kind, times)| (kind.clone(), number(*times))).collect(),
        }
    }
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let (header, footer) = (&report.header, &report.footer);
    let things = if report.cases.is_empty() { "sequences" } else { "plays" };
    let rate = footer.ran as f64 * 1000.0 / (footer.ms.max(1) as f64);
    let stores: Vec<String> = header.stores.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut facts = vec![
        ("Command", header.command.clone()),
        ("Started", header.started.clone()),
        ("Fleet", fleet(header.fleet).to_owned()),
        ("Stores", format!("{} ({})", names(&stores), header.provider)),
        ("Played", format!("{}, {} in {}: {rate:.1} {things}/s", count(footer.steps, "step"), count(footer.requests, "request"), span(footer.ms))),
        ("Memory", format!("{} MiB at most", footer.memory_bytes / 1024 / 1024)),
        ("Suite", header.suite.clone()),
    ];
    if footer.unsure > 0 {
        facts.push((
            "Model",
            format!("did not know every answer in {} that passed; there the targets were only compared with each other", number(footer.unsure)),
        ));
    }
    facts
}

fn targets(report: &Report) -> Vec<TargetRow> {
    let row = |target: &crate::campaign::record::Target| {
        let counts = &report.footer.targets[&target.name];
        TargetRow {
            name: target.name.clone(),
            what: format!("{} {}", target.implementation, target.version),
            counts: [counts.planned, counts.ran, counts.passed, counts.failed, counts.known, counts.skipped].map(number),
            failed: counts.failed > 0,
        }
    };
    report.header.targets.iter().map(row).collect()
}

fn failure(group: &Group<'_>) -> FailureRow {
    let finding = &group.shown.finding;
    FailureRow {
        page: group.page(),
        title: format!("{} of {}", finding.path, finding.kind),
        alone: if finding.alone.is_empty() { "Nobody".to_owned() } else { names(&finding.alone) },
        many: finding.alone.len() > 1,
        from: origin_on(group.shown),
        alike: number(group.alike.len() as u64),
        known: group.shown.known.clone(),
    }
}

const NOT_SHOWN: &str = "not shown";

fn clause(row: matrix::ClauseRow) -> ClauseRow {
    let cell = |shown: &matrix::Shown| {
        let times = match shown.verdict() {
            Some(Verdict::Passed) => shown.passed,
            Some(Verdict::Failed) => shown.failed,
            Some(Verdict::Known) => shown.known,
            Some(Verdict::Skipped) | None => shown.skipped,
        };
        self::cell(shown.verdict(), if times == 0 { String::new() } else { times.to_string() })
    };
    ClauseRow { cells: row.cells.iter().map(cell).collect(), id: row.clause.id, level: row.clause.level, text: row.clause.text }
}

fn cell(verdict: Option<Verdict>, times: String) -> Cell {
    Cell { word: verdict.map_or(NOT_SHOWN.to_owned(), word), sign: verdict.map_or("–", sign), times }
}

fn mark(seen: &Seen) -> OutcomeMark {
    let (class, times) = match (seen.times, &seen.needs) {
        (0, Some(needs)) => ("later", format!("needs {needs}")),
        (0, None) => ("unseen", "not seen".to_owned()),
        (times, _) => ("seen", format!("× {}", number(times))),
    };
    OutcomeMark { outcome: seen.outcome.clone(), class, times }
}

fn case(report: &Report, case: &crate::campaign::record::Case, groups: &[Group<'_>]) -> CaseRow {
    let failed = |group: &&Group<'_>| group.alike.iter().chain([&group.shown]).any(|failure| Some(failure.number) == case.failure);
    CaseRow {
        name: case.name.clone(),
        route: case.route.as_ref().map(route).unwrap_or_default(),
        cells: report.header.targets.iter().map(|target| cell(case.targets.get(&target.name).copied(), String::new())).collect(),
        page: groups.iter().find(failed).map(Group::page),
    }
}
