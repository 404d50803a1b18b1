//! JSON as the contract means it: values whose canonical form is unique (contract.md §4).

pub mod read;
pub mod write;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// A member name; ordered by UTF-16 code units, as RFC 8785 §3.2.3 sorts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.bytes().map(utf16_rank).cmp(other.0.bytes().map(utf16_rank))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// UTF-8 sorts as UTF-16 does but for U+E000 to U+FFFF, which come after the surrogates of what lies above them.
fn utf16_rank(byte: u8) -> u8 {
    if matches!(byte, 0xEE | 0xEF) { byte + 0x10 } else { byte }
}

/// The members of an object in canonical order.
pub type Members = BTreeMap<Name, Value>;

/// A JSON value; numbers are finite and never -0, so equal values have equal canonical forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Number(f64),
    String(String),
    Array(Vec<Value>),
    Object(Members),
}

impl Value {
    /// The member `name`, if this is an object that has it.
    pub fn member(&self, name: &Name) -> Option<&Value> {
        match self {
            Value::Object(members) => members.get(name),
            _ => None,
        }
    }
}

/// A document: its canonical text with the entity tag of exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// 32 hex digits, without quotes.
    pub etag: String,
    pub body: Bytes,
}

impl Document {
    /// The document of a value.
    pub fn of(value: &Value) -> Document {
        let body = Bytes::from(write::canonical(value));
        Document { etag: etag(&body), body }
    }
}

/// The entity tag of canonical bytes: the first 16 bytes of their SHA-256 in hex (contract.md §2).
pub fn etag(canonical: &[u8]) -> String {
    hex(&Sha256::digest(canonical)[..16])
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}
