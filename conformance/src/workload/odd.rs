//! Requests that no client means: other methods, other targets, bytes of every kind on a socket.

use super::bodies;
use super::keys;
use super::requests::headers;
use super::strays::strayed;
use crate::canonical;
use crate::sequence::{Action, Body, Compare, Expect, Key, Raw, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Targets that name nothing, or not what they seem to.
const TARGETS: [&str; 52] = [
    "/",
    "/v1",
    "/v1/",
    "/v2/${coll}/a",
    "/V1/${coll}/a",
    "/v1/${coll}/",
    "/v1/${coll}/a/",
    "/v1/${coll}/a/b",
    "//v1/${coll}/a",
    "/v1//a",
    "/./v1/${coll}/a",
    "/v1/${coll}/a/..",
    "/v1/${coll}/.",
    "/v1/${coll}/..",
    "/v1/${coll}/%2e%2e",
    "/v1/${coll}/a%2Fb",
    "/v1%2F${coll}/a",
    "/%761/${coll}/a",
    "/v1/${coll}/%61",
    "/v1/${coll}/%6",
    "/v1/${coll}/%zz",
    "/v1/${coll}/a%00",
    "/v1/${coll}/a+b",
    "/v1/${coll}/a;b",
    "/v1/${coll}%20/a",
    "/v1/COLL/a",
    "/v1/1a",
    "/v1/zz-none/a",
    "/v1/zz-none",
    "/v1/${repeat:c:63}/a",
    "/v1/${repeat:c:64}/a",
    "/v1/${coll}/${repeat:i:128}",
    "/v1/${coll}/${repeat:i:129}",
    "/v1/${coll}/${repeat:x:7979}",
    "/v1/${coll}/${repeat:x:7980}",
    "/${repeat:/:8000}",
    "/v1/${coll}?",
    "/v1/${coll}/a?",
    "/v1/${coll}/a?x=1",
    "/v1/${coll}/a?limit=1",
    "/v1/${coll}?x=1",
    "/v1/${coll}?after=${repeat:x:4090}",
    "/v1/${coll}?after=${repeat:x:4091}",
    "/_health/live",
    "/_health/ready",
    "/_health/dead",
    "/_health/live?",
    "/_health/live?x=1",
    "/_stats/x",
    "/_metrics",
    "*",
    "/v1/${coll}/a?&",
];

/// Methods that are known, and those that every server passes on.
const METHODS: [&str; 12] = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS", "GET", "DELETE", "PROPFIND", "TRACE", "LOCK"];

/// Any method on any target.
pub fn request() -> BoxedStrategy<Action> {
    let parts = (select(METHODS.to_vec()), select(TARGETS.to_vec()), headers(), prop::option::weighted(0.4, bodies::body()));
    let any = parts.prop_map(|(method, target, mut headers, body)| {
        let typed = headers.iter().any(|(name, _)| name == "Content-Type");
        if body.is_some() && !typed && method != "DELETE" {
            let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
            headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        // Of `*` only OPTIONS is sure to reach a service.
        let method = if target == "*" { "OPTIONS" } else { method };
        Action::Request(Request { method: method.to_owned(), target: target.to_owned(), headers, body, compare: Compare::Full })
    });
    let stats =
        Just(Action::Request(Request { method: "GET".to_owned(), target: "/_stats".to_owned(), headers: Vec::new(), body: None, compare: Compare::Shape }));
    prop_oneof![24 => any, 1 => stats].boxed()
}

/// Lines after the request line that a server's own parser may refuse, each with all that is compared then: 4xx, and
/// that the connection is closed.
const BROKEN: [&[&str]; 16] = [
    &["Host: ${host}", "X: a", " folded", "Connection: close"],
    &["Host: ${host}", "X : a", "Connection: close"],
    &["Host: ${host}", "no colon", "Connection: close"],
    &["Host: ${host}", ": a", "Connection: close"],
    &["Host: ${host}", "X(: a", "Connection: close"],
    &["Host: ${host}", "X: a\u{0}b", "Connection: close"],
    &["Host: ${host}", "If,Match: \"x\"", "Connection: close"],
    &["Host: ${host}", "Content-Length: 2", "Transfer-Encoding: chunked", "", "0"],
    &["Host: ${host}", "Content-Length: 2", "Content-Length: 2", "", "{}"],
    &["Host: ${host}", "Content-Length: 2", "Content-Length: 3", "", "{} "],
    &["Host: ${host}", "Content-Length: +2", "", "{}"],
    &["Host: ${host}", "Content-Length: -1", "", "{}"],
    &["Host: ${host}", "Content-Length: 2, 2", "", "{}"],
    &["Host: ${host}", "Content-Length: 0x2", "", "{}"],
    &["Host: ${host}", "Content-Length: 1", "Connection: close", "", ""],
    &["Host: ${host}", "Transfer-Encoding: chunked", "", "zz", "{}", "0"],
];

/// Request lines that are none.
const NO_REQUESTS: [&str; 6] = [
    "HELLO",
    "GET /v1/${coll}/a",
    "GET /v1/${coll}/a HTTP/1.1 x",
    "GET /v1/${coll}/a b HTTP/1.1",
    "GET /v1/${coll}/é HTTP/1.1",
    "GET /v1/${coll}?after=é HTTP/1.1",
];

/// Bytes on a socket, with what may be compared of their answers.
pub fn raw() -> BoxedStrategy<(Action, Option<Expect>)> {
    let unexpected = |raw: BoxedStrategy<Raw>| raw.prop_map(|raw| (Action::Raw(raw), None)).boxed();
    prop_oneof![5 => unexpected(whole()), 2 => unexpected(chunked()), 2 => unexpected(pipelined()), 2 => unexpected(broken()), 2 => unexpected(strayed(whole())), 1 => unknown_method()].boxed()
}

fn lines(lines: Vec<String>) -> Raw {
    Raw { lines, body: None, bytes: None, answers: 1, shut: false, compare: Compare::Full }
}

fn target() -> BoxedStrategy<String> {
    let document = keys::pooled().prop_map(|key| format!("/v1/${{coll}}/{}", Key::pooled(key % 6)));
    let absolute = (select(vec!["http://${host}", "HTTP://other.example:99"]), document.clone()).prop_map(|(start, rest)| format!("{start}{rest}"));
    prop_oneof![6 => document, 1 => absolute, 1 => Just("/v1/${coll}".to_owned()), 1 => select(TARGETS.to_vec()).prop_filter("* is for OPTIONS", |target| *target != "*").prop_map(str::to_owned)].boxed()
}

/// A whole request without a body, in one of the ways to write it.
fn whole() -> BoxedStrategy<Raw> {
    let version = prop_oneof![6 => Just("1.1"), 1 => Just("1.0")];
    let host = select(vec!["Host: ${host}", "host:${host}", "HOST:   ${host}  ", "Host: other.example"]);
    let further = select(vec![
        "",
        "If-None-Match: *",
        "if-match:*",
        "If-Match: \"a\"\r\nIf-Match: \"b\"",
        "Host: again",
        "Expect: foo",
        "Expect: 100-Continue",
        "Content-Length: 0",
        "Content-Length: 1048577",
        "X_Y: z",
        "Cache-Control: x\r\ncache-control: no-cache",
        "If-Match: \"é\"",
        "X:",
        "Connection: keep-alive",
    ]);
    let method = select(vec!["GET", "GET", "HEAD", "DELETE", "OPTIONS"]);
    let parts = (method, target(), version, prop::option::weighted(0.9, host), further);
    parts
        .prop_map(|(method, target, version, host, further)| {
            // HTTP/1.0 needs no Host.
            let mut all = vec![format!("{method} {target} HTTP/{version}")];
            all.extend(host.map(str::to_owned));
            all.extend(further.split("\r\n").filter(|line| !line.is_empty()).map(str::to_owned));
            lines(all)
        })
        .boxed()
}

/// A PUT whose body comes in chunks.
fn chunked() -> BoxedStrategy<Raw> {
    let parts = (keys::pooled(), bodies::object(), vec(1_usize..9, 0..6), any::<bool>());
    parts
        .prop_map(|(key, document, sizes, decorated)| {
            let mut rest = canonical::text(&document).into_bytes();
            let mut body = Vec::new();
            let mut sizes = sizes.into_iter();
            while !rest.is_empty() {
                let size = sizes.next().unwrap_or(rest.len()).min(rest.len());
                let extension = if decorated { ";ext=\"1\"" } else { "" };
                body.extend(format!("{size:x}{extension}\r\n").into_bytes());
                body.extend(rest.drain(..size));
                body.extend(b"\r\n");
            }
            body.extend(if decorated { &b"0\r\nX-Trailer: y\r\n\r\n"[..] } else { b"0\r\n\r\n" });
            let head = ["PUT /v1/${coll}/", &Key::pooled(key % 6), " HTTP/1.1"].concat();
            let all = [&head, "Host: ${host}", "Content-Type: application/json", "Transfer-Encoding: chunked"];
            Raw { body: Some(Body::Hex(canonical::hex(&body))), ..lines(all.map(str::to_owned).to_vec()) }
        })
        .boxed()
}

/// Several requests at once on one connection.
fn pipelined() -> BoxedStrategy<Raw> {
    let one = (keys::pooled(), select(vec!["PUT", "GET", "DELETE", "GET"]), 0_i32..4);
    vec(one, 2..4)
        .prop_map(|requests| {
            let answers = requests.len();
            let texts = requests.into_iter().map(|(key, method, number)| {
                let head = format!("{method} /v1/${{coll}}/{} HTTP/1.1\r\nHost: ${{host}}\r\n", Key::pooled(key % 6));
                let body = format!("{{\"v\":{number}}}");
                if method == "PUT" {
                    format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                } else {
                    format!("{head}\r\n")
                }
            });
            Raw { bytes: Some(Body::Text(texts.collect())), answers, ..lines(Vec::new()) }
        })
        .boxed()
}

fn broken() -> BoxedStrategy<Raw> {
    let head = select(BROKEN.to_vec()).prop_map(|further| {
        let first = ["PUT /v1/${coll}/a HTTP/1.1", "Content-Type: application/json"];
        first.iter().chain(further).map(|line| (*line).to_owned()).collect::<Vec<_>>()
    });
    let none = select(NO_REQUESTS.to_vec()).prop_map(|line| vec![line.to_owned(), "Host: ${host}".to_owned(), "Connection: close".to_owned()]);
    // The end of the input has to be told to those that wait for more.
    prop_oneof![2 => head, 1 => none].prop_map(|all| Raw { shut: true, compare: Compare::Class, ..lines(all) }).boxed()
}

fn unknown_method() -> BoxedStrategy<(Action, Option<Expect>)> {
    let method = select(vec!["BREW", "get", "GETS", "CONNECT", "PURGE"]);
    method
        .prop_map(|method| {
            let all = vec![format!("{method} /v1/${{coll}}/a HTTP/1.1"), "Host: ${host}".to_owned(), "Connection: close".to_owned()];
            (Action::Raw(Raw { compare: Compare::Nothing, ..lines(all) }), Some(Expect::One("400 or 501".to_owned())))
        })
        .boxed()
}
