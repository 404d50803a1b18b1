//! Canonical JSON (RFC 8785), entity tags and the stored projection, by a path that shares nothing with the proxies.

use mongodb::bson::{Bson, Document};
use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// The canonical text of a value.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) => out.push_str(&value.to_string()),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                write(out, item);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by(|left, right| left.encode_utf16().cmp(right.encode_utf16()));
            for (index, name) in names.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                write_string(out, name);
                out.push(':');
                write(out, &members[*name]);
            }
            out.push_str(if names.is_empty() { "{}" } else { "}" });
        }
    }
}

fn number_text(number: &Number) -> String {
    let double = number.as_f64().unwrap_or_default();
    if double == 0.0 { "0".to_owned() } else { ryu_js::Buffer::new().format(double).to_owned() }
}

/// serde_json escapes exactly what RFC 8785 escapes, in the same spelling.
fn write_string(out: &mut String, text: &str) {
    out.push_str(&Value::String(text.to_owned()).to_string());
}

/// The entity tag of canonical bytes, bare.
pub fn etag(canonical: &[u8]) -> String {
    hex(&Sha256::digest(canonical)[..16])
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first 4 bytes of SHA-256 over an id, which spread the life of cache entries; in whole numbers, since doubles go wrong at the edges.
pub fn jittered(ttl_ms: u64, id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    let spread = u128::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]));
    let whole = 1_u128 << 32;
    u64::try_from(u128::from(ttl_ms) * (9 * whole + 2 * spread) / (10 * whole)).unwrap_or(u64::MAX)
}

/// The `doc` that a Mongo store keeps beside the canonical text, for queries.
pub fn projection(value: &Value) -> Document {
    let Value::Object(members) = value else { return Document::new() };
    let mut names: Vec<&String> = members.keys().collect();
    names.sort_by(|left, right| left.encode_utf16().cmp(right.encode_utf16()));
    names.into_iter().map(|name| (field_name(name), projected(&members[name]))).collect()
}

fn projected(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(flag) => Bson::Boolean(*flag),
        Value::String(text) => Bson::String(text.clone()),
        Value::Number(number) => projected_number(number.as_f64().unwrap_or_default()),
        Value::Array(items) => Bson::Array(items.iter().map(element).collect()),
        Value::Object(_) => Bson::Document(projection(value)),
    }
}

/// An array inside an array becomes its text.
fn element(value: &Value) -> Bson {
    if value.is_array() { Bson::String(text(value)) } else { projected(value) }
}

fn projected_number(double: f64) -> Bson {
    let integral = double.fract() == 0.0;
    if integral && double.abs() <= f64::from(i32::MAX) {
        Bson::Int32(double as i32)
    } else if integral && double.abs() <= 9_007_199_254_740_991.0 {
        Bson::Int64(double as i64)
    } else {
        Bson::Double(double)
    }
}

fn field_name(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    let mut out = String::new();
    for (index, byte) in name.bytes().enumerate() {
        let plain = (0x21..=0x7e).contains(&byte) && byte != b'%' && byte != b'.' && !(byte == b'$' && index == 0);
        if plain { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}
