//! The steps that send something to a target.

use super::operands::{After, Body, Etags, Key, StepRef, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// PUT or PATCH of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    pub key: Key,
    pub body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<Etags>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none_match: Option<Etags>,
    /// The Content-Type; without it the one the method takes. `""` sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Text)>,
}

/// DELETE of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    pub key: Key,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<Etags>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none_match: Option<Etags>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Text)>,
}

/// GET or HEAD of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    pub key: Key,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<Etags>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none_match: Option<Etags>,
    /// Sends `Cache-Control: no-cache`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_cache: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Text)>,
}

/// POST to the collection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    pub body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Text)>,
}

/// GET (or HEAD) of the collection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct List {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Sent in compact form, percent-encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#where: Option<Value>,
    /// The query as it stands, instead of the three above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<Text>,
    /// Follows the Link of that list instead; nothing else is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_of: Option<StepRef>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub head: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Text)>,
}

/// OPTIONS of a document, or of the collection without a key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
}

/// Any request at all that an HTTP client can send.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    /// Sent as it stands after `${…}` is filled in.
    pub target: Text,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Text)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    #[serde(default)]
    pub compare: Compare,
}

/// Bytes on a socket of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// Each is followed by CR LF, and an empty one is added at the end. Not together with `bytes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Text>,
    /// Sent after the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// All that is sent, instead of lines and body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Body>,
    /// How many answers are read (pipelining).
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub answers: usize,
    /// Ends the sending side after the last byte.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shut: bool,
    #[serde(default)]
    pub compare: Compare,
}

/// How much of an answer is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// Status, the compared headers, body.
    #[default]
    Full,
    /// The status alone.
    Status,
    /// The status's class, and that the connection is closed afterwards (raw only).
    Class,
    /// Status, headers, and the body's JSON with each number and string replaced by its type.
    Shape,
    /// Nothing between the targets: the step's `expect` says what is right.
    Nothing,
}

fn one() -> usize {
    1
}

fn is_one(count: &usize) -> bool {
    *count == 1
}
