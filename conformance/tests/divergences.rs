//! Holds the list of known divergences to being exact: an entry covers one difference of one target, and not for ever.

use conformance::checker::finding::{Finding, Oracle};
use conformance::divergences::judge::Run;
use conformance::divergences::{List, SEQUENCES, read};
use insta::assert_snapshot;
use std::path::PathBuf;

const ENTRY: &str = "[[divergence]]\ntarget = \"node\"\nwhere = \"delete/of-a-live-document\"\noracle = \"model\"\nkind = \"delete\"\npath = \"status\"\nreason = \"weak tags pass\"\nowner = \"us\"\nexpires = 2026-12-31\n";

fn targets() -> Vec<String> {
    ["rust", "node", "ruby"].map(str::to_owned).to_vec()
}

fn parse(text: &str) -> anyhow::Result<List> {
    Ok(List::new(PathBuf::from("known-divergences.toml"), read::parse(text, &targets(), "2026-11-25")?))
}

fn list(change: (&str, &str)) -> List {
    parse(&ENTRY.replace(change.0, change.1)).expect("a list")
}

fn refusal(change: (&str, &str)) -> String {
    format!("{:#}", parse(&ENTRY.replace(change.0, change.1)).expect_err("an entry that cannot be right"))
}

fn finding(alone: &[&str], path: &str) -> Finding {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let values = vec![(names(&["model", "rust"]), Some("412".to_owned())), (names(alone), Some("204".to_owned()))];
    let (kind, text) = ("delete".to_owned(), String::new());
    Finding { oracle: Oracle::Model, step: 1, kind, path: path.to_owned(), alone: names(alone), values, text }
}

const CASE: &str = "delete/of-a-live-document";

fn everybody(targets: &[String]) -> Run<'_> {
    Run { targets, all: 3, model: true }
}

#[test]
fn an_entry_covers_its_difference_and_no_other() {
    let list = list(("", ""));
    assert_snapshot!(list.covers(&finding(&["node"], "status"), CASE).expect("it is known"), @"known of node until 2026-12-31, us: weak tags pass");
    assert_eq!(list.covers(&finding(&["node"], "status"), "delete/another-case"), None);
    assert_eq!(list.covers(&finding(&["node"], "status"), SEQUENCES), None);
    assert_eq!(list.covers(&finding(&["node"], "body"), CASE), None);
    assert_eq!(list.covers(&finding(&["ruby"], "status"), CASE), None);
    assert_eq!(list.covers(&Finding { oracle: Oracle::Pairwise, ..finding(&["node"], "status") }, CASE), None);
    assert_eq!(list.covers(&Finding { kind: "put".to_owned(), ..finding(&["node"], "status") }, CASE), None);
    assert_eq!(list.complaints(), Vec::<String>::new());
}

#[test]
fn everyone_who_is_wrong_needs_an_entry() {
    let both = finding(&["node", "ruby"], "status");
    assert_eq!(list(("", "")).covers(&both, CASE), None);
    let two = parse(&format!("{ENTRY}\n{}", ENTRY.replace("node", "ruby"))).expect("a list");
    assert!(two.covers(&both, CASE).is_some());
    // Where all agree and the model says otherwise nobody stands alone, and all are wrong.
    assert_eq!(two.covers(&Finding { alone: Vec::new(), values: vec![(targets(), Some("204".to_owned()))], ..both }, CASE), None);
}

#[test]
fn an_entry_may_be_pinned_to_what_the_target_has() {
    let pinned = |found: &str| list(("reason", &format!("found = \"{found}\"\nreason")));
    assert!(pinned("204").covers(&finding(&["node"], "status"), CASE).is_some());
    assert_eq!(pinned("200").covers(&finding(&["node"], "status"), CASE), None);
}

#[test]
fn an_entry_whose_subject_passes_fails_the_run() {
    let list = list(("", ""));
    assert_eq!(list.complaints(), Vec::<String>::new(), "nothing was played yet");
    list.reach(0);
    assert_snapshot!(list.complaints().join("\n"), @"known-divergences.toml: entry 1 (target node, where delete/of-a-live-document, model, status of delete) matches nothing: case delete/of-a-live-document passes now; remove the entry");
}

#[test]
fn an_entry_that_matches_more_than_one_kind_of_difference_is_too_broad() {
    let list = list(("path = \"status\"", "path = \"header *\""));
    assert!(list.covers(&finding(&["node"], "header etag"), CASE).is_some());
    assert_eq!(list.complaints(), Vec::<String>::new());
    assert!(list.covers(&finding(&["node"], "header allow"), CASE).is_some());
    assert_snapshot!(list.complaints().join("\n"), @"known-divergences.toml: entry 1 (target node, where delete/of-a-live-document, model, header * of delete) is too broad: it matches 2 kinds of differences (header allow of delete, header etag of delete); write an entry for each that is known");
}

#[test]
fn entries_that_cannot_be_right_are_refused() {
    assert_snapshot!(refusal(("\"status\"", "\"*\"")), @"entry 1 (target node, where delete/of-a-live-document, model, * of delete): it is too broad, since * covers everything; name where it is, the kind of step and the path of the one difference");
    assert_snapshot!(refusal(("2026-12-31", "2026-11-25")), @"entry 1 (target node, where delete/of-a-live-document, model, status of delete): it has expired on 2026-11-25; mend the difference, or have us give it another day");
    assert_snapshot!(refusal(("\"node\"", "\"nod\"")), @"entry 1 (target nod, where delete/of-a-live-document, model, status of delete): there is no target nod; write one of rust, node, ruby, or remove the entry");
    assert_snapshot!(refusal(("weak tags pass", "")), @"entry 1 (target node, where delete/of-a-live-document, model, status of delete): reason and owner say why it may stand and who mends it; neither may be empty");
    assert_snapshot!(refusal(("\"model\"", "\"alive\"")), @"entry 1 (target node, where delete/of-a-live-document, alive, status of delete): a target that dies or hangs cannot be let pass; remove the entry");
    assert_snapshot!(refusal(("delete/of-a-live-document", "sequences")), @"entry 1 (target node, where sequences, model, status of delete): example belongs to where = \"sequences\", and has to be there then");
    assert!(refusal(("reason", "because")).contains("unknown field `because`"));
    let twice = parse(&format!("{ENTRY}{ENTRY}")).expect_err("one is enough");
    assert_snapshot!(format!("{twice:#}"), @"entry 2 (target node, where delete/of-a-live-document, model, status of delete): it is there twice; remove one of the two");
}

#[test]
fn a_run_judges_only_what_it_can_show() {
    let all = targets();
    let two = ["rust".to_owned(), "node".to_owned()];
    let scope = |list: &List, run: Run<'_>| list.in_scope(run).len();
    assert_eq!(scope(&list(("", "")), everybody(&all)), 1);
    assert_eq!(scope(&list(("", "")), everybody(&two[..1])), 0, "without the target");
    let pairwise = list(("\"model\"", "\"pairwise\""));
    assert_eq!((scope(&pairwise, everybody(&all)), scope(&pairwise, everybody(&two))), (1, 0), "who stands alone depends on who is there");
    let sequences = list(("where = \"delete/of-a-live-document\"", "where = \"sequences\"\nexample = \"conformance/known-divergences.toml\""));
    assert_eq!(scope(&sequences, Run { model: false, ..everybody(&all) }), 0, "without the model");
}

#[test]
fn the_repository_has_no_known_divergence() {
    let list = read::beside(&conformance::targets::root().join("conformance/targets.toml"), &targets()).expect("the list of the repository");
    assert!(list.file.is_file() && list.entries.is_empty());
}
