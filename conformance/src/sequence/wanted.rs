//! What the author of a step knows about its answers beforehand.

use super::operands::{Body, Mode, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a step must come to: `"201"` or `"412 precondition-failed"`, `"400 or 501"` where both are right; a list for
/// `together`; or one of these by mode.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Expect {
    One(String),
    All(Vec<String>),
    ByMode(BTreeMap<Mode, Expect>),
}

/// What else is known of each answer of a step.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// What Cache-Status says on a route with a cache; without one it says `bypass`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// The answer's body, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sees: Option<Body>,
    /// The ids that a list shows, in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Headers and their values; `null`: the answer does not carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carries: Option<BTreeMap<String, Option<Text>>>,
}

impl Wanted {
    /// The members of a step that belong here.
    pub const MEMBERS: [&'static str; 4] = ["cache", "sees", "ids", "carries"];
}

/// The values of Cache-Status, as contract/headers.toml names them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Cache {
    Hit,
    Pending,
    Stored,
    Miss,
    Collapsed,
    Bypass,
    CacheDown,
    Request,
}
