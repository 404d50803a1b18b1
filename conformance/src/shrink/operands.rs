//! Steps with simpler operands.

use super::values;
use super::without::{self, Orphans};
use crate::sequence::references::rewrite;
use crate::sequence::{Action, Create, Etags, Key, List, Plant, Planted, Profile, Raw, Read, Remove, Request, Sequence, StepRef, Write};
use crate::workload::settle::key_of;

/// Every sequence that is one simplification away, the boldest first.
pub fn candidates(sequence: &Sequence) -> Vec<Sequence> {
    let mut all = whole(sequence);
    all.extend(earlier(sequence));
    for index in (0..sequence.steps.len()).rev() {
        for action in simpler(&sequence.steps[index].action) {
            let mut candidate = sequence.clone();
            candidate.steps[index].action = action;
            all.push(candidate);
        }
    }
    all
}

/// A plant that continues a document's writes, as if the last of them had not been.
fn earlier(sequence: &Sequence) -> Vec<Sequence> {
    let mut all = Vec::new();
    for index in 0..sequence.steps.len() {
        let mut candidate = sequence.clone();
        let Action::Plant(plant) = &mut candidate.steps[index].action else { continue };
        let (Planted::Entry { n, .. } | Planted::Row { n, .. }) = &mut plant.what else { continue };
        *n = n.saturating_sub(1);
        let writes = |action: &Action| {
            matches!(action, Action::Put(write) | Action::Patch(write) if write.key == plant.key)
                || matches!(action, Action::Delete(remove) if remove.key == plant.key)
        };
        let last = sequence.steps[..index].iter().rposition(|step| writes(&step.action));
        all.extend(last.and_then(|last| without::without(&candidate, &[last], Orphans::Adopted).ok()));
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
    let mut stripped = action.clone();
    strip(&mut stripped);
    let less = match action {
        Action::Put(write) => all(writes(write), Action::Put),
        Action::Patch(write) => all(writes(write), Action::Patch),
        Action::Delete(remove) => all(removes(remove), Action::Delete),
        Action::Get(read) => all(reads(read), Action::Get),
        Action::Head(read) => all(reads(read), Action::Head),
        Action::Post(create) => all(values::bodies(&create.body).into_iter().map(|body| Create { body, ..create.clone() }), Action::Post),
        Action::List(list) => all(lists(list), Action::List),
        Action::Request(request) => all(requests(request), Action::Request),
        // The first line is the request.
        Action::Raw(raw) => all((1..raw.lines.len()).map(|index| Raw { lines: without(&raw.lines, index), ..raw.clone() }), Action::Raw),
        Action::Plant(plant) => all(values::planted(&plant.what).into_iter().map(|what| Plant { what, ..plant.clone() }), Action::Plant),
        _ => Vec::new(),
    };
    std::iter::once(stripped).chain(less).chain(freed(action)).collect()
}

fn all<T>(operands: impl IntoIterator<Item = T>, action: fn(T) -> Action) -> Vec<Action> {
    operands.into_iter().map(action).collect()
}

fn writes(write: &Write) -> Vec<Write> {
    let mut all = vec![
        Write { if_match: None, ..write.clone() },
        Write { if_none_match: None, ..write.clone() },
        Write { headers: Vec::new(), ..write.clone() },
        Write { content_type: None, ..write.clone() },
    ];
    all.extend(values::bodies(&write.body).into_iter().map(|body| Write { body, ..write.clone() }));
    all
}

fn removes(remove: &Remove) -> Vec<Remove> {
    vec![Remove { if_none_match: None, ..remove.clone() }, Remove { if_match: None, ..remove.clone() }]
}

fn reads(read: &Read) -> Vec<Read> {
    vec![
        Read { if_match: None, ..read.clone() },
        Read { if_none_match: None, ..read.clone() },
        Read { no_cache: false, ..read.clone() },
        Read { headers: Vec::new(), ..read.clone() },
    ]
}

fn requests(request: &Request) -> Vec<Request> {
    let mut all = vec![Request { body: None, ..request.clone() }];
    all.extend((0..request.headers.len()).map(|index| Request { headers: without(&request.headers, index), ..request.clone() }));
    all
}

fn without<T: Clone>(items: &[T], index: usize) -> Vec<T> {
    let mut left = items.to_vec();
    left.remove(index);
    left
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

/// The members of a precondition that is a list, and the list without each of them.
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
        (Some(Etags::List(list)), _) | (_, Some(Etags::List(list))) => {
            let fewer = (0..list.len()).filter(|_| list.len() > 2).map(|index| Etags::List(without(list, index)));
            list.iter().cloned().chain(fewer).collect()
        }
        _ => Vec::new(),
    }
}
