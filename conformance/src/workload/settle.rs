//! Turns drafts into steps: keys of the sequence's pool, references that lead somewhere, time that adds up well.

use super::FAR;
use super::disturbances::{self, AT_ONCE_MS, LONG_MS};
use super::mix::Draft;
use crate::sequence::operands::IdOf;
use crate::sequence::references::{self, Wish};
use crate::sequence::{Action, Drain, Key, Mode, Step, StepRef, Wanted};

/// Makes steps of drafts; keys of the pool become the first `pool` ones. What waits is stored at the end.
///
/// # Errors
/// When a step cannot be written and read again, which is a fault of the suite.
pub fn steps(drafts: Vec<Draft>, pool: u8, mode: Mode) -> anyhow::Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut passed_ms = 0;
    for (mut action, expect) in drafts {
        if let Some(key) = key_of(&mut action) {
            settle_key(key, &steps, pool);
        }
        if let Action::List(list) = &mut action
            && let Some(crate::sequence::After::Pool(index)) = &mut list.after
        {
            *index %= pool;
        }
        if mode == Mode::WriteBehind
            && let Action::Plant(plant) = &mut action
        {
            disturbances::behind(&mut plant.what);
        }
        if let Action::Advance(by_ms) = &mut action {
            passed_ms += *by_ms;
            if passed_ms > AT_ONCE_MS {
                (*by_ms, passed_ms) = (LONG_MS, 0);
            }
        }
        let key = key_of(&mut action).cloned();
        references::rewrite(&mut action, &mut |wish, reference| choose(&steps, key.as_ref(), wish, reference))?;
        steps.push(Step { r#as: None, expect, wanted: Wanted::default(), action });
    }
    if mode == Mode::WriteBehind {
        steps.push(Step { r#as: None, expect: None, wanted: Wanted::default(), action: Action::Drain(Drain::default()) });
    }
    Ok(steps)
}

/// The key that an action is about.
pub fn key_of(action: &mut Action) -> Option<&mut Key> {
    match action {
        Action::Put(write) | Action::Patch(write) => Some(&mut write.key),
        Action::Delete(remove) => Some(&mut remove.key),
        Action::Get(read) | Action::Head(read) => Some(&mut read.key),
        Action::Options(options) => options.key.as_mut(),
        Action::Expire(key) => Some(key),
        Action::Evict(evict) => Some(&mut evict.key),
        Action::Plant(plant) => Some(&mut plant.key),
        _ => None,
    }
}

fn settle_key(key: &mut Key, steps: &[Step], pool: u8) {
    match key {
        Key::Pool(index) => *index %= pool,
        // Where nothing was created yet, it is a key like others.
        Key::Of(IdOf { id_of: StepRef::Index(far) }) if !steps.iter().any(|step| matches!(step.action, Action::Post(_))) => {
            *key = Key::Pool(u8::try_from(*far % usize::from(pool)).unwrap_or_default());
        }
        _ => {}
    }
}

/// The earlier step that a draft's reference shall lead to: mostly the last one that can yield what is wished and is about
/// the same document, sometimes an older one, seldom one about another document.
fn choose(steps: &[Step], key: Option<&Key>, wish: Wish, reference: &StepRef) -> Option<StepRef> {
    let StepRef::Index(far) = reference else { return None };
    let Some(luck) = far.checked_sub(FAR) else { return Some(reference.clone()) };
    let able = |index: &usize| yields(&steps[*index].action, wish);
    let mut all: Vec<usize> = (0..steps.len()).filter(able).collect();
    let of_key = |index: &usize| key.is_some() && key_of(&mut steps[*index].action.clone()) == key.cloned().as_mut();
    let own: Vec<usize> = all.iter().copied().filter(of_key).collect();
    if !own.is_empty() && !luck.is_multiple_of(8) {
        all = own;
    }
    let chosen = if luck % 16 < 10 { all.last() } else { all.get((luck / 16) % all.len().max(1)) };
    chosen.map(|index| StepRef::Index(*index))
}

/// Whether the answer to an action may have what is wished.
pub fn yields(action: &Action, wish: Wish) -> bool {
    match wish {
        Wish::Etag => matches!(action, Action::Put(_) | Action::Patch(_) | Action::Post(_) | Action::Get(_) | Action::Head(_)),
        Wish::Id => matches!(action, Action::Post(_)),
        Wish::Cursor | Wish::Next => matches!(action, Action::List(_)),
    }
}
