//! Reads a `where` parameter; whatever is wrong with it is `bad-query`.

use super::{Comparison, Filter, Term, Terms, Test};
use crate::errors::Problem;
use crate::generated::contract::limits;
use crate::json::{Members, Name, Value, read, write};

/// The filter of a parameter's decoded bytes.
///
/// # Errors
/// `BadQuery`.
pub fn filter(bytes: &[u8]) -> Result<Filter, Problem> {
    let Ok(Value::Object(members)) = read::value(bytes) else {
        return Err(Problem::BadQuery);
    };
    let mut operators = 0;
    let terms = terms(&members, &mut operators)?;
    let canonical = write::canonical(&Value::Object(members));
    let too_long = escape(&canonical).len() as i64 > limits::WHERE_ESCAPED_BYTES;
    if too_long || operators > limits::WHERE_OPERATORS {
        return Err(Problem::BadQuery);
    }
    Ok(Filter { canonical, terms })
}

/// A text as it stands in the link to the next page: all but unreserved bytes (RFC 3986 §2.3) as `%XX`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(byte as char);
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

fn terms(members: &Members, operators: &mut i64) -> Result<Terms, Problem> {
    members.iter().map(|(name, value)| term(&name.0, value, operators)).collect()
}

fn term(name: &str, value: &Value, operators: &mut i64) -> Result<Term, Problem> {
    match name {
        "$and" => Ok(Term::And(alternatives(value, operators)?)),
        "$or" => Ok(Term::Or(alternatives(value, operators)?)),
        "$nor" => Ok(Term::Nor(alternatives(value, operators)?)),
        _ if name.starts_with('$') => Err(Problem::BadQuery),
        _ => {
            let path = path(name)?;
            let tests = tests(value)?;
            *operators += tests.len() as i64;
            Ok(Term::Field { path, tests })
        }
    }
}

fn alternatives(value: &Value, operators: &mut i64) -> Result<Vec<Terms>, Problem> {
    let Value::Array(items) = value else {
        return Err(Problem::BadQuery);
    };
    if items.is_empty() {
        return Err(Problem::BadQuery);
    }
    let parts = items.iter().map(|item| match item {
        Value::Object(members) => terms(members, operators),
        _ => Err(Problem::BadQuery),
    });
    parts.collect()
}

/// The names of a path; `\.`, `\\` and `\$` stand for the second character.
fn path(key: &str) -> Result<Vec<Name>, Problem> {
    let mut names = vec![String::new()];
    let mut characters = key.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '.' => {
                names.push(String::new());
                continue;
            }
            '\\' => match characters.next() {
                Some(escaped @ ('.' | '\\' | '$')) => escaped,
                _ => return Err(Problem::BadQuery),
            },
            plain => plain,
        };
        if let Some(name) = names.last_mut() {
            name.push(literal);
        }
    }
    Ok(names.into_iter().map(Name).collect())
}

/// The operators of a field's value; anything but an object is short for `$eq`.
fn tests(value: &Value) -> Result<Vec<Test>, Problem> {
    let Value::Object(members) = value else {
        return Ok(vec![Test::Equal(value.clone())]);
    };
    if members.is_empty() {
        return Err(Problem::BadQuery);
    }
    members.iter().map(|(name, operand)| test(&name.0, operand)).collect()
}

fn test(operator: &str, operand: &Value) -> Result<Test, Problem> {
    match operator {
        "$eq" => Ok(Test::Equal(operand.clone())),
        "$ne" => Ok(Test::NotEqual(operand.clone())),
        "$in" => Ok(Test::In(operands(operand, 0)?)),
        "$nin" => Ok(Test::NotIn(operands(operand, 0)?)),
        "$all" => Ok(Test::All(operands(operand, 1)?)),
        "$gt" => order(Comparison::Greater, operand),
        "$gte" => order(Comparison::GreaterOrEqual, operand),
        "$lt" => order(Comparison::Less, operand),
        "$lte" => order(Comparison::LessOrEqual, operand),
        "$beginsWith" => match operand {
            Value::String(prefix) => Ok(Test::BeginsWith(prefix.clone())),
            _ => Err(Problem::BadQuery),
        },
        "$exists" => match operand {
            Value::Boolean(wanted) => Ok(Test::Exists(*wanted)),
            _ => Err(Problem::BadQuery),
        },
        _ => Err(Problem::BadQuery),
    }
}

fn operands(operand: &Value, least: usize) -> Result<Vec<Value>, Problem> {
    match operand {
        Value::Array(items) if items.len() >= least && items.len() as i64 <= limits::WHERE_OPERANDS => Ok(items.clone()),
        _ => Err(Problem::BadQuery),
    }
}

fn order(comparison: Comparison, operand: &Value) -> Result<Test, Problem> {
    match operand {
        Value::Number(_) | Value::String(_) => Ok(Test::Order(comparison, operand.clone())),
        _ => Err(Problem::BadQuery),
    }
}
