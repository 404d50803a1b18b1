//! Writes the canonical form of a value (RFC 8785).

use super::Value;

/// The canonical text of a value.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    append(&mut text, value);
    text
}

/// The canonical text of a string, quotes included.
pub fn quoted(string: &str) -> String {
    let mut text = String::with_capacity(string.len() + 2);
    append_string(&mut text, string);
    text
}

/// The canonical text of a finite number: as ECMAScript prints it.
pub fn number(value: f64) -> String {
    ryu_js::Buffer::new().format_finite(value).to_owned()
}

fn append(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Boolean(true) => text.push_str("true"),
        Value::Boolean(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(ryu_js::Buffer::new().format_finite(*number)),
        Value::String(string) => append_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                append(text, item);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                append_string(text, &name.0);
                text.push(':');
                append(text, member);
            }
            text.push('}');
        }
    }
}

/// Everything but quote, backslash and the controls below U+0020 stands as it is, DEL and U+2028 too.
fn append_string(text: &mut String, string: &str) {
    text.push('"');
    let mut plain = 0;
    for (index, byte) in string.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        text.push_str(&string[plain..index]);
        plain = index + 1;
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            0x08 => text.push_str("\\b"),
            0x09 => text.push_str("\\t"),
            0x0A => text.push_str("\\n"),
            0x0C => text.push_str("\\f"),
            0x0D => text.push_str("\\r"),
            control => text.push_str(&format!("\\u{control:04x}")),
        }
    }
    text.push_str(&string[plain..]);
    text.push('"');
}
