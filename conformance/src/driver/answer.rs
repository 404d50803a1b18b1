//! An answer of a target, as it is compared.

use super::Yield;
use crate::checker::variation::HEADERS;
use crate::sequence::Compare;
use serde_json::Value;

/// What came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// 0 if the connection ended without an answer.
    pub status: u16,
    /// Names in lower case, sorted; without those that are not compared.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the target closed the connection; known only where it was waited for.
    pub closed: Option<bool>,
}

impl Answer {
    pub fn new(status: u16, headers: impl Iterator<Item = (String, String)>, body: Vec<u8>) -> Answer {
        let mut headers: Vec<(String, String)> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).filter(|(name, _)| !HEADERS.contains(&name.as_str())).collect();
        headers.sort();
        Answer { status, headers, body, closed: None }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(candidate, _)| candidate.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The slug of a problem body.
    pub fn problem(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        Some(body.get("type")?.as_str()?.strip_prefix("urn:docproxy:")?.to_owned())
    }

    /// Status, and slug if there is one, as `expect` spells it.
    pub fn outcome(&self) -> String {
        match self.problem() {
            Some(slug) => format!("{} {slug}", self.status),
            None => self.status.to_string(),
        }
    }

    /// What later steps can refer to.
    pub fn yields(&self) -> Yield {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        let header = self.header("etag").map(|etag| etag.trim_matches('"').to_owned());
        let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let receipt = self.header("write-status").is_some();
        let link = self.header("link").and_then(|link| link.strip_prefix('<')?.split('>').next().map(str::to_owned));
        Yield {
            etag: member("etag").filter(|_| receipt).or(header),
            id: member("id").filter(|_| receipt),
            cursor: member("next").filter(|_| body.get("items").is_some()),
            next: link,
        }
    }

    /// The fields that are compared, each with the path that names it in a verdict.
    pub fn face(&self, compare: Compare) -> Vec<(String, String)> {
        let class = format!("{}xx", self.status / 100);
        match compare {
            Compare::Nothing => Vec::new(),
            Compare::Status => vec![("status".to_owned(), self.status.to_string())],
            Compare::Class => {
                let closed = if self.closed == Some(true) { "closed" } else { "open" };
                vec![("status class".to_owned(), class), ("connection".to_owned(), closed.to_owned())]
            }
            Compare::Full | Compare::Shape => {
                let mut face = vec![("status".to_owned(), self.status.to_string())];
                let length = |name: &str| compare == Compare::Shape && name == "content-length";
                face.extend(
                    self.headers.iter().map(|(name, value)| (format!("header {name}"), if length(name) { "<length>".to_owned() } else { value.clone() })),
                );
                face.push(("body".to_owned(), if compare == Compare::Shape { self.shape() } else { readable(&self.body) }));
                face
            }
        }
    }

    fn shape(&self) -> String {
        match serde_json::from_slice(&self.body) {
            Ok(value) => shape(&value).to_string(),
            Err(_) => readable(&self.body),
        }
    }
}

fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::String("<string>".to_owned()),
        Value::Number(_) => Value::String("<number>".to_owned()),
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        Value::Object(members) => Value::Object(members.iter().map(|(name, value)| (name.clone(), shape(value))).collect()),
        other => other.clone(),
    }
}

/// Text, or hex where it is none.
pub fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("hex {}", crate::canonical::hex(bytes)),
    }
}
