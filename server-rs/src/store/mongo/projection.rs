//! The projection `doc` of a document, which MongoDB's queries look at (query.md "`doc`").

use mongodb::bson::{Bson, Document as BsonDocument};

use crate::generated::contract::limits;
use crate::json::{Value, write};

const LARGEST_INT32: f64 = i32::MAX as f64;

/// A value as BSON; arrays inside arrays become their canonical text, which some servers need and no query minds.
pub fn project(value: &Value) -> Bson {
    match value {
        Value::Array(items) => Bson::Array(items.iter().map(item).collect()),
        Value::Object(members) => {
            let mut document = BsonDocument::new();
            for (name, member) in members {
                document.insert(escape(&name.0), project(member));
            }
            Bson::Document(document)
        }
        scalar => self::scalar(scalar),
    }
}

fn item(value: &Value) -> Bson {
    match value {
        Value::Array(_) => Bson::String(write::canonical(value)),
        other => project(other),
    }
}

/// Numbers get one type each: int32, else int64, else double.
pub fn scalar(value: &Value) -> Bson {
    match value {
        Value::Boolean(boolean) => Bson::Boolean(*boolean),
        Value::String(string) => Bson::String(string.clone()),
        Value::Number(number) if number.fract() != 0.0 => Bson::Double(*number),
        Value::Number(number) if number.abs() <= LARGEST_INT32 => Bson::Int32(*number as i32),
        Value::Number(number) if number.abs() <= limits::SAFE_INTEGER as f64 => Bson::Int64(*number as i64),
        Value::Number(number) => Bson::Double(*number),
        _ => Bson::Null,
    }
}

/// A name as a server takes it in a path: visible ASCII but `%`, `.` and a leading `$`; the rest as `%XX`.
pub fn escape(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    let mut escaped = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        let plain = matches!(byte, 0x21..=0x7E) && byte != b'%' && byte != b'.' && !(byte == b'$' && index == 0);
        if plain {
            escaped.push(byte as char);
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
