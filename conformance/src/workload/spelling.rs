//! Writes JSON in ways that are not canonical and mean the same.

use serde_json::Value;

/// Choices that follow from one number.
struct Style(u64);

impl Style {
    /// Whether the next choice falls on one in `of`.
    fn one_in(&mut self, of: u64) -> bool {
        // A step of a linear congruential generator (Knuth's MMIX constants); its high bits are good enough to choose by.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).is_multiple_of(of)
    }

    fn space(&mut self, out: &mut String) {
        for space in [' ', '\n', '\t', '\r'] {
            if self.one_in(6) {
                out.push(space);
            }
        }
    }
}

/// The text of a value in a style of its own: order of members, white space, escapes.
pub fn spell(value: &Value, style: u64) -> String {
    let mut out = String::new();
    write(&mut out, value, &mut Style(style));
    out
}

fn write(out: &mut String, value: &Value, style: &mut Style) {
    style.space(out);
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write(out, item, style);
            }
            style.space(out);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            let mut members: Vec<_> = members.iter().collect();
            if style.one_in(2) {
                members.reverse();
            }
            for (index, (name, inner)) in members.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                style.space(out);
                string(out, name, style);
                style.space(out);
                out.push(':');
                write(out, inner, style);
            }
            style.space(out);
            out.push('}');
        }
        Value::String(text) => string(out, text, style),
        other => out.push_str(&other.to_string()),
    }
    style.space(out);
}

fn string(out: &mut String, text: &str, style: &mut Style) {
    out.push('"');
    for character in text.chars() {
        let needed = matches!(character, '"' | '\\') || character < ' ';
        match character {
            '/' if style.one_in(2) => out.push_str("\\/"),
            '"' | '\\' if style.one_in(2) => out.extend(['\\', character]),
            '\n' if style.one_in(2) => out.push_str("\\n"),
            _ if needed || style.one_in(5) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&if style.one_in(2) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") });
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
