//! Bodies of requests: documents, patches, and what only looks like one.

use super::numbers::{SPELLINGS, number};
use super::spelling;
use crate::canonical;
use crate::generated::contract::limits;
use crate::sequence::Body;
use crate::sequence::operands::Repeat;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// Names that most documents have, so that filters and patches meet something.
pub const NAMES: [&str; 4] = ["v", "a", "b", "n"];

/// Names that mean something to a language, a store or a reader.
const ODD_NAMES: [&str; 24] = [
    "",
    " ",
    "$ref",
    "$eq",
    "a.b",
    ".",
    "%",
    "_id",
    "__proto__",
    "constructor",
    "toString",
    "1",
    "10",
    "2",
    "é",
    "\u{1f600}",
    "\u{e000}",
    "\u{7f}",
    "\u{2028}",
    "a\"b",
    "a\\b",
    "doc",
    "\u{ffff}",
    "length",
];

/// Texts that mean something to a store, a reader or the cache's records.
const ODD_TEXTS: [&str; 20] = [
    "",
    "a",
    "ab",
    "\u{0}",
    "\u{1f}",
    "\u{7f}",
    "\"",
    "\\",
    "/",
    "\u{8}\t\n\u{c}\r",
    "é",
    "e\u{301}",
    "\u{1f600}",
    "\u{ffff}",
    "\u{2028}",
    " a ",
    "1",
    "null",
    "1|V|0|{}",
    "%00",
];

/// Bodies that are no document, in characters.
const BAD: [&str; 46] = [
    "",
    " ",
    "{",
    "}",
    "{}}",
    "{} x",
    "{,}",
    "{\"a\":1,}",
    "{\"a\":[1,]}",
    "{a:1}",
    "{'a':1}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\":1 \"b\":2}",
    "// x\n{}",
    "{\"a\":1/*x*/}",
    "{\"a\":tru}",
    "{\"a\":True}",
    "{\"a\":undefined}",
    "{\"a\":\"\\q\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\udc00\\ud800\"}",
    "{\"\\ud800\":1}",
    "{\"a\":\"\t\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"x",
    "{\"\\u0000\":1}",
    "{\"a\":1,\"a\":1}",
    "{\"a\":1,\"\\u0061\":2}",
    "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}",
    "[]",
    "[1]",
    "1",
    "\"a\"",
    "null",
    "true",
    "\u{feff}{}",
    "\u{b}{}",
    "\u{a0}{}",
    "{}\u{0}",
    "{\"a\":1e400,\"a\":1}",
    "{\"a\":1,\"a\":1e400}",
    "[1e400]",
    "[9007199254740993]",
    "{\"a\":\"\\uD83D\\uDE00\",\"a\":0}",
];

/// Bytes that are no UTF-8, or that have a mark before them.
const BAD_BYTES: [&str; 8] =
    ["efbbbf7b7d", "7b2261223a22ff227d", "7b2261223a22c3227d", "7b2261223a22eda080227d", "7b2261223a22c0af227d", "ff", "7b7dff", "fffe7b007d00"];

/// A document, or what a client takes for one.
pub fn body() -> BoxedStrategy<Body> {
    prop_oneof![
        40 => small().prop_map(Body::Json),
        22 => object().prop_map(Body::Json),
        12 => spelled(),
        10 => bad(),
        3 => mutated(),
        2 => big(),
    ]
    .boxed()
}

/// A merge patch, or what a client takes for one.
pub fn patch() -> BoxedStrategy<Body> {
    let removal = select(NAMES.to_vec()).prop_map(|name| json!({name: null}));
    let nested = (name(), object()).prop_map(|(name, inner)| json!({name: inner}));
    prop_oneof![
        30 => small().prop_map(Body::Json),
        16 => removal.prop_map(Body::Json),
        12 => nested.prop_map(Body::Json),
        14 => object().prop_map(Body::Json),
        8 => spelled(),
        7 => bad(),
        2 => mutated(),
        1 => big(),
    ]
    .boxed()
}

/// One of few documents, so that the same content comes again.
fn small() -> BoxedStrategy<Value> {
    prop_oneof![
        3 => (select(NAMES.to_vec()), -1_i32..4).prop_map(|(name, number)| json!({name: number})),
        1 => (0_i32..3, select(vec!["x", "xy", "y"])).prop_map(|(number, text)| json!({"v": number, "a": text})),
        1 => Just(json!({})),
    ]
    .boxed()
}

/// Any document.
pub fn object() -> BoxedStrategy<Value> {
    vec((name(), value()), 0..6).prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())).boxed()
}

