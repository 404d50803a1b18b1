//! Generated sequences: they follow from seed and number, can be written and read, and have every kind of step.

use conformance::sequence::{Action, Body, Compare, Mode, Profile, Sequence, StoreKind, read, write};
use conformance::workload::Workload;
use std::collections::BTreeMap;

fn workload(seed: u64) -> Workload {
    Workload::new(seed, &[Mode::Off, Mode::WriteThrough, Mode::WriteBehind], &[StoreKind::Mongodb, StoreKind::Mysql])
}

fn sequences(seed: u64, count: u64) -> Vec<Sequence> {
    let workload = workload(seed);
    (0..count).map(|number| workload.sequence(number).expect("strategies do not give up").sequence).collect()
}

#[test]
fn the_same_seed_and_number_give_the_same_sequence() {
    let text = |seed: u64, number: u64| write::text(&workload(seed).sequence(number).expect("it is generated").sequence).expect("it is written");
    for number in 0..20 {
        assert_eq!(text(7, number), text(7, number));
    }
    assert_ne!(text(7, 1), text(8, 1));
    assert_ne!(text(7, 1), text(7, 2));
}

#[test]
fn every_sequence_is_a_case_file_that_reads_as_itself() {
    for sequence in sequences(1, 300) {
        let text = write::text(&sequence).expect("it is written");
        let again = read::parse(&text).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
        assert_eq!(write::text(&again).expect("it is written again"), text);
    }
}

#[test]
fn every_kind_of_step_comes_and_none_rules() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let all = sequences(2, 400);
    for step in all.iter().flat_map(|sequence| &sequence.steps) {
        *kinds.entry(step.action.kind()).or_default() += 1;
    }
    let steps: usize = kinds.values().sum();
    let wanted = ["put", "patch", "delete", "get", "head", "post", "list", "options", "request", "raw", "advance", "expire", "evict", "plant"];
    for kind in wanted {
        assert!(kinds.get(kind).is_some_and(|count| *count * 200 > steps), "{kind} is rare: {kinds:?}");
    }
    assert!(kinds.values().all(|count| *count * 3 < steps), "{kinds:?}");
    assert!((20..=32).contains(&(steps / all.len())), "{} steps a sequence", steps / all.len());
}

#[test]
fn half_of_the_sequences_leave_kinds_out() {
    let few = sequences(3, 400).iter().filter(|sequence| sequence.steps.len() > 20 && kinds(sequence) < 7).count();
    assert!((60..240).contains(&few), "{few} of 400 have less than 7 kinds");
}

fn kinds(sequence: &Sequence) -> usize {
    sequence.steps.iter().map(|step| step.action.kind()).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn ids_that_a_target_chooses_and_lists_do_not_meet() {
    for sequence in sequences(4, 400) {
        let chosen = sequence.steps.iter().any(|step| matches!(&step.action, Action::Post(create) if create.idempotency_key.is_none()));
        let listed = sequence.steps.iter().any(|step| matches!(step.action, Action::List(_)));
        assert!(!(chosen && listed), "{}", write::text(&sequence).unwrap_or_default());
    }
}

#[test]
fn spans_of_time_add_up_to_nothing_near_the_end_of_a_life() {
    for sequence in sequences(5, 600) {
        let spans: Vec<u64> = sequence.steps.iter().filter_map(|step| if let Action::Advance(by_ms) = step.action { Some(by_ms) } else { None }).collect();
        for from in 0..spans.len() {
            let mut sum = 0;
            for span in &spans[from..] {
                sum += span;
                let ends = [54_000..66_000 + 4_000, 270_000..330_000 + 4_000].iter().any(|lives| lives.contains(&sum));
                assert!(!ends, "{spans:?} has {sum}");
            }
        }
    }
}

#[test]
fn every_profile_is_used_where_it_may_be() {
    let mut seen = BTreeMap::<(Mode, Profile), usize>::new();
    for sequence in sequences(6, 400) {
        *seen.entry((sequence.modes[0], sequence.profile)).or_default() += 1;
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
fn a_stray_character_stands_in_a_head_that_can_be_filled_in() {
    let raws = sequences(21, 3000).into_iter().flat_map(|sequence| sequence.steps).filter_map(|step| match step.action {
        Action::Raw(raw) => Some(raw),
        _ => None,
    });
    let strayed: Vec<String> = raws
        .filter_map(|raw| match raw.bytes {
            Some(Body::Text(text)) if raw.compare == Compare::Class => Some(text),
            _ => None,
        })
        .collect();
    assert!(strayed.len() > 50, "{}", strayed.len());
    let plain = |text: &str| text.replace("${host}", "").replace("${coll}", "").replace("${repeat:", "");
    assert!(strayed.iter().all(|text| text.contains("Connection") || text.contains("close")), "the end is told");
    assert!(strayed.iter().all(|text| !plain(text).contains("${")), "{strayed:?}");
    assert!(strayed.iter().all(|text| !text.split('\r').next().unwrap_or_default().contains("  ")), "{strayed:?}");
}
