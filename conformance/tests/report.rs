//! Shows what is made of report files, and that no damaged one is taken for a pass.

use conformance::report::contract::{Clause, Contract, Possible};
use conformance::report::{Report, badge, junit, markdown, matrix, play, read, site, values};
use insta::{assert_debug_snapshot, assert_snapshot};
use std::process::Command;

const FAILING: &str = include_str!("report/failing.ndjson");
const PASSING: &str = include_str!("report/passing.ndjson");
const CASES: &str = include_str!("report/cases.ndjson");
const NOTHING: &str = include_str!("report/nothing.ndjson");

fn report(text: &str) -> Report {
    read::parse(text).expect("the fixture is a whole report")
}

fn refusal(text: &str) -> String {
    format!("{:#}", read::parse(text).expect_err("it is no whole report"))
}

/// A small contract, so that the pages do not change with the real one.
fn contract() -> Contract {
    let clause = |id: &str, text: &str| Clause { id: id.to_owned(), level: "MUST".to_owned(), text: text.to_owned() };
    let possible = |operation: &str, outcome: &str, needs: Option<&str>| Possible {
        operation: operation.to_owned(),
        outcome: outcome.to_owned(),
        needs: needs.map(str::to_owned),
    };
    Contract {
        clauses: vec![
            clause("put-creates", "A PUT on nothing creates."),
            clause("options-tells-allow", "OPTIONS tells Allow."),
            clause("never-shown", "Nobody shows this."),
        ],
        outcomes: vec![
            possible("any", "414 target-too-long", None),
            possible("get", "200", None),
            possible("get", "404 document-not-found", None),
            possible("put", "200", None),
            possible("put", "201", None),
            possible("put", "412 precondition-failed", None),
            possible("put", "503 backlog-full", Some("write-behind")),
        ],
    }
}

/// A page without its style, which says nothing.
fn page(text: &str, name: &str) -> String {
    let pages = site::pages(&report(text), &contract()).expect("pages");
    let page = &pages.iter().find(|page| page.name == name).expect("there is such a page").text;
    let (head, rest) = page.split_once("<style>").expect("a style");
    format!("{head}{}", rest.split_once("</style>").expect("its end").1)
}

#[test]
fn a_file_that_is_cut_off_has_no_verdict() {
    let without_footer: String = PASSING.split_inclusive('\n').take(3).collect();
    assert_snapshot!(refusal(&without_footer), @"no footer after line 3: the run was cut off, and has no verdict");
    let in_a_line = &PASSING[..PASSING.len() - 40];
    assert_snapshot!(refusal(in_a_line), @"line 5: the line is cut off, and so was the run; it has no verdict");
    let without_its_end = PASSING.trim_end();
    assert_snapshot!(refusal(without_its_end), @"line 5: the line is cut off, and so was the run; it has no verdict");
    for lines in 0..PASSING.lines().count() {
        let text: String = PASSING.split_inclusive('\n').take(lines).collect();
        assert!(read::parse(&text).is_err(), "{lines} lines are no report");
    }
}

#[test]
fn lines_that_are_none_are_named() {
    assert_snapshot!(refusal(""), @"the file is empty: no run has written it");
    let unknown = PASSING.replacen("\"record\":\"batch\"", "\"record\":\"bunch\"", 1);
    assert_snapshot!(refusal(&unknown), @"line 2: no line of a report: unknown variant `bunch`, expected one of `header`, `batch`, `case`, `failure`, `footer` at line 1 column 17");
    let member = PASSING.replacen("\"unsure\":3", "\"unsure\":3,\"sure\":1", 1);
    assert!(refusal(&member).starts_with("line 2: no line of a report: unknown field `sure`"), "{}", refusal(&member));
    assert!(refusal(&PASSING.replacen("\n", "\n\n", 1)).starts_with("line 2: no line of a report"));
}

#[test]
fn lines_out_of_place_are_named() {
    let later = PASSING.replacen("\"format\":2", "\"format\":3,\"more\":true", 1);
    assert_snapshot!(refusal(&later), @"line 1: this is format 3, and this suite reads format 2");
    let headless: String = PASSING.split_inclusive('\n').skip(1).collect();
    assert_snapshot!(refusal(&headless), @"line 1: a report begins with its header, not with a batch");
    let twice = format!("{PASSING}{PASSING}");
    assert_snapshot!(refusal(&twice), @"line 6: there is more after the footer");
    let header = PASSING.lines().next().expect("a header");
    assert_snapshot!(refusal(&format!("{header}\n{PASSING}")), @"line 2: a second header; a file holds one run");
}

