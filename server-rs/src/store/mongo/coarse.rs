//! Translates a coarse filter to MongoDB's query language (query.md "Coarse filter").

use mongodb::bson::{Bson, Document as BsonDocument, doc};

use super::projection::{escape, scalar};
use crate::filter::Comparison;
use crate::filter::coarse::{Coarse, Hint};
use crate::json::{Name, Value};

/// A filter, empty if nothing can be pushed; None: no document can match.
pub fn push(coarse: &Coarse) -> Option<BsonDocument> {
    match coarse {
        Coarse::Nothing => None,
        pushing => Some(filter(pushing)),
    }
}

fn filter(coarse: &Coarse) -> BsonDocument {
    match coarse {
        Coarse::And(parts) => doc! { "$and": parts.iter().map(filter).collect::<Vec<_>>() },
        Coarse::Or(parts) => doc! { "$or": parts.iter().map(filter).collect::<Vec<_>>() },
        Coarse::Leaf { path, hint } => leaf(&field(path), hint),
        Coarse::All | Coarse::Nothing => BsonDocument::new(),
    }
}

fn field(path: &[Name]) -> String {
    let names: Vec<String> = path.iter().map(|name| escape(&name.0)).collect();
    format!("doc.{}", names.join("."))
}

fn leaf(field: &str, hint: &Hint) -> BsonDocument {
    let test = match hint {
        Hint::Equal(value) if is_scalar(value) => doc! { "$eq": scalar(value) },
        Hint::In(values) if values.iter().all(is_scalar) => doc! { "$in": values.iter().map(scalar).collect::<Vec<_>>() },
        Hint::Equal(_) | Hint::In(_) | Hint::Exists => doc! { "$exists": true },
        Hint::Order(comparison, value) => doc! { operator(*comparison): scalar(value) },
        Hint::BeginsWith(prefix) => match successor(prefix) {
            Some(end) => doc! { "$gte": prefix, "$lt": end },
            None => doc! { "$gte": prefix },
        },
        Hint::All(values) => return all(field, values),
    };
    doc! { field: test }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Greater => "$gt",
        Comparison::GreaterOrEqual => "$gte",
        Comparison::Less => "$lt",
        Comparison::LessOrEqual => "$lte",
    }
}

/// An array has to have each scalar; arrays and objects in it are not compared.
fn all(field: &str, values: &[Value]) -> BsonDocument {
    let mut tests: Vec<BsonDocument> = values.iter().filter(|value| is_scalar(value)).map(|value| doc! { field: { "$eq": scalar(value) } }).collect();
    match tests.len() {
        0 => doc! { field: { "$exists": true } },
        1 => tests.remove(0),
        _ => doc! { "$and": tests.into_iter().map(Bson::Document).collect::<Vec<_>>() },
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// The least text above all that begin with the prefix: its last code point raised by one.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.trim_end_matches(char::MAX).to_owned();
    let last = text.pop()?;
    let next = if last == '\u{D7FF}' { 0xE000 } else { u32::from(last) + 1 };
    text.push(char::from_u32(next)?);
    Some(text)
}
