//! Steps with simpler operands.

use super::values;
use crate::sequence::references::rewrite;
use crate::sequence::{Action, Etags, Key, List, Profile, Read, Remove, Sequence, StepRef, Write};
use crate::workload::settle::key_of;

/// Every sequence that is one simplification away, the boldest first.
pub fn candidates(sequence: &Sequence) -> Vec<Sequence> {
    let mut all = whole(sequence);
    for index in (0..sequence.steps.len()).rev() {
        for action in simpler(&sequence.steps[index].action) {
            let mut candidate = sequence.clone();
            candidate.steps[index].action = action;
            all.push(candidate);
        }
    }
    all
}

/// Simplifications of all steps at once: every step bare, the first keys of the pool, the usual route.
fn whole(sequence: &Sequence) -> Vec<Sequence> {
    let mut all = Vec::new();
    let mut bare = sequence.clone();
    bare.steps.iter_mut().for_each(|step| strip(&mut step.action));
    all.push(bare);
    let mut used: Vec<Key> = Vec::new();
    let mut renamed = sequence.clone();
    for step in &mut renamed.steps {
        let Some(key) = key_of(&mut step.action) else { continue };
        if matches!(key, Key::Of(_)) {
            continue;
        }
        let position = used.iter().position(|known| known == key).unwrap_or_else(|| {
            used.push(key.clone());
            used.len() - 1
        });
        *key = Key::Pool(u8::try_from(position).unwrap_or(u8::MAX));
    }
    all.push(renamed);
    if sequence.profile != Profile::Plain {
        all.push(Sequence { profile: Profile::Plain, ..sequence.clone() });
    }
    all
}

/// Takes off what an action can do without.
fn strip(action: &mut Action) {
    match action {
        Action::Put(write) | Action::Patch(write) => *write = Write { key: write.key.clone(), ..bare(write) },
        Action::Delete(remove) => *remove = Remove { key: remove.key.clone(), if_match: None, if_none_match: None, headers: Vec::new() },
        Action::Get(read) | Action::Head(read) => {
            *read = Read { key: read.key.clone(), if_match: None, if_none_match: None, no_cache: false, headers: Vec::new() };
        }
        Action::Post(create) => (create.content_type, create.headers) = (None, Vec::new()),
        Action::List(list) => list.headers.clear(),
        Action::Request(request) => request.headers.clear(),
        _ => {}
    }
}

fn bare(write: &Write) -> Write {
    Write { key: write.key.clone(), body: write.body.clone(), if_match: None, if_none_match: None, content_type: None, headers: Vec::new() }
}

/// Simpler actions in the place of one.
fn simpler(action: &Action) -> Vec<Action> {
    let mut all = Vec::new();
    let mut push = |change: &dyn Fn(&mut Action)| {
        let mut candidate = action.clone();
        change(&mut candidate);
        all.push(candidate);
    };
    push(&strip);
    match action {
        Action::Put(write) | Action::Patch(write) => {
            push(&|action| {
                if let Action::Put(write) | Action::Patch(write) = action {
                    write.if_match = None
                }
            });
            push(&|action| {
                if let Action::Put(write) | Action::Patch(write) = action {
                    write.if_none_match = None
                }
            });
            push(&|action| {
                if let Action::Put(write) | Action::Patch(write) = action {
                    write.headers.clear()
                }
            });
            push(&|action| {
                if let Action::Put(write) | Action::Patch(write) = action {
                    write.content_type = None
                }
            });
            for body in values::bodies(&write.body) {
                push(&|action| {
                    if let Action::Put(write) | Action::Patch(write) = action {
                        write.body = body.clone()
                    }
                });
            }
        }
        Action::Delete(_) => {
            push(&|action| {
                if let Action::Delete(remove) = action {
                    remove.if_none_match = None
                }
            });
            push(&|action| {
                if let Action::Delete(remove) = action {
                    remove.if_match = None
                }
            });
        }
        Action::Get(_) | Action::Head(_) => {
            push(&|action| {
                if let Action::Get(read) | Action::Head(read) = action {
                    read.if_match = None
                }
            });
            push(&|action| {
                if let Action::Get(read) | Action::Head(read) = action {
                    read.if_none_match = None
                }
            });
            push(&|action| {
                if let Action::Get(read) | Action::Head(read) = action {
                    read.no_cache = false
                }
            });
            push(&|action| {
                if let Action::Get(read) | Action::Head(read) = action {
                    read.headers.clear()
                }
            });
        }
        Action::Post(create) => {
            for body in values::bodies(&create.body) {
                push(&|action| {
                    if let Action::Post(create) = action {
                        create.body = body.clone()
                    }
                });
            }
        }
        Action::List(list) => all.extend(lists(list).into_iter().map(Action::List)),
        Action::Request(request) => {
            push(&|action| {
                if let Action::Request(request) = action {
                    request.body = None
                }
            });
            for index in 0..request.headers.len() {
                push(&|action| {
                    if let Action::Request(request) = action {
                        drop(request.headers.remove(index))
                    }
                });
            }
        }
        Action::Raw(raw) => {
            // The first line is the request.
            for index in 1..raw.lines.len() {
                push(&|action| {
                    if let Action::Raw(raw) = action {
                        drop(raw.lines.remove(index))
                    }
                });
            }
        }
        Action::Plant(plant) => {
            for what in values::planted(&plant.what) {
                push(&|action| {
                    if let Action::Plant(plant) = action {
                        plant.what = what.clone()
                    }
                });
            }
        }
        _ => {}
    }
    all.extend(freed(action));
    all
}

fn lists(list: &List) -> Vec<List> {
    let mut all = vec![
        List::default(),
        List { limit: None, ..list.clone() },
        List { after: None, ..list.clone() },
        List { r#where: None, ..list.clone() },
        List { head: false, ..list.clone() },
    ];
    all.extend(list.r#where.iter().flat_map(values::filters).map(|filter| List { r#where: Some(filter), ..list.clone() }));
    all
}

/// The same without its references, and with entity tags that need no list.
fn freed(action: &Action) -> Vec<Action> {
    let mut all = Vec::new();
    let mut references = 0;
    let mut free = action.clone();
    if rewrite(&mut free, &mut |_, _| {
        references += 1;
        None::<StepRef>
    })
    .is_ok()
        && references > 0
    {
        all.push(free);
    }
    for etags in single(action) {
        let mut candidate = action.clone();
        if let Action::Put(Write { if_match, if_none_match, .. })
        | Action::Patch(Write { if_match, if_none_match, .. })
        | Action::Delete(Remove { if_match, if_none_match, .. })
        | Action::Get(Read { if_match, if_none_match, .. })
        | Action::Head(Read { if_match, if_none_match, .. }) = &mut candidate
        {
            let place = if matches!(if_match, Some(Etags::List(_))) { if_match } else { if_none_match };
            *place = Some(etags);
        }
        all.push(candidate);
    }
    all
}

/// The members of a precondition that is a list.
fn single(action: &Action) -> Vec<Etags> {
    let (Action::Put(Write { if_match, if_none_match, .. })
    | Action::Patch(Write { if_match, if_none_match, .. })
    | Action::Delete(Remove { if_match, if_none_match, .. })
    | Action::Get(Read { if_match, if_none_match, .. })
    | Action::Head(Read { if_match, if_none_match, .. })) = action
    else {
        return Vec::new();
    };
    match (if_match, if_none_match) {
        (Some(Etags::List(list)), _) | (_, Some(Etags::List(list))) => list.clone(),
        _ => Vec::new(),
    }
}
