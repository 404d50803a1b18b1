//! A number of a JSON text: its literal, and the double that it stands for.

use crate::canonical;
use crate::generated::contract::{Problem, limits};
use serde_json::{Number, Value};

/// Reads the number that a text begins with: its value, and how many bytes it takes.
///
/// # Errors
/// `bad-json` for a malformed literal, then `number-out-of-range`, then `number-precision`.
pub fn read(text: &[u8]) -> Result<(Value, usize), Problem> {
    let is = |at: usize, bytes: &[u8]| text.get(at).is_some_and(|byte| bytes.contains(byte));
    let mut at = usize::from(is(0, b"-"));
    at = if is(at, b"0") { at + 1 } else { digits(text, at)? };
    let whole = at;
    if is(at, b".") {
        at = digits(text, at + 1)?;
    }
    if is(at, b"eE") {
        at += 1;
        at = digits(text, at + usize::from(is(at, b"+-")))?;
    }
    if is(at, b".eE+-0123456789") {
        return Err(Problem::BadJson);
    }
    let literal = std::str::from_utf8(&text[..at]).map_err(|_| Problem::BadJson)?;
    Ok((value(literal, whole == at)?, at))
}

/// Where the digits end that begin here; there has to be one.
fn digits(text: &[u8], from: usize) -> Result<usize, Problem> {
    let count = text[from.min(text.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { Err(Problem::BadJson) } else { Ok(from + count) }
}

fn value(literal: &str, integer: bool) -> Result<Value, Problem> {
    let double: f64 = literal.parse().map_err(|_| Problem::BadJson)?;
    let value = Value::Number(Number::from_f64(double).ok_or(Problem::NumberOutOfRange)?);
    let safe = double.abs() <= limits::SAFE_INTEGER as f64;
    // 2^53 + 1 is rounded to 2^53, so beyond the safe ones only the digits can tell.
    if integer && !safe && canonical::text(&value) != literal {
        return Err(Problem::NumberPrecision);
    }
    Ok(value)
}
