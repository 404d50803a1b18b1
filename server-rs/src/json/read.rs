//! Reads strict JSON: RFC 8259 narrowed to I-JSON, the first fault in byte order winning (contract.md §4).

use super::{Members, Name, Value, write};
use crate::errors::Problem;
use crate::generated::contract::limits;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The value of a whole text.
///
/// # Errors
/// `BadJson`, `DuplicateName`, `NulInName`, `TooDeep`, `NumberOutOfRange` or `NumberPrecision`.
pub fn value(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::BadJson)?;
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return Err(Problem::BadJson);
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.at == text.len() { Ok(value) } else { Err(Problem::BadJson) }
}

struct Reader<'a> {
    text: &'a str,
    /// Index of the next byte; always at a character's beginning.
    at: usize,
    depth: i64,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes `byte` if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Problem> {
        if self.take(byte) { Ok(()) } else { Err(Problem::BadJson) }
    }

    fn value(&mut self) -> Result<Value, Problem> {
        match self.peek() {
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Boolean(true)),
            Some(b'f') => self.literal("false", Value::Boolean(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => Err(Problem::BadJson),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, Problem> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Problem::BadJson);
        }
        self.at += word.len();
        Ok(value)
    }

    /// Enters a bracket, reads what it holds, leaves it.
    fn nested(&mut self, inside: fn(&mut Self) -> Result<Value, Problem>) -> Result<Value, Problem> {
        self.depth += 1;
        if self.depth > limits::DEPTH_LEVELS {
            return Err(Problem::TooDeep);
        }
        self.at += 1;
        self.skip_space();
        let value = inside(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, Problem> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self) -> Result<Value, Problem> {
        let mut members = Members::new();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.name(&members)?;
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            let value = self.value()?;
            members.insert(name, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',')?;
        }
    }

    /// A member name; what is wrong with it counts at its closing quote, U+0000 before repetition.
    fn name(&mut self, members: &Members) -> Result<Name, Problem> {
        if self.peek() != Some(b'"') {
            return Err(Problem::BadJson);
        }
        let name = Name(self.string()?);
        if name.0.contains('\0') {
            return Err(Problem::NulInName);
        }
        if members.contains_key(&name) { Err(Problem::DuplicateName) } else { Ok(name) }
    }

    fn string(&mut self) -> Result<String, Problem> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            string.push_str(&self.text[start..self.at]);
            if self.take(b'"') {
                return Ok(string);
            }
            // What is left is an escape, a raw control or the end of the text.
            self.expect(b'\\')?;
            string.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        let byte = self.peek().ok_or(Problem::BadJson)?;
        let character = match byte {
            b'"' | b'\\' | b'/' => byte as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Problem::BadJson),
        };
        self.at += 1;
        Ok(character)
    }

    /// `uXXXX`, a pair of surrogates taken as one character; a lone one is refused (RFC 7493 §2.1).
    fn unicode_escape(&mut self) -> Result<char, Problem> {
        let unit = self.code_unit()?;
        if !(0xD800..0xDC00).contains(&unit) {
            return char::from_u32(unit).ok_or(Problem::BadJson);
        }
        self.expect(b'\\')?;
        let low = self.code_unit()?;
        if !(0xDC00..0xE000).contains(&low) {
            return Err(Problem::BadJson);
        }
        char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).ok_or(Problem::BadJson)
    }

    fn code_unit(&mut self) -> Result<u32, Problem> {
        self.expect(b'u')?;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| (byte as char).to_digit(16)).ok_or(Problem::BadJson)?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn digits(&mut self) -> Result<(), Problem> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Problem::BadJson) }
    }

    fn number(&mut self) -> Result<Value, Problem> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut integral = true;
        if self.take(b'.') {
            integral = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            integral = false;
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E' | b'+' | b'-' | b'0'..=b'9')) {
            return Err(Problem::BadJson);
        }
        judge_number(&self.text[start..self.at], integral)
    }
}

/// Numbers are doubles, correctly rounded; an integer that would be bent is refused.
fn judge_number(literal: &str, integral: bool) -> Result<Value, Problem> {
    let number: f64 = literal.parse().map_err(|_| Problem::BadJson)?;
    if number.is_infinite() {
        return Err(Problem::NumberOutOfRange);
    }
    let beyond = number.abs() > limits::SAFE_INTEGER as f64;
    if integral && beyond && write::number(number) != literal {
        return Err(Problem::NumberPrecision);
    }
    Ok(Value::Number(if number == 0.0 { 0.0 } else { number }))
}
