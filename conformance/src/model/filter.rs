//! The filter of a list: its grammar, and which documents it means (query.md).

mod path;

use super::json;
use crate::canonical;
use crate::generated::contract::{Problem, limits};
use path::Path;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Documents that hold all of these.
#[derive(Clone, Debug)]
pub struct Filter(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Nor(Vec<Filter>),
    Field(Path, Vec<Test>),
}

/// One operator with its operand.
#[derive(Clone, Debug)]
enum Test {
    /// Any of these canonical texts; absent counts as none of them.
    In(Vec<String>),
    NotIn(Vec<String>),
    /// How the member stands to the operand.
    Order(Value, fn(Ordering) -> bool),
    BeginsWith(String),
    All(Vec<String>),
    Exists(bool),
}

/// Reads a filter that is no longer percent-encoded: as written, and what it means.
///
/// # Errors
/// `bad-query` for anything that the grammar or its limits exclude.
pub fn parse(bytes: &[u8]) -> Result<(Value, Filter), Problem> {
    let value = json::read(bytes).map_err(|_| Problem::BadQuery)?;
    let mut operators = 0;
    let filter = value.as_object().and_then(|members| Filter::of(members, &mut operators)).ok_or(Problem::BadQuery)?;
    let fits = operators <= limits::WHERE_OPERATORS && escaped(&canonical::text(&value)).len() <= limits::WHERE_ESCAPED_BYTES as usize;
    if fits { Ok((value, filter)) } else { Err(Problem::BadQuery) }
}

/// Everything but unreserved bytes as an escape, as links repeat a filter (RFC 3986 §2.3).
pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Filter {
    fn of(members: &Map<String, Value>, operators: &mut i64) -> Option<Filter> {
        members.iter().map(|(key, value)| Part::of(key, value, operators)).collect::<Option<_>>().map(Filter)
    }

    /// Whether a store is asked for all documents, because nothing of it can be put into the store's words.
    pub fn pushes_nothing(&self) -> bool {
        let negative = |test: &Test| matches!(test, Test::NotIn(_) | Test::Exists(false));
        self.0.iter().all(|part| match part {
            Part::And(filters) => filters.iter().all(Filter::pushes_nothing),
            Part::Or(filters) => filters.iter().any(Filter::pushes_nothing),
            Part::Nor(_) => true,
            Part::Field(path, tests) => path.is_long() || tests.iter().all(negative),
        })
    }

    /// Whether a document is one of those that are meant.
    pub fn matches(&self, document: &Value) -> bool {
        self.0.iter().all(|part| match part {
            Part::And(filters) => filters.iter().all(|filter| filter.matches(document)),
            Part::Or(filters) => filters.iter().any(|filter| filter.matches(document)),
            Part::Nor(filters) => !filters.iter().any(|filter| filter.matches(document)),
            Part::Field(path, tests) => tests.iter().all(|test| test.holds(path.find(document))),
        })
    }
}

impl Part {
    fn of(key: &str, value: &Value, operators: &mut i64) -> Option<Part> {
        if !key.starts_with('$') {
            return Some(Part::Field(Path::of(key)?, tests(value, operators)?));
        }
        let parts = value.as_array().filter(|parts| !parts.is_empty())?;
        let filters = parts.iter().map(|part| Filter::of(part.as_object()?, operators)).collect::<Option<_>>()?;
        match key {
            "$and" => Some(Part::And(filters)),
            "$or" => Some(Part::Or(filters)),
            "$nor" => Some(Part::Nor(filters)),
            _ => None,
        }
    }
}

/// The tests of one field: an object of operators, or a value that it has to equal.
fn tests(value: &Value, operators: &mut i64) -> Option<Vec<Test>> {
    let Some(members) = value.as_object() else {
        *operators += 1;
        return Some(vec![Test::In(vec![canonical::text(value)])]);
    };
    *operators += i64::try_from(members.len()).ok()?;
    let tests: Option<Vec<Test>> = members.iter().map(|(operator, operand)| Test::of(operator, operand)).collect();
    tests.filter(|tests| !tests.is_empty())
}

impl Test {
    fn of(operator: &str, operand: &Value) -> Option<Test> {
        let one = || vec![canonical::text(operand)];
        let many = |least: usize| {
            let texts: Vec<String> = operand.as_array()?.iter().map(canonical::text).collect();
            (least..=limits::WHERE_OPERANDS as usize).contains(&texts.len()).then_some(texts)
        };
        let order = |holds| (operand.is_number() || operand.is_string()).then(|| Test::Order(operand.clone(), holds));
        match operator {
            "$eq" => Some(Test::In(one())),
            "$ne" => Some(Test::NotIn(one())),
            "$in" => many(0).map(Test::In),
            "$nin" => many(0).map(Test::NotIn),
            "$gt" => order(Ordering::is_gt),
            "$gte" => order(Ordering::is_ge),
            "$lt" => order(Ordering::is_lt),
            "$lte" => order(Ordering::is_le),
            "$beginsWith" => operand.as_str().map(|text| Test::BeginsWith(text.to_owned())),
            "$all" => many(1).map(Test::All),
            "$exists" => operand.as_bool().map(Test::Exists),
            _ => None,
        }
    }

    fn holds(&self, found: Option<&Value>) -> bool {
        let is = |texts: &[String]| found.is_some_and(|value| texts.contains(&canonical::text(value)));
        match self {
            Test::In(texts) => is(texts),
            Test::NotIn(texts) => !is(texts),
            Test::Order(operand, holds) => found.and_then(|value| compare(value, operand)).is_some_and(holds),
            Test::BeginsWith(beginning) => found.and_then(Value::as_str).is_some_and(|text| text.starts_with(beginning)),
            Test::All(texts) => found.and_then(Value::as_array).is_some_and(|items| {
                let items: Vec<String> = items.iter().map(canonical::text).collect();
                texts.iter().all(|text| items.contains(text))
            }),
            Test::Exists(wanted) => found.is_some() == *wanted,
        }
    }
}

/// Numbers as doubles, strings by their UTF-8 bytes; nothing else has an order.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        _ => None,
    }
}
