//! Decides whether a document matches a filter (query.md, table of operators).

use std::cmp::Ordering;

use super::{Comparison, Term, Test};
use crate::json::{Name, Value};

/// Whether all terms hold for the document.
pub fn matches(terms: &[Term], document: &Value) -> bool {
    terms.iter().all(|term| match term {
        Term::Field { path, tests } => {
            let value = lookup(path, document);
            tests.iter().all(|test| passes(test, value))
        }
        Term::And(parts) => parts.iter().all(|part| matches(part, document)),
        Term::Or(parts) => parts.iter().any(|part| matches(part, document)),
        Term::Nor(parts) => !parts.iter().any(|part| matches(part, document)),
    })
}

/// The value at a path; it never enters arrays.
fn lookup<'a>(path: &[Name], document: &'a Value) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, name| value.member(name))
}

/// Unlike MongoDB, null is not missing; unlike Mango, the negations match what is missing.
fn passes(test: &Test, value: Option<&Value>) -> bool {
    match (test, value) {
        (Test::NotEqual(operand), found) => found != Some(operand),
        (Test::NotIn(operands), found) => !found.is_some_and(|value| operands.contains(value)),
        (Test::Exists(wanted), found) => found.is_some() == *wanted,
        (_, None) => false,
        (Test::Equal(operand), Some(value)) => value == operand,
        (Test::In(operands), Some(value)) => operands.contains(value),
        (Test::Order(comparison, operand), Some(value)) => order(value, operand).is_some_and(|found| comparison.allows(found)),
        (Test::BeginsWith(prefix), Some(Value::String(string))) => string.starts_with(prefix.as_str()),
        (Test::All(operands), Some(Value::Array(items))) => operands.iter().all(|operand| items.contains(operand)),
        (Test::BeginsWith(_) | Test::All(_), Some(_)) => false,
    }
}

/// Numbers as doubles, strings by their UTF-8 bytes; nothing else has an order.
fn order(value: &Value, operand: &Value) -> Option<Ordering> {
    match (value, operand) {
        (Value::Number(value), Value::Number(operand)) => value.partial_cmp(operand),
        (Value::String(value), Value::String(operand)) => Some(value.cmp(operand)),
        _ => None,
    }
}

impl Comparison {
    fn allows(self, found: Ordering) -> bool {
        match self {
            Comparison::Greater => found.is_gt(),
            Comparison::GreaterOrEqual => found.is_ge(),
            Comparison::Less => found.is_lt(),
            Comparison::LessOrEqual => found.is_le(),
        }
    }
}
