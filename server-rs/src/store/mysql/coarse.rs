//! Translates a coarse filter to SQL: text that must stand in the body (query.md "Coarse filter").

use crate::filter::coarse::{Coarse, Hint};
use crate::generated::contract::mysql;
use crate::json::{Name, Value, write};

/// The filter's part of the WHERE clause with its parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Empty, or ` AND (...)`.
    pub sql: String,
    pub needles: Vec<String>,
}

/// None: no row can match.
pub fn push(coarse: &Coarse) -> Option<Pushed> {
    let mut needles = Vec::new();
    let sql = match coarse {
        Coarse::Nothing => return None,
        Coarse::All => String::new(),
        pushing => format!(" AND ({})", text(pushing, &mut needles)),
    };
    Some(Pushed { sql, needles })
}

fn text(coarse: &Coarse, needles: &mut Vec<String>) -> String {
    match coarse {
        Coarse::And(parts) => group(" AND ", parts.iter().map(|part| text(part, needles)).collect()),
        Coarse::Or(parts) => group(" OR ", parts.iter().map(|part| text(part, needles)).collect()),
        Coarse::Leaf { path, hint } => leaf(path, hint, needles),
        // Neither stands inside a group.
        Coarse::All | Coarse::Nothing => String::new(),
    }
}

/// A group of two or more stands in parentheses.
fn group(operator: &str, parts: Vec<String>) -> String {
    let joined = parts.join(operator);
    if parts.len() > 1 { format!("({joined})") } else { joined }
}

fn leaf(path: &[Name], hint: &Hint, needles: &mut Vec<String>) -> String {
    // Canonical text has one spelling, so the last name of the path with what follows it is enough.
    let member = path.last().map(|name| write::quoted(&name.0) + ":").unwrap_or_default();
    let with = |value: &Value| member.clone() + &write::canonical(value);
    let (operator, wanted) = match hint {
        Hint::Equal(value) => ("", vec![with(value)]),
        Hint::In(values) => (" OR ", values.iter().map(with).collect()),
        Hint::Order(_, Value::String(_)) => ("", vec![member + "\""]),
        Hint::Order(..) | Hint::Exists => ("", vec![member]),
        Hint::BeginsWith(prefix) => {
            let mut start = member + &write::quoted(prefix);
            start.pop();
            ("", vec![start])
        }
        Hint::All(values) => (" AND ", std::iter::once(member + "[").chain(values.iter().map(write::canonical)).collect()),
    };
    let tests = wanted.iter().map(|_| mysql::CONTAINS.to_owned()).collect();
    needles.extend(wanted);
    group(operator, tests)
}
