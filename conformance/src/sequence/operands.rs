//! The symbolic operands of steps: keys, entity tags, cursors, bodies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A cache mode, as the routing file spells it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    Off,
    WriteThrough,
    WriteBehind,
}

impl Mode {
    /// As the routing file spells it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::WriteThrough => "write-through",
            Mode::WriteBehind => "write-behind",
        }
    }
}

/// A kind of store, as the routing file spells it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    Mongodb,
    Mysql,
}

/// Which of the suite's routes a case uses; `routes.rs` says what each sets.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// All defaults.
    #[default]
    Plain,
    /// `"require_match": true`.
    RequireMatch,
    /// `"on_cache_down": "bypass"`; write-through only.
    CacheBypass,
    /// `"negative_ttl_ms": 0`; not without a cache.
    NoNegative,
    /// A store with a short timeout.
    Hasty,
    /// `"max_pending": 3`; write-behind only.
    Few,
    /// A `delay_ms` of two seconds, so that what waits is stored by itself; write-behind only.
    Soon,
}

/// Another step: its index from 0, or the name it has by `as`.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum StepRef {
    Index(usize),
    Name(String),
}

/// Which document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a key is a number (of the pool), a string (the id itself) or {\"id_of\": STEP}")]
pub enum Key {
    /// From the pool: 0..=5 are `a` to `f`, 6..=63 are `k06` to `k63`.
    Pool(u8),
    /// The id itself, put into the target as it stands.
    Id(String),
    /// The id that a POST answered.
    Of(IdOf),
}

/// The id that the POST of a step answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdOf {
    pub id_of: StepRef,
}

impl Key {
    /// The id of a key of the pool.
    pub fn pooled(index: u8) -> String {
        match index {
            0..=5 => char::from(b'a' + index).to_string(),
            _ => format!("k{index:02}"),
        }
    }
}

/// The value of If-Match or If-None-Match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a precondition is a string (the field's value), {\"etag_of\": STEP} or a list of these")]
pub enum Etags {
    Text(Text),
    /// Before the next one, which serde would also read from an array.
    List(Vec<Etags>),
    Of(EtagOf),
}

/// The entity tag that a step answered, in quotes; with `weak`, after `W/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EtagOf {
    pub etag_of: StepRef,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weak: bool,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "after is a string (the raw value), a number (a key of the pool) or {\"cursor_of\": STEP}")]
pub enum After {
    Pool(u8),
    Text(Text),
    Of(CursorOf),
}

/// The `next` of a list's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CursorOf {
    pub cursor_of: StepRef,
}

/// A text in which `${coll}`, `${host}`, `${key:N}`, `${etag:STEP}`, `${id:STEP}`, `${cursor:STEP}` and
/// `${repeat:TEXT:TIMES}` are filled in.
pub type Text = String;

/// A request's body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// This value in canonical form.
    Json(Value),
    /// These characters in UTF-8, with `${…}` filled in.
    Text(Text),
    /// These bytes.
    Hex(String),
    /// One after another.
    Parts(Vec<Body>),
    /// One part many times.
    Repeat(Box<Repeat>),
}

/// `part`, `times` times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    pub part: Body,
    pub times: usize,
}