/// Any value.
pub fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![5 => number(), 5 => text().prop_map(Value::String), 1 => Just(Value::Null), 1 => any::<bool>().prop_map(Value::Bool)];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((name(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// A member's name.
pub fn name() -> BoxedStrategy<String> {
    prop_oneof![7 => select(NAMES.to_vec()).prop_map(str::to_owned), 2 => select(ODD_NAMES.to_vec()).prop_map(str::to_owned), 1 => characters().prop_map(|text| text.replace('\0', ""))].boxed()
}

/// A string.
pub fn text() -> BoxedStrategy<String> {
    prop_oneof![3 => select(vec!["x", "xy", "y", "z"]).prop_map(str::to_owned), 3 => select(ODD_TEXTS.to_vec()).prop_map(str::to_owned), 1 => characters()]
        .boxed()
}

fn characters() -> BoxedStrategy<String> {
    let edges = select(vec![
        'a',
        'Z',
        '0',
        ' ',
        '"',
        '\\',
        '\u{0}',
        '\u{1f}',
        '\u{7f}',
        '\u{80}',
        '\u{7ff}',
        '\u{800}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '\u{10000}',
        '\u{10ffff}',
    ]);
    vec(prop_oneof![3 => edges, 1 => any::<char>()], 0..8).prop_map(|characters| characters.into_iter().collect()).boxed()
}

/// A document spelled unlike its canonical form.
fn spelled() -> BoxedStrategy<Body> {
    let number = (select(NAMES.to_vec()), select(SPELLINGS.to_vec())).prop_map(|(name, number)| format!("{{\"{name}\":{number}}}"));
    let document = (object(), any::<u64>()).prop_map(|(document, style)| spelling::spell(&document, style));
    prop_oneof![3 => document, 2 => number].prop_map(plain).boxed()
}

/// No document, and every way not to be one.
fn bad() -> BoxedStrategy<Body> {
    let nested = |inner: usize| {
        let repeat = |text: &str| Body::Repeat(Box::new(Repeat { part: Body::Text(text.to_owned()), times: inner }));
        Body::Parts(vec![Body::Text("{\"a\":".to_owned()), repeat("["), repeat("]"), Body::Text("}".to_owned())])
    };
    let depth = usize::try_from(limits::DEPTH_LEVELS).unwrap_or_default();
    prop_oneof![
        12 => select(BAD.to_vec()).prop_map(|text| plain(text.to_owned())),
        2 => select(BAD_BYTES.to_vec()).prop_map(|digits| Body::Hex(digits.to_owned())),
        // The root counts.
        2 => (depth - 2..depth + 2).prop_map(nested),
    ]
    .boxed()
}

/// A document with one character wrong, which may do no harm.
fn mutated() -> BoxedStrategy<Body> {
    let stray = select(vec!['{', '}', '[', ']', '"', '\\', ',', ':', '0', '1', '-', '.', 'e', ' ', '\n', 'u', '\u{0}', 'é']);
    let what = (object(), any::<Index>(), prop::option::of(stray), any::<bool>());
    what.prop_map(|(document, at, stray, instead)| {
        let mut characters: Vec<char> = canonical::text(&document).chars().collect();
        let at = at.index(characters.len());
        if instead || stray.is_none() {
            characters.remove(at);
        }
        if let Some(stray) = stray {
            characters.insert(at, stray);
        }
        plain(characters.into_iter().collect())
    })
    .boxed()
}

/// Documents of many bytes; seldom one at the limit, which costs as much as a hundred others.
fn big() -> BoxedStrategy<Body> {
    let most = usize::try_from(limits::BODY_BYTES).unwrap_or_default() - "{\"a\":\"\"}".len();
    let length = prop_oneof![60 => 300_usize..2_000, 12 => 2_000_usize..20_000, 2 => 20_000_usize..70_000, 1 => most - 1..most + 2];
    let around = (length, select(vec!["x", "é", "\u{1f600}", "\\u0041", "\\n"]));
    around
        .prop_map(|(length, part)| {
            let times = length / part.len();
            let rest = "x".repeat(length - times * part.len());
            let filling = Body::Repeat(Box::new(Repeat { part: Body::Text(part.to_owned()), times }));
            Body::Parts(vec![Body::Text("{\"a\":\"".to_owned()), filling, Body::Text(format!("{rest}\"}}"))])
        })
        .boxed()
}

/// A text in which nothing is filled in.
pub fn plain(text: String) -> Body {
    Body::Text(text.replace("${", "$ {"))
}
