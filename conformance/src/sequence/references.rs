//! References from step to step, changed when steps go or come.

use super::{Action, StepRef};
use serde_json::{Map, Value};

/// What a reference asks of the step that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Etag,
    Id,
    Cursor,
    Next,
}

/// What becomes of a reference that leads nowhere: the dummies that the driver sends for a step that yielded nothing.
const NO_ETAG: &str = "00000000000000000000000000000000";
const NO_NAME: &str = "none";

/// Members under which nothing is a reference.
const DATA: [&str; 3] = ["json", "where", "doc"];

/// Changes every reference of an action; where `change` says none, the dummy stands there from now on.
///
/// # Errors
/// When the action cannot be written and read again, which is a fault of the suite.
pub fn rewrite(action: &mut Action, change: &mut dyn FnMut(Wish, &StepRef) -> Option<StepRef>) -> anyhow::Result<()> {
    let mut value = serde_json::to_value(&*action)?;
    if walk(&mut value, change) {
        *action = serde_json::from_value(value)?;
    }
    Ok(())
}

/// Whether there was any reference.
fn walk(value: &mut Value, change: &mut dyn FnMut(Wish, &StepRef) -> Option<StepRef>) -> bool {
    match value {
        Value::String(text) if text.contains("${") => holes(text, change),
        Value::Array(items) => items.iter_mut().fold(false, |found, item| walk(item, change) | found),
        Value::Object(members) => {
            if let Some(operand) = operand(members, change) {
                *value = operand.unwrap_or_else(|| std::mem::take(value));
                return true;
            }
            let followed = next(members, change);
            let inner = members.iter_mut().filter(|(name, _)| !DATA.contains(&name.as_str()));
            inner.fold(followed, |found, (_, inner)| walk(inner, change) | found)
        }
        _ => false,
    }
}

/// An object that is nothing but a reference: none if it is another one, else what takes its place (none: itself).
fn operand(members: &mut Map<String, Value>, change: &mut dyn FnMut(Wish, &StepRef) -> Option<StepRef>) -> Option<Option<Value>> {
    for (name, wish) in [("etag_of", Wish::Etag), ("id_of", Wish::Id), ("cursor_of", Wish::Cursor)] {
        let Some(reference) = members.get(name).and_then(read) else { continue };
        return Some(match (change(wish, &reference), wish) {
            (Some(new), _) => {
                members.insert(name.to_owned(), write(&new));
                None
            }
            (None, Wish::Etag) => {
                let weak = members.get("weak").and_then(Value::as_bool) == Some(true);
                Some(Value::String(format!("{}\"{NO_ETAG}\"", if weak { "W/" } else { "" })))
            }
            (None, _) => Some(Value::String(NO_NAME.to_owned())),
        });
    }
    None
}

/// A list that follows another one's link.
fn next(members: &mut Map<String, Value>, change: &mut dyn FnMut(Wish, &StepRef) -> Option<StepRef>) -> bool {
    let Some(reference) = members.get("next_of").and_then(read) else { return false };
    match change(Wish::Next, &reference) {
        Some(new) => drop(members.insert("next_of".to_owned(), write(&new))),
        None => {
            // Nothing else counts beside `next_of`, so nothing else may count from now on.
            ["next_of", "limit", "after", "where"].iter().for_each(|name| drop(members.remove(*name)));
            members.insert("query".to_owned(), Value::String(format!("after={NO_NAME}")));
        }
    }
    true
}

/// The holes of a text that name steps.
fn holes(text: &mut String, change: &mut dyn FnMut(Wish, &StepRef) -> Option<StepRef>) -> bool {
    let mut out = String::new();
    let mut found = false;
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((hole, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        rest = tail;
        let wish = match hole.split_once(':') {
            Some(("etag", _)) => Wish::Etag,
            Some(("id", _)) => Wish::Id,
            Some(("cursor", _)) => Wish::Cursor,
            _ => {
                out.push_str(&format!("${{{hole}}}"));
                continue;
            }
        };
        let (word, operand) = hole.split_once(':').unwrap_or_default();
        let reference = operand.parse().map_or_else(|_| StepRef::Name(operand.to_owned()), StepRef::Index);
        found = true;
        match (change(wish, &reference), wish) {
            (Some(StepRef::Index(index)), _) => out.push_str(&format!("${{{word}:{index}}}")),
            (Some(StepRef::Name(name)), _) => out.push_str(&format!("${{{word}:{name}}}")),
            (None, Wish::Etag) => out.push_str(NO_ETAG),
            (None, _) => out.push_str(NO_NAME),
        }
    }
    out.push_str(rest);
    *text = out;
    found
}

fn read(value: &Value) -> Option<StepRef> {
    serde_json::from_value(value.clone()).ok()
}

fn write(reference: &StepRef) -> Value {
    serde_json::to_value(reference).unwrap_or_default()
}