#[test]
fn a_footer_that_contradicts_the_lines_is_damaged() {
    let lost: String = PASSING.split_inclusive('\n').enumerate().filter(|(index, _)| *index != 2).map(|(_, line)| line).collect();
    assert_snapshot!(refusal(&lost), @"line 4: the footer contradicts the lines before it: it counts 102 that ran, and they are 101");
    let hushed = FAILING.replace("\"outcome\":\"differ\"", "\"outcome\":\"agree\"");
    assert_snapshot!(refusal(&hushed), @"line 7: the footer contradicts the lines before it: its outcome does not follow from its counts");
    let fewer: String = FAILING.split_inclusive('\n').enumerate().filter(|(index, _)| *index != 3).map(|(_, line)| line).collect();
    assert_snapshot!(refusal(&fewer), @"line 6: the footer contradicts the lines before it: it counts 3 failures, and they are 2");
    let other = PASSING.replacen("\"name\":\"ruby\"", "\"name\":\"perl\"", 1);
    assert_snapshot!(refusal(&other), @"line 5: the footer contradicts the lines before it: its targets are not those of the header");
}

#[test]
fn the_site_of_a_run_with_differences() {
    let names: Vec<String> = site::pages(&report(FAILING), &contract()).expect("pages").into_iter().map(|page| page.name).collect();
    assert_eq!(names, ["index.html", "failure-1.html", "failure-1.json", "failure-1.sh", "failure-3.html", "failure-3.json"]);
    assert_snapshot!("failing-index", page(FAILING, "index.html"));
    assert_snapshot!("failing-failure-1", page(FAILING, "failure-1.html"));
    assert_snapshot!("failing-failure-3", page(FAILING, "failure-3.html"));
}

#[test]
fn the_site_of_a_run_without_any() {
    assert_snapshot!("passing-index", page(PASSING, "index.html"));
}

#[test]
fn a_run_that_came_to_nothing_is_no_pass() {
    assert!(page(NOTHING, "index.html").contains("Nothing ran, and that is not passing"));
    assert!(page(CASES, "index.html").contains("No verdict: the suite could not do its part"));
    assert!(page(CASES, "index.html").contains("target ruby ended: exit status: 70"));
    assert!(badge::svg(&report(NOTHING)).expect("a badge").contains("nothing ran"));
    assert!(junit::xml(&report(NOTHING)).expect("XML").contains("errors=\"3\""));
}

/// The same run, in which an entry covers the difference; and one that was not cut off by a fault.
fn known() -> String {
    let of_ruby =
        CASES.replace("\"known\":null", "\"known\":\"known of ruby until 2026-12-31, us: by and by\"").replace("\"ruby\":\"failed\"", "\"ruby\":\"known\"");
    let counted = of_ruby.replace("\"failed\":1,\"known\":0", "\"failed\":0,\"known\":1").replace("\"known_failures\":0", "\"known_failures\":1");
    let (head, tail) = counted.split_once("\"fault\":").expect("a fault");
    let (_, tail) = tail.split_once(",\"list\"").expect("a list");
    format!("{head}\"fault\":null,\"list\"{tail}").replace("\"outcome\":\"harness\"", "\"outcome\":\"agree\"")
}

#[test]
fn what_is_known_is_never_told_as_passed() {
    let text = known();
    let index = page(&text, "index.html");
    assert!(index.contains("All targets agree but for 1 known divergence") && index.contains("known of ruby until 2026-12-31, us: by and by"));
    assert!(index.contains("<td class=\"known\"><span aria-hidden=\"true\">≈</span>"), "{index}");
    assert_snapshot!("known-junit", junit::xml(&report(&text)).expect("XML"));
    assert_snapshot!("known-summary", markdown::summary(&report(&text)).expect("a summary"));
    assert!(badge::svg(&report(&text)).expect("a badge").contains("1 agree, 1 known to differ"));
    let passed = text.replace("\"passed\":1,\"failed\":0,\"known\":1", "\"passed\":2,\"failed\":0,\"known\":1");
    assert!(refusal(&passed).contains("do not add up"), "{}", refusal(&passed));
}

#[test]
fn a_list_that_does_not_hold_is_no_pass() {
    let listed = PASSING.replace("\"list\":[]", "\"list\":[\"entry 1 matches nothing\"]");
    assert!(refusal(&listed).ends_with("its outcome does not follow from its counts"));
    let text = listed.replace("\"outcome\":\"agree\"", "\"outcome\":\"harness\"");
    assert!(page(&text, "index.html").contains("Not passed: the list of known divergences has to be mended"));
    assert!(page(&text, "index.html").contains("entry 1 matches nothing"));
    assert!(markdown::summary(&report(&text)).expect("a summary").contains("entry 1 matches nothing"));
    assert!(junit::xml(&report(&text)).expect("XML").contains("entry 1 matches nothing"));
}

