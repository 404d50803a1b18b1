//! The part of a filter that a store can help with; it may keep too many documents, never lose one (query.md "Coarse filter").

use super::{Comparison, Term, Test};
use crate::generated::contract::limits;
use crate::json::{Name, Value};

/// What is pushed down to a store.
#[derive(Clone, Debug, PartialEq)]
pub enum Coarse {
    /// Nothing can be pushed: every document is a candidate.
    All,
    /// No document can match: the store need not be asked.
    Nothing,
    And(Vec<Coarse>),
    Or(Vec<Coarse>),
    Leaf {
        path: Vec<Name>,
        hint: Hint,
    },
}

/// A test that is pushed down; stores translate it each in its own way.
#[derive(Clone, Debug, PartialEq)]
pub enum Hint {
    Equal(Value),
    /// Never empty.
    In(Vec<Value>),
    Order(Comparison, Value),
    BeginsWith(String),
    All(Vec<Value>),
    Exists,
}

/// The coarse part of terms that must all hold.
pub fn coarse(terms: &[Term]) -> Coarse {
    and(terms.iter().map(|term| match term {
        Term::Field { path, tests } => field(path, tests),
        Term::And(parts) => and(parts.iter().map(|part| coarse(part))),
        Term::Or(parts) => or(parts.iter().map(|part| coarse(part))),
        Term::Nor(_) => Coarse::All,
    }))
}

fn field(path: &[Name], tests: &[Test]) -> Coarse {
    if path.len() as i64 > limits::WHERE_PUSHDOWN_NAMES {
        return Coarse::All;
    }
    and(tests.iter().map(|test| match hint(test) {
        Some(Hint::In(operands)) if operands.is_empty() => Coarse::Nothing,
        Some(hint) => Coarse::Leaf { path: path.to_vec(), hint },
        None => Coarse::All,
    }))
}

fn hint(test: &Test) -> Option<Hint> {
    match test {
        Test::Equal(operand) => Some(Hint::Equal(operand.clone())),
        Test::In(operands) => Some(Hint::In(operands.clone())),
        Test::Order(comparison, operand) => Some(Hint::Order(*comparison, operand.clone())),
        Test::BeginsWith(prefix) => Some(Hint::BeginsWith(prefix.clone())),
        Test::All(operands) => Some(Hint::All(operands.clone())),
        Test::Exists(true) => Some(Hint::Exists),
        Test::NotEqual(_) | Test::NotIn(_) | Test::Exists(false) => None,
    }
}

/// Keeps the parts that push; one part alone stands for the group.
fn and(parts: impl Iterator<Item = Coarse>) -> Coarse {
    let kept: Vec<Coarse> = parts.filter(|part| *part != Coarse::All).collect();
    if kept.contains(&Coarse::Nothing) {
        return Coarse::Nothing;
    }
    group(kept, Coarse::All, Coarse::And)
}

/// Pushes only if every part does; parts that cannot match are dropped.
fn or(parts: impl Iterator<Item = Coarse>) -> Coarse {
    let kept: Vec<Coarse> = parts.filter(|part| *part != Coarse::Nothing).collect();
    if kept.contains(&Coarse::All) {
        return Coarse::All;
    }
    group(kept, Coarse::Nothing, Coarse::Or)
}

fn group(mut parts: Vec<Coarse>, empty: Coarse, many: fn(Vec<Coarse>) -> Coarse) -> Coarse {
    match parts.len() {
        0 => empty,
        1 => parts.remove(0),
        _ => many(parts),
    }
}
