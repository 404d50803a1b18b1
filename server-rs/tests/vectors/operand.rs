//! Text operands of vectors: texts, bytes, repetitions.

use serde_json::Value;

/// The bytes that an operand stands for.
pub fn bytes(operand: &Value) -> Vec<u8> {
    if let Some(text) = operand["text"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(hex) = operand["hex"].as_str() {
        let digit = |byte: u8| (byte as char).to_digit(16).expect("hex digits") as u8;
        return hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect();
    }
    if let Some(parts) = operand["parts"].as_array() {
        return parts.iter().flat_map(bytes).collect();
    }
    let repeat = &operand["repeat"];
    bytes(&repeat["part"]).repeat(repeat["times"].as_u64().expect("an operand") as usize)
}

/// Whether a result is what was expected, operands compared by their bytes.
pub fn agree(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(wanted)) if is_operand(expected) && found.contains_key("text") => {
            bytes(&Value::Object(found.clone())) == bytes(&Value::Object(wanted.clone()))
        }
        (Value::Object(found), Value::Object(expected)) => {
            found.len() == expected.len() && found.iter().all(|(name, value)| expected.get(name).is_some_and(|wanted| agree(value, wanted)))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| agree(found, expected))
        }
        (Value::Number(found), Value::Number(expected)) => found.as_f64() == expected.as_f64(),
        _ => found == expected,
    }
}

fn is_operand(value: &Value) -> bool {
    ["text", "hex", "parts", "repeat"].iter().any(|kind| value.get(kind).is_some())
}