#[test]
fn what_a_target_sends_is_never_markup() {
    assert!(page(FAILING, "failure-1.html").contains("&#60;b&#62;&#38;amp;&#60;/b&#62;"));
    assert!(!page(FAILING, "failure-1.html").contains("<b>"));
}

#[test]
fn junit_summary_and_badge() {
    assert_snapshot!("failing-junit", junit::xml(&report(FAILING)).expect("XML"));
    assert_snapshot!("cases-junit", junit::xml(&report(CASES)).expect("XML"));
    assert_snapshot!("failing-summary", markdown::summary(&report(FAILING)).expect("a summary"));
    assert_snapshot!("cases-summary", markdown::summary(&report(CASES)).expect("a summary"));
    assert_snapshot!("passing-badge", badge::svg(&report(PASSING)).expect("a badge"));
}

#[test]
fn one_failed_case_fails_a_clause_for_its_target_alone() {
    let rows = matrix::clauses(&report(CASES), &contract());
    let told: Vec<String> =
        rows.iter().map(|row| format!("{}: {:?}", row.clause.id, row.cells.iter().map(matrix::Shown::verdict).collect::<Vec<_>>())).collect();
    assert_debug_snapshot!("cases-clauses", told);
}

#[test]
fn values_are_marked_where_they_differ() {
    let finding = report(FAILING).failures.remove(0).finding;
    let long = |middle: &str| Some(format!("{}{middle}{}", "a".repeat(5_000), "b".repeat(10)));
    let finding = conformance::checker::finding::Finding {
        values: vec![(vec!["rust".to_owned()], long("xy")), (vec!["node".to_owned()], long("")), (vec!["ruby".to_owned()], None)],
        ..finding
    };
    let values = values::values(&finding);
    let different: Vec<Option<&str>> = values.iter().map(|value| value.text.as_ref().map(|text| text.different.as_str())).collect();
    assert_eq!(different, [Some("xy"), Some(""), None]);
    let before = &values[0].text.as_ref().expect("a text").before;
    assert!(before.starts_with("[4\u{202f}700 characters] … aaa") && before.len() < 400, "{before}");
}

#[test]
fn a_play_is_taken_apart_at_its_steps() {
    let steps = play::steps(&report(FAILING).failures[0].side_by_side);
    let told: Vec<(&str, bool, usize)> = steps.iter().map(|step| (step.heading.as_str(), step.here, step.parts.len())).collect();
    assert_eq!(told, [("0 put", false, 2), ("1 advance 60000", false, 1), ("2 put", true, 4)]);
    let row = |cells: [&str; 2]| format!("    | {:40} | {}\n", cells[0], cells[1]);
    let long = "x".repeat(39);
    let text = ["--- 0 get\n! body\n", &row(["rust", "node"]), &row([&format!("{long} "), "y"]), &row(["| z", ""])].concat();
    assert_debug_snapshot!("play-parts", play::steps(&text)[0].parts);
}

#[test]
fn the_command_writes_every_form_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let run = |text: &str, arguments: &[&str]| {
        std::fs::write(at("report.ndjson"), text).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command.current_dir(folder.path()).args(["report", "report.ndjson"]).args(arguments).output().expect("it starts")
    };
    let done = run(FAILING, &["--out", "site", "--junit", "junit.xml", "--markdown", "summary.md", "--badge", "badge.svg"]);
    assert_eq!(String::from_utf8_lossy(&done.stdout), "site/index.html\njunit.xml\nsummary.md\nbadge.svg\n");
    assert!(at("site/failure-3.html").exists() && at("junit.xml").exists() && at("summary.md").exists() && at("badge.svg").exists());
    // The pages of failures that are no more go away.
    assert_eq!(run(PASSING, &["--out", "site"]).status.code(), Some(0));
    assert!(at("site/index.html").exists() && !at("site/failure-3.html").exists());
    let cut = run(&PASSING[..PASSING.len() - 40], &["--out", "site"]);
    assert_eq!(cut.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&cut.stderr),
        "conformance: no report: report.ndjson: line 5: the line is cut off, and so was the run; it has no verdict\n"
    );
    assert_eq!(run(PASSING, &[]).status.code(), Some(64));
}

#[test]
fn the_contract_of_the_suite_can_be_shown() {
    let contract = Contract::own().expect("the contract's clauses");
    assert!(contract.clauses.len() > 50 && contract.outcomes.len() > 50);
    assert!(site::pages(&report(PASSING), &contract).expect("pages")[0].text.contains("options-tells-allow"));
}
