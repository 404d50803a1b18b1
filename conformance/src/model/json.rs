//! A strict JSON reader: RFC 8259 narrowed to I-JSON, the first fault in byte order wins (contract.md §4, tables.md §1).

mod number;

use crate::generated::contract::{Problem, limits};
use serde_json::{Map, Value};

/// Reads one text; whatever type its root has.
///
/// # Errors
/// The first fault: bytes that are not UTF-8 and a byte order mark before anything else, then by position.
pub fn read(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::BadJson)?;
    if text.starts_with('\u{feff}') {
        return Err(Problem::BadJson);
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.space();
    let value = reader.value()?;
    reader.space();
    if reader.at == text.len() { Ok(value) } else { Err(Problem::BadJson) }
}

struct Reader<'a> {
    text: &'a str,
    /// Always at the beginning of a character.
    at: usize,
    /// Brackets that are open.
    depth: i64,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Result<(), Problem> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(Problem::BadJson)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value, Problem> {
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(Problem::BadJson),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Problem> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Problem::BadJson);
        }
        self.at += word.len();
        Ok(value)
    }

    /// The bracket that opens level 31 is the fault itself.
    fn open(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > limits::DEPTH_LEVELS {
            return Err(Problem::TooDeep);
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    /// Whether another part follows; else the closing bracket was read.
    fn more(&mut self, close: u8) -> Result<bool, Problem> {
        self.space();
        let comma = self.peek() == Some(b',');
        self.take(if comma { b',' } else { close })?;
        if comma {
            self.space();
        } else {
            self.depth -= 1;
        }
        Ok(comma)
    }

    fn array(&mut self) -> Result<Value, Problem> {
        self.open()?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.more(b']')?;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            if !self.more(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    fn object(&mut self) -> Result<Value, Problem> {
        self.open()?;
        let mut members = Map::new();
        if self.peek() == Some(b'}') {
            self.more(b'}')?;
            return Ok(Value::Object(members));
        }
        loop {
            let name = self.string()?;
            if name.contains('\0') {
                return Err(Problem::NulInName);
            }
            if members.contains_key(&name) {
                return Err(Problem::DuplicateName);
            }
            self.space();
            self.take(b':')?;
            self.space();
            let value = self.value()?;
            members.insert(name, value);
            if !self.more(b'}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn string(&mut self) -> Result<String, Problem> {
        self.take(b'"')?;
        let mut out = String::new();
        loop {
            let character = self.text[self.at..].chars().next().ok_or(Problem::BadJson)?;
            self.at += character.len_utf8();
            match character {
                '"' => return Ok(out),
                '\\' => out.push(self.escape()?),
                '\0'..='\u{1f}' => return Err(Problem::BadJson),
                _ => out.push(character),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        let letter = self.peek().ok_or(Problem::BadJson)?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.four_digits()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit).ok_or(Problem::BadJson);
                }
                self.take(b'\\')?;
                self.take(b'u')?;
                let low = self.four_digits()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(Problem::BadJson);
                }
                char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).ok_or(Problem::BadJson)?
            }
            _ => return Err(Problem::BadJson),
        })
    }

    fn four_digits(&mut self) -> Result<u32, Problem> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Problem::BadJson)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Problem::BadJson);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Problem::BadJson)
    }

    fn number(&mut self) -> Result<Value, Problem> {
        let (value, length) = number::read(&self.text.as_bytes()[self.at..])?;
        self.at += length;
        Ok(value)
    }
}
