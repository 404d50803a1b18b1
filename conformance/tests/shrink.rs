//! Making a failure small: against faults that are planted in an executor of the tests' own, of which the shortest
//! failing sequence is known.

use conformance::checker::finding::{Finding, Oracle};
use conformance::sequence::{Action, Etags, Key, Mode, Sequence, Step, StoreKind, read, write};
use conformance::shrink::{Budget, Shrunk, shrink, without};
use conformance::workload::Workload;
use std::cell::Cell;
use std::collections::HashMap;

/// What a planted fault sees: the steps so far, and whether it shows at the last of them.
type Fault = fn(&[Step]) -> bool;

fn found(step: usize, action: &Action) -> Finding {
    Finding {
        oracle: Oracle::Pairwise,
        step,
        kind: action.kind().to_owned(),
        path: "status".to_owned(),
        alone: vec!["node".to_owned()],
        values: Vec::new(),
        text: String::new(),
    }
}

/// The first step at which a fault shows.
fn play(sequence: &Sequence, fault: Fault) -> Option<Finding> {
    (0..sequence.steps.len()).find(|last| fault(&sequence.steps[..=*last])).map(|step| found(step, &sequence.steps[step].action))
}

fn key(action: &Action) -> Option<&Key> {
    match action {
        Action::Put(write) | Action::Patch(write) => Some(&write.key),
        Action::Delete(remove) => Some(&remove.key),
        Action::Get(read) | Action::Head(read) => Some(&read.key),
        _ => None,
    }
}

/// The indices of earlier steps of a kind about the document of the last one.
fn same(steps: &[Step], kind: &str) -> Vec<usize> {
    let Some((last, earlier)) = steps.split_last() else { return Vec::new() };
    earlier.iter().enumerate().filter(|(_, step)| step.action.kind() == kind && key(&step.action) == key(&last.action)).map(|(index, _)| index).collect()
}

fn last_is(steps: &[Step], kind: &str) -> bool {
    steps.last().is_some_and(|step| step.action.kind() == kind)
}

/// Each with its name and the length of the shortest sequence that shows it.
const FAULTS: [(&str, usize, Fault); 12] = [
    ("every delete", 1, |steps| last_is(steps, "delete")),
    ("a patch that says null", 1, |steps| matches!(&steps[steps.len() - 1].action, Action::Patch(write) if format!("{:?}", write.body).contains("Null"))),
    (
        "a conditional put",
        1,
        |steps| matches!(&steps[steps.len() - 1].action, Action::Put(write) if matches!(&write.if_none_match, Some(Etags::Text(text)) if text == "*")),
    ),
    ("a get after a put", 2, |steps| last_is(steps, "get") && !same(steps, "put").is_empty()),
    ("a get after two puts", 3, |steps| last_is(steps, "get") && same(steps, "put").len() > 1),
    ("a get after put and delete", 3, |steps| {
        let (puts, deletes) = (same(steps, "put"), same(steps, "delete"));
        last_is(steps, "get") && puts.first().is_some_and(|put| deletes.iter().any(|delete| delete > put))
    }),
    ("a tag of an earlier put", 2, |steps| {
        let Action::Get(get) = &steps[steps.len() - 1].action else { return false };
        matches!(&get.if_none_match, Some(Etags::Of(of)) if matches!(&of.etag_of, conformance::sequence::StepRef::Index(index) if last_is(&steps[..=*index], "put")))
    }),
    ("a list after two documents", 3, |steps| {
        let keys: Vec<&Key> = steps.iter().filter(|step| matches!(step.action, Action::Put(_))).filter_map(|step| key(&step.action)).collect();
        last_is(steps, "list") && keys.iter().any(|key| *key != keys[0])
    }),
    ("a put after an odd number of puts, at least three", 4, |steps| {
        last_is(steps, "put") && same(steps, "put").len() > 2 && same(steps, "put").len() % 2 == 1
    }),
    ("a get after a put unless the entry ran out", 2, |steps| {
        let expired = steps.iter().any(|step| matches!(&step.action, Action::Expire(of) if Some(of) == key(&steps[steps.len() - 1].action)));
        last_is(steps, "get") && !expired && !same(steps, "put").is_empty()
    }),
    ("a put after time has passed", 2, |steps| last_is(steps, "put") && steps.iter().any(|step| matches!(step.action, Action::Advance(_)))),
    ("a get after put, patch, patch", 4, |steps| {
        let (puts, patches) = (same(steps, "put"), same(steps, "patch"));
        last_is(steps, "get") && puts.first().is_some_and(|put| patches.iter().filter(|patch| *patch > put).count() > 1)
    }),
];

