//! Sequences without some of their steps.

use crate::sequence::references::{Wish, rewrite};
use crate::sequence::{Action, Key, Sequence, StepRef};
use crate::workload::settle::{key_of, yields};

/// The steps up to this one, which stays.
pub fn cut(sequence: &Sequence, last: usize) -> Sequence {
    let mut shorter = sequence.clone();
    shorter.steps.truncate(last + 1);
    shorter
}

/// What becomes of a reference to a step that has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// It refers to the last step before that yields the like of the same document, if there is one.
    Adopted,
    /// It refers to nothing.
    Lost,
}

/// A sequence without the steps of these indices (in ascending order).
///
/// # Errors
/// When a step cannot be written and read again, which is a fault of the suite.
pub fn without(sequence: &Sequence, gone: &[usize], orphans: Orphans) -> anyhow::Result<Sequence> {
    let mut smaller = sequence.clone();
    smaller.steps.clear();
    for (index, step) in sequence.steps.iter().enumerate() {
        if gone.contains(&index) {
            continue;
        }
        let mut step = step.clone();
        rewrite(&mut step.action, &mut |wish, reference| {
            let named = sequence.resolve(reference)?;
            let heir = || adopter(sequence, named, wish, gone).filter(|_| orphans == Orphans::Adopted);
            let new = if gone.contains(&named) { heir()? } else { named };
            let before = gone.iter().filter(|index| **index < new).count();
            Some(match reference {
                StepRef::Name(name) if new == named => StepRef::Name(name.clone()),
                _ => StepRef::Index(new - before),
            })
        })?;
        smaller.steps.push(step);
    }
    Ok(smaller)
}

fn adopter(sequence: &Sequence, named: usize, wish: Wish, gone: &[usize]) -> Option<usize> {
    let key = |index: usize| key_of(&mut sequence.steps[index].action.clone()).cloned();
    (0..named).rev().find(|index| !gone.contains(index) && yields(&sequence.steps[*index].action, wish) && key(*index) == key(named))
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
