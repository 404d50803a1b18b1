//! Requests as clients mean them: documents read, written and deleted, with and without preconditions.

use super::bodies::{body, patch};
use super::{FAR, keys};
use crate::sequence::operands::EtagOf;
use crate::sequence::{Action, Create, Etags, Options, Read, Remove, StepRef, Write};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

/// Values of If-Match and If-None-Match that are odd or wrong.
const ODD_ETAGS: [&str; 20] = [
    "",
    " ",
    "*",
    "**",
    "*, \"a\"",
    "\"a\", *",
    "a",
    "\"",
    "\"a",
    "a\"",
    "\"a\" \"b\"",
    "\"a\",,\"b\"",
    ",",
    "W/\"a\"",
    "w/\"a\"",
    "W/ \"a\"",
    "W/*",
    "\"a b\"",
    "\"a\\\"b\"",
    "\"\"",
];

/// Content-Types of every kind, taken ones among them.
const CONTENT_TYPES: [&str; 18] = [
    "",
    "application/json",
    "Application/JSON; charset=\"UTF-8\"",
    "application/json;charset=utf8",
    "application/json; charset=iso-8859-1",
    "application/json;",
    "application/json;;a=b",
    "application/json; a",
    "application/json, application/json",
    "text/plain",
    "application/merge-patch+json",
    "application/merge-patch+json; charset=utf-8",
    "application/json-patch+json",
    "json",
    "*/*",
    "application/json; charset=\"utf-8",
    "application/json; charset=utf-8; charset=utf-8",
    " application/json ",
];

/// Headers that mean nothing, or something here.
const HEADERS: [(&str, &str); 34] = [
    ("Accept", "text/html"),
    ("Accept-Encoding", "gzip, br"),
    ("Range", "bytes=0-1"),
    ("If-Range", "\"a\""),
    ("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"),
    ("If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"),
    ("Cache-Control", "no-cache"),
    ("Cache-Control", "max-age=0, No-Cache"),
    ("Cache-Control", "no-store"),
    ("Cache-Control", "no-cache=\"x\""),
    ("Cache-Control", "\"no-cache\""),
    ("Cache-Control", ",,no-cache"),
    ("Pragma", "no-cache"),
    ("Prefer", "wait=1"),
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "identity"),
    ("Content-Encoding", "Identity, identity"),
    ("Content-Encoding", ""),
    ("Content-Range", "bytes 0-1/2"),
    ("Content-Type", "application/json"),
    ("Expect", "100-continue"),
    ("Expect", "200-ok"),
    ("X_Y", "1"),
    ("If_Match", "\"a\""),
    ("X-A", ""),
    ("X-A", "é"),
    ("X-A", "${repeat:x:9000}"),
    ("X-A", "${repeat:x:20000}"),
    ("Idempotency-Key", "\""),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Origin", "http://example.org"),
    ("Connection", "close"),
    ("If-Match", "*"),
    ("If-None-Match", "*"),
];

/// PUT of a document.
pub fn put() -> BoxedStrategy<Action> {
    write(body()).prop_map(Action::Put).boxed()
}

/// PATCH of a document.
pub fn change() -> BoxedStrategy<Action> {
    write(patch()).prop_map(Action::Patch).boxed()
}

fn write(body: BoxedStrategy<crate::sequence::Body>) -> BoxedStrategy<Write> {
    let parts = (keys::key(), body, precondition(6, 2), precondition(20, 6), content_type(), headers());
    parts.prop_map(|(key, body, if_match, if_none_match, content_type, headers)| Write { key, body, if_match, if_none_match, content_type, headers }).boxed()
}

/// DELETE of a document.
pub fn delete() -> BoxedStrategy<Action> {
    let parts = (keys::key(), precondition(4, 2), precondition(40, 4), headers());
    parts.prop_map(|(key, if_match, if_none_match, headers)| Action::Delete(Remove { key, if_match, if_none_match, headers })).boxed()
}

/// GET of a document.
pub fn get() -> BoxedStrategy<Action> {
    read().prop_map(Action::Get).boxed()
}

/// HEAD of a document.
pub fn head() -> BoxedStrategy<Action> {
    read().prop_map(Action::Head).boxed()
}

fn read() -> BoxedStrategy<Read> {
    let parts = (keys::key(), precondition(30, 2), precondition(8, 3), prop::bool::weighted(0.06), headers());
    parts.prop_map(|(key, if_match, if_none_match, no_cache, headers)| Read { key, if_match, if_none_match, no_cache, headers }).boxed()
}

/// POST to the collection with a key, which names the id.
pub fn keyed() -> BoxedStrategy<Action> {
    let good = select(vec!["k0", "k1", "\"k0\"", "\"k1\"", "order-2"]);
    let odd = select(vec!["", "\"\"", "\"", "a b", "a\"b", "é", "${repeat:k:128}", "${repeat:k:129}", "\"${repeat:k:128}\"", "k0, k1", "'k0'"]);
    let parts = (body(), prop_oneof![9 => good, 1 => odd], content_type(), headers());
    parts.prop_map(|(body, key, content_type, headers)| Action::Post(Create { body, idempotency_key: Some(key.to_owned()), content_type, headers })).boxed()
}

/// POST to the collection without a key: the target chooses the id.
pub fn post() -> BoxedStrategy<Action> {
    let parts = (body(), content_type(), headers());
    parts.prop_map(|(body, content_type, headers)| Action::Post(Create { body, idempotency_key: None, content_type, headers })).boxed()
}

/// OPTIONS of a document or of the collection.
pub fn options() -> BoxedStrategy<Action> {
    weighted(0.7, keys::key()).prop_map(|key| Action::Options(Options { key })).boxed()
}

/// None `absent` times as often as `present` ones.
fn precondition(absent: u32, present: u32) -> BoxedStrategy<Option<Etags>> {
    let of = |weak: bool| any::<u16>().prop_map(move |far| Etags::Of(EtagOf { etag_of: StepRef::Index(FAR + usize::from(far)), weak })).boxed();
    let text = || select(ODD_ETAGS.to_vec()).prop_map(|text| Etags::Text(text.to_owned()));
    let star = || Just(Etags::Text("*".to_owned()));
    let member = prop_oneof![3 => of(false), 1 => of(true), 1 => Just(Etags::Text("\"other\"".to_owned()))];
    let some = prop_oneof![10 => of(false), 2 => of(true), 5 => star(), 2 => vec(member, 1..4).prop_map(Etags::List), 1 => text()];
    prop_oneof![absent => Just(None), present => some.prop_map(Some)].boxed()
}

fn content_type() -> BoxedStrategy<Option<String>> {
    prop_oneof![24 => Just(None), 1 => select(CONTENT_TYPES.to_vec()).prop_map(|kind| Some(kind.to_owned()))].boxed()
}

/// Mostly none.
pub fn headers() -> BoxedStrategy<Vec<(String, String)>> {
    let header = select(HEADERS.to_vec()).prop_map(|(name, value)| (name.to_owned(), value.to_owned()));
    prop_oneof![14 => Just(Vec::new()), 1 => vec(header, 1..3)].boxed()
}