fn shrunk(sequence: &Sequence, fault: Fault, budget: Budget) -> Option<(Shrunk, u32)> {
    let finding = play(sequence, fault)?;
    let plays = Cell::new(0);
    let playing = async |sequence: &Sequence| {
        plays.set(plays.get() + 1);
        anyhow::Ok(play(sequence, fault))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let shrunk = runtime.block_on(shrink(sequence, finding, budget, playing)).expect("the executor does not fail");
    Some((shrunk, plays.get()))
}

fn generated(seed: u64, count: u64) -> Vec<Sequence> {
    let workload = Workload::new(seed, &[Mode::WriteThrough], &[StoreKind::Mysql]);
    (0..count).map(|number| workload.sequence(number).expect("strategies do not give up").sequence).collect()
}

#[test]
fn failures_become_as_short_as_they_can_be() {
    let mut ratios: Vec<f64> = Vec::new();
    let mut seen: HashMap<&str, u32> = HashMap::new();
    for sequence in generated(11, 120) {
        for (name, shortest, fault) in FAULTS {
            let Some((shrunk, _)) = shrunk(&sequence, fault, Budget::default()) else { continue };
            assert_eq!(shrunk.report.confirmed, 3, "{name}");
            assert_eq!(shrunk.finding.step + 1, shrunk.sequence.steps.len(), "{name}");
            ratios.push(shrunk.sequence.steps.len() as f64 / shortest as f64);
            *seen.entry(name).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), FAULTS.len(), "{seen:?}");
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios[(ratios.len() as f64 * share) as usize];
    assert!(ratios.len() > 400, "{seen:?}");
    assert!(at(0.5) <= 1.0 && at(0.9) <= 1.0 && at(0.99) <= 1.5, "median {}, 90 % {}, 99 % {} of {}", at(0.5), at(0.9), at(0.99), ratios.len());
}

#[test]
fn what_is_left_is_a_case_file_and_fails_alike() {
    for sequence in generated(12, 40) {
        for (name, _, fault) in FAULTS {
            let Some((shrunk, _)) = shrunk(&sequence, fault, Budget::default()) else { continue };
            let text = write::text(&shrunk.sequence).expect("it is written");
            let again = read::parse(&text).unwrap_or_else(|error| panic!("{name}: {error:#}\n{text}"));
            assert_eq!(play(&again, fault).map(|finding| finding.class()), Some(shrunk.finding.class()), "{name}");
        }
    }
}

#[test]
fn operands_become_simple() {
    let fault: Fault = |steps| last_is(steps, "get") && !same(steps, "put").is_empty();
    for sequence in generated(13, 30) {
        let Some((shrunk, _)) = shrunk(&sequence, fault, Budget::default()) else { continue };
        let text = write::text(&shrunk.sequence).expect("it is written");
        assert!(text.contains("{\"put\": {\"key\": 0, \"body\": {\"json\": {}}}}") && text.contains("{\"get\": {\"key\": 0}}"), "{text}");
    }
}

#[test]
fn an_odd_spelling_becomes_the_canonical_one() {
    let fault: Fault = |steps| matches!(&steps[0].action, Action::Put(write) if format!("{:?}", write.body).contains('7'));
    let text = r#"{"why": "w", "steps": [{"put": {"key": 0, "body": {"text": "{ \"b\" : [ 1 ],\n\"a\":\t{ \"c\": 7 } }"}}}]}"#;
    let (shrunk, _) = shrunk(&read::parse(text).expect("a case"), fault, Budget::default()).expect("it fails");
    let text = write::text(&shrunk.sequence).expect("it is written");
    assert!(text.contains(r#""json":"#) && !text.contains(r#""b""#), "{text}");
}

#[test]
fn a_list_of_tags_gets_shorter() {
    let fault: Fault = |steps| matches!(&steps[0].action, Action::Get(get) if matches!(&get.if_none_match, Some(Etags::List(list)) if list.len() > 1));
    let text = r#"{"why": "w", "steps": [{"get": {"key": 0, "if_none_match": ["\"a\"", "\"b\"", "\"c\"", "\"d\""]}}]}"#;
    let (shrunk, _) = shrunk(&read::parse(text).expect("a case"), fault, Budget::default()).expect("it fails");
    let Action::Get(get) = &shrunk.sequence.steps[0].action else { panic!("it was a get") };
    assert!(matches!(&get.if_none_match, Some(Etags::List(list)) if list.len() == 2), "{get:?}");
}

#[test]
fn the_budget_is_kept() {
    for executions in [4, 10, 30] {
        let budget = Budget { executions, ..Budget::default() };
        for sequence in generated(14, 30) {
            for (_, _, fault) in FAULTS {
                let Some((shrunk, plays)) = shrunk(&sequence, fault, budget) else { continue };
                assert!(plays <= executions && shrunk.report.executions == plays);
                assert!(play(&shrunk.sequence, fault).is_some());
            }
        }
    }
}

#[test]
fn a_failure_that_does_not_come_again_is_not_made_small() {
    let sequence = &generated(15, 1)[0];
    let finding = found(3, &sequence.steps[3].action);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let shrunk = runtime.block_on(shrink(sequence, finding, Budget::default(), async |_: &Sequence| anyhow::Ok(None))).expect("the executor does not fail");
    assert_eq!((shrunk.report.confirmed, shrunk.report.executions, shrunk.sequence.steps.len()), (0, 3, 4));
}

#[test]
fn another_fault_on_the_way_is_not_followed() {
    // Without a put a delete fails, too, but elsewhere.
    let fault = |sequence: &Sequence| {
        let put = sequence.steps.iter().any(|step| matches!(step.action, Action::Put(_)));
        let at = sequence.steps.iter().position(|step| matches!(step.action, Action::Delete(_)))?;
        let mut finding = found(at, &sequence.steps[at].action);
        finding.path = if put { "status" } else { "body" }.to_owned();
        Some(finding)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for sequence in generated(16, 60) {
        let Some(finding) = fault(&sequence).filter(|finding| finding.path == "status") else { continue };
        let class = finding.class();
        let shrunk = runtime
            .block_on(shrink(&sequence, finding, Budget::default(), async |sequence: &Sequence| anyhow::Ok(fault(sequence))))
            .expect("the executor does not fail");
        assert_eq!(shrunk.finding.class(), class);
    }
}

#[test]
fn any_step_can_be_left_out() {
    for sequence in generated(17, 60) {
        for gone in 0..sequence.steps.len().min(12) {
            let smaller = without::without(&sequence, &[gone], without::Orphans::Adopted).expect("it is rewritten");
            if !smaller.steps.is_empty() {
                let text = write::text(&smaller).expect("it is written");
                read::parse(&text).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
            }
        }
    }
}
