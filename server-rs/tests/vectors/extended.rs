//! BSON as text, for comparing.

use mongodb::bson::{Bson, Document};
use serde_json::{Value, json};
use server_rs::json::write;

/// Canonical Extended JSON v2, members in order.
pub fn canonical(bson: &Bson) -> String {
    match bson {
        Bson::Int32(number) => format!(r#"{{"$numberInt":"{number}"}}"#),
        Bson::Int64(number) => format!(r#"{{"$numberLong":"{number}"}}"#),
        Bson::Double(number) => format!(r#"{{"$numberDouble":"{}"}}"#, write::number(*number)),
        Bson::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Bson::Document(members) => {
            let members = members.iter().map(|(name, value)| format!("{}:{}", write::quoted(name), canonical(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Bson::String(text) => write::quoted(text),
        other => other.to_string(),
    }
}

/// Plain JSON, numbers whatever their type.
pub fn plain(document: &Document) -> Value {
    Value::Object(document.iter().map(|(name, value)| (name.clone(), plain_value(value))).collect())
}

fn plain_value(bson: &Bson) -> Value {
    match bson {
        Bson::Int32(number) => json!(f64::from(*number)),
        Bson::Int64(number) => json!(*number as f64),
        Bson::Double(number) => json!(number),
        Bson::Boolean(boolean) => json!(boolean),
        Bson::String(text) => json!(text),
        Bson::Array(items) => items.iter().map(plain_value).collect(),
        Bson::Document(members) => plain(members),
        _ => Value::Null,
    }
}
