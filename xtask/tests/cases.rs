//! The generated cases cannot go out of step with the contract: what it gains they gain, or the generator says what is missing.

use serde_json::json;
use std::fs;
use std::path::PathBuf;
use xtask::codegen::cases::{FOLDER, Vectors, emit};
use xtask::codegen::contract::{Contract, Error, Operation, Outcome};
use xtask::codegen::{Generated, settle};

fn contract() -> Contract {
    Contract::read(&xtask::root().join("contract")).unwrap()
}

fn vectors() -> Vectors {
    Vectors::read(&xtask::root().join("contract/vectors")).unwrap()
}

fn cases(contract: &Contract) -> Vec<Generated> {
    emit(contract, &vectors()).unwrap()
}

fn steps(files: &[Generated]) -> usize {
    files.iter().map(|file| serde_json::from_str::<serde_json::Value>(&file.text).unwrap()["steps"].as_array().unwrap().len()).sum()
}

fn fault(contract: &Contract) -> String {
    format!("{:#}", emit(contract, &vectors()).err().expect("there is a gap"))
}

fn operation<'a>(contract: &'a mut Contract, name: &str) -> &'a mut Operation {
    contract.operations.iter_mut().find(|operation| operation.name == name).unwrap()
}

#[test]
fn every_request_says_what_it_must_come_to() {
    for file in cases(&contract()) {
        let case: serde_json::Value = serde_json::from_str(&file.text).unwrap();
        let silent = case["steps"].as_array().unwrap().iter().find(|step| step.get("plant_rows").is_none() && step.get("expect").is_none());
        assert_eq!(silent, None, "{}", file.path.display());
    }
}

#[test]
fn a_limit_that_no_case_meets_is_named() {
    let mut contract = contract();
    contract.limits.insert("comment_bytes".to_owned(), toml::toml! { value = 7 }.into());
    assert!(fault(&contract).starts_with("limits.toml: no generated case meets comment_bytes; write its edges in "));
}

#[test]
fn another_value_of_a_limit_moves_its_edges() {
    let mut contract = contract();
    contract.limits["id_bytes"]["value"] = 100.into();
    let moved = cases(&contract);
    let limits = moved.iter().find(|file| file.path.ends_with("limits-of-documents.json")).unwrap();
    assert!(limits.text.contains(&format!("\"{}\"", "x".repeat(100))) && limits.text.contains(&format!("\"{}\"", "x".repeat(101))));
}

#[test]
fn a_limit_that_is_gone_is_missed() {
    let mut contract = contract();
    contract.limits.remove("stop_grace_ms");
    assert_eq!(fault(&contract), "limits.toml has no stop_grace_ms, which generated cases use");
}

#[test]
fn an_error_that_no_case_meets_is_named() {
    let mut contract = contract();
    contract.errors.push(Error { slug: "too-late".to_owned(), status: 410, detail: "Gone.".to_owned(), retry_after_s: None });
    assert_eq!(fault(&contract), "errors.toml: no operation has too-late; add it to the outcomes in operations.toml");
    operation(&mut contract, "put").outcomes.push(Outcome { status: 410, problem: Some("too-late".to_owned()), needs: None });
    assert!(fault(&contract).starts_with("operations.toml: no generated case makes put answer too-late; write how in "));
}

#[test]
fn an_outcome_more_is_a_step_more() {
    let whole = contract();
    let mut without = contract();
    operation(&mut without, "patch").outcomes.retain(|outcome| outcome.problem.as_deref() != Some("too-deep"));
    assert_eq!(steps(&cases(&whole)), steps(&cases(&without)) + 1);
}

#[test]
fn a_resource_more_is_asked_with_every_method() {
    let whole = contract();
    let mut more = contract();
    let outcomes = vec![Outcome { status: 200, problem: None, needs: None }];
    more.operations.push(Operation {
        name: "news".to_owned(),
        text: "News".to_owned(),
        methods: vec!["GET".to_owned(), "HEAD".to_owned()],
        resource: "news".to_owned(),
        path: Some("/_news".to_owned()),
        body: None,
        outcomes,
    });
    // All that the contract knows, and one that nobody knows.
    assert_eq!(steps(&cases(&more)), steps(&cases(&whole)) + whole.headers.methods.len() + 1);
}

#[test]
fn a_method_of_documents_needs_cases_with_preconditions() {
    let mut contract = contract();
    operation(&mut contract, "get").methods.push("QUERY".to_owned());
    assert!(fault(&contract).starts_with("operations.toml: QUERY of a document has no cases with preconditions; write them in "));
}

#[test]
fn a_vector_more_is_a_pair_more() {
    let contract = contract();
    let mut more = vectors();
    more.json.push(json!({"name": "one more", "input": {"text": "{\"${a}\": 1}"}, "expect": {"canonical": {"text": "{\"${a}\":1}"}}}));
    let files = emit(&contract, &more).unwrap();
    assert_eq!(steps(&files), steps(&cases(&contract)) + 2);
    assert!(files.iter().all(|file| !file.text.contains("${a}")), "what a case would fill in is written in hex");
}

#[test]
fn a_case_that_is_no_longer_generated_is_named_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let left = PathBuf::from(FOLDER).join("left-over.json");
    fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
    fs::write(folder.path().join(&left), "{}").unwrap();
    assert_eq!(settle(folder.path(), Vec::new(), true).unwrap(), std::slice::from_ref(&left));
    assert_eq!(settle(folder.path(), Vec::new(), false).unwrap(), [left]);
    assert!(settle(folder.path(), Vec::new(), true).unwrap().is_empty());
}
