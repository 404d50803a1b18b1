//! Sequences without some of their steps.

use crate::sequence::references::rewrite;
use crate::sequence::{Action, Key, Sequence, StepRef};
use crate::workload::settle::key_of;

/// The steps up to this one, which stays.
pub fn cut(sequence: &Sequence, last: usize) -> Sequence {
    let mut shorter = sequence.clone();
    shorter.steps.truncate(last + 1);
    shorter
}

/// A sequence without the steps of these indices (in ascending order). What referred to one of them refers to nothing.
///
/// # Errors
/// When a step cannot be written and read again, which is a fault of the suite.
pub fn without(sequence: &Sequence, gone: &[usize]) -> anyhow::Result<Sequence> {
    let mut smaller = sequence.clone();
    smaller.steps.clear();
    for (index, step) in sequence.steps.iter().enumerate() {
        if gone.contains(&index) {
            continue;
        }
        let mut step = step.clone();
        rewrite(&mut step.action, &mut |_, reference| {
            let named = sequence.resolve(reference).filter(|named| !gone.contains(named))?;
            let before = gone.iter().filter(|index| **index < named).count();
            Some(match reference {
                StepRef::Index(_) => StepRef::Index(named - before),
                name => name.clone(),
            })
        })?;
        smaller.steps.push(step);
    }
    Ok(smaller)
}

/// Steps that often have nothing to do with the failure of the last one: those about other documents, those that act past
/// the targets, both of them.
pub fn guesses(sequence: &Sequence) -> Vec<Vec<usize>> {
    let Some((last, earlier)) = sequence.steps.split_last() else { return Vec::new() };
    let key = |action: &Action| key_of(&mut action.clone()).cloned();
    let own = key(&last.action);
    let other = |action: &Action| match (&own, key(action)) {
        (Some(own), Some(key)) => *own != key,
        (Some(Key::Of(_)), None) => !matches!(action, Action::Post(_)),
        (Some(_), None) => !matches!(action, Action::Advance(_) | Action::Raw(_) | Action::Request(_)),
        (None, _) => reads(action),
    };
    let past = |action: &Action| !action.is_request() && !matches!(action, Action::Raw(_) | Action::Together(_));
    let of = |wanted: &dyn Fn(&Action) -> bool| earlier.iter().enumerate().filter(|(_, step)| wanted(&step.action)).map(|(index, _)| index).collect::<Vec<_>>();
    let mut guesses = vec![of(&|action| other(action) || past(action)), of(&other), of(&past), of(&reads)];
    guesses.retain(|guess| !guess.is_empty());
    guesses
}

fn reads(action: &Action) -> bool {
    matches!(action, Action::Get(_) | Action::Head(_) | Action::List(_) | Action::Options(_))
}
