//! The report as JUnit XML: a test suite for each target.

use super::Report;
use super::words::{origin_on, route, tally};
use crate::campaign::record::{Case, Counts, Failure, Outcome, Verdict};
use quick_junit::{NonSuccessKind, Property, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The test that says whether everything ran that should have; no target passes without it.
const COMPLETE: &str = "everything planned ran";

/// The report in XML.
///
/// # Errors
/// When it cannot be written as XML.
pub fn xml(report: &Report) -> anyhow::Result<String> {
    let mut junit = Junit::new("conformance");
    junit.timestamp = report.header.started.parse().ok();
    junit.set_time(Duration::from_millis(report.footer.ms));
    for target in &report.header.targets {
        let mut suite = TestSuite::new(&*target.name);
        suite.add_property(Property::new("implementation", &*target.implementation));
        suite.add_property(Property::new("version", &*target.version));
        suite.add_property(Property::new("command", &*report.header.command));
        let counts = &report.footer.targets[&target.name];
        suite.add_test_case(complete(report, counts));
        suite.add_test_cases(report.cases.iter().map(|case| played(report, case, &target.name)));
        // Failures of cases were told with their cases.
        let sequences = report.failures.iter().filter(|failure| !report.cases.iter().any(|case| case.failure == Some(failure.number)));
        let told = |verdict: Option<&Verdict>| matches!(verdict, Some(Verdict::Failed | Verdict::Known));
        suite.add_test_cases(sequences.filter(|failure| told(failure.targets.get(&target.name))).map(sequence));
        junit.add_test_suite(suite);
    }
    Ok(junit.to_string()?)
}

fn complete(report: &Report, counts: &Counts) -> TestCase {
    let mut status = match (&report.footer.outcome, counts.skipped) {
        (Outcome::Harness | Outcome::Nothing, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (_, 1..) => TestCaseStatus::skipped(),
        _ => TestCaseStatus::success(),
    };
    if !matches!(status, TestCaseStatus::Success { .. }) {
        let list = || (!report.footer.list.is_empty()).then(|| report.footer.list.join("\n"));
        let fault = report.footer.fault.clone().or_else(list).unwrap_or_else(|| tally(report));
        status.set_message(fault);
    }
    let mut test = TestCase::new(COMPLETE, status);
    test.set_classname("conformance").set_system_out(tally(report));
    test
}

fn played(report: &Report, case: &Case, target: &str) -> TestCase {
    let failure = case.failure.and_then(|number| report.failures.iter().find(|failure| failure.number == number));
    let status = match case.targets.get(target) {
        Some(Verdict::Passed) => TestCaseStatus::success(),
        Some(Verdict::Failed | Verdict::Known) => failed(failure),
        Some(Verdict::Skipped) | None => TestCaseStatus::skipped(),
    };
    let on = case.route.as_ref().map(|on| format!(" ({})", route(on))).unwrap_or_default();
    let mut test = TestCase::new(format!("{}{on}", case.name), status);
    test.set_classname("conformance.cases").set_time(Duration::from_millis(case.ms));
    test
}

fn sequence(failure: &Failure) -> TestCase {
    let mut test = TestCase::new(origin_on(failure), failed(Some(failure)));
    test.set_classname("conformance.sequences");
    test
}

fn failed(failure: Option<&Failure>) -> TestCaseStatus {
    if let Some(known) = failure.and_then(|failure| failure.known.as_ref()) {
        let mut status = TestCaseStatus::skipped();
        status.set_message(known.clone());
        return status;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    if let Some(failure) = failure {
        let replay = failure.replay.as_ref().map(|replay| format!("\n\n{replay}")).unwrap_or_default();
        status.set_message(failure.finding.class().to_string()).set_type(super::words::word(failure.finding.oracle));
        status.set_description(format!("{}{replay}", failure.finding.text));
    }
    status
}
