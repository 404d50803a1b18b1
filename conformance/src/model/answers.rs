//! Answers with all their headers (tables.md §2).

use super::checks::Reached;
use super::page::{Page, link};
use super::query::ListQuery;
use super::record::Kind;
use super::target::Resource;
use crate::canonical;
use crate::driver::answer::Answer;
use crate::generated::contract::{Problem, cache_control, media, names, write_status};
use serde_json::json;

type Header = (&'static str, String);

fn answer(status: u16, mut headers: Vec<Header>, body: Option<(&str, Vec<u8>)>) -> Answer {
    if let Some((kind, bytes)) = &body {
        headers.push((names::CONTENT_TYPE, (*kind).to_owned()));
        headers.push((names::CONTENT_LENGTH, bytes.len().to_string()));
    }
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    Answer::new(status, headers, body.map(|(_, bytes)| bytes).unwrap_or_default())
}

fn no_store() -> Header {
    (names::CACHE_CONTROL, cache_control::OTHER.to_owned())
}

fn quoted(etag: &str) -> Header {
    (names::ETAG, format!("\"{etag}\""))
}

/// A problem, with what belongs to where it was met; `cache` is the Cache-Status of a read.
pub fn problem(problem: Problem, reached: &Reached, cache: Option<&'static str>) -> Answer {
    let fact = problem.fact();
    let mut headers = vec![no_store()];
    headers.extend(cache.map(|status| (names::CACHE_STATUS, status.to_owned())));
    headers.extend(fact.retry_after_s.map(|seconds| (names::RETRY_AFTER, seconds.to_string())));
    if let (Problem::MethodNotAllowed, Some(resource)) = (problem, &reached.resource) {
        headers.push(allow(resource));
    }
    if problem == Problem::UnsupportedMediaType && reached.method == Some("PATCH") {
        headers.push(accept_patch());
    }
    let status = u16::try_from(fact.status).unwrap_or_default();
    answer(status, headers, Some((media::PROBLEM, fact.body.as_bytes().to_vec())))
}

fn allow(resource: &Resource) -> Header {
    (names::ALLOW, resource.allowed().join(", "))
}

fn accept_patch() -> Header {
    (names::ACCEPT_PATCH, media::MERGE_PATCH.to_owned())
}

pub fn options(resource: &Resource) -> Answer {
    let mut headers = vec![no_store(), allow(resource)];
    if matches!(resource, Resource::Document { .. }) {
        headers.push(accept_patch());
    }
    answer(204, headers, None)
}

/// The body of live and ready.
pub fn status(body: &serde_json::Value) -> Answer {
    answer(200, vec![no_store()], Some((media::JSON, canonical::text(body).into_bytes())))
}

pub fn list(collection: &str, query: &ListQuery, page: &Page) -> Answer {
    let filter = query.filter.as_ref().map(|(written, _)| canonical::text(written));
    let mut headers = vec![no_store()];
    headers.extend(page.next.as_ref().map(|next| (names::LINK, link(collection, query.limit, next, filter.as_deref()))));
    answer(200, headers, Some((media::JSON, page.body().into_bytes())))
}

/// A document that is there.
pub fn document(kind: &Kind, cache: &'static str) -> Answer {
    let body = if let Kind::Value { body, .. } = kind { body.as_bytes().to_vec() } else { Vec::new() };
    answer(200, found(kind, cache), Some((media::JSON, body)))
}

/// A document that the client has already.
pub fn not_modified(kind: &Kind, cache: &'static str) -> Answer {
    answer(304, found(kind, cache), None)
}

fn found(kind: &Kind, cache: &'static str) -> Vec<Header> {
    let mut headers = vec![(names::CACHE_CONTROL, cache_control::DOCUMENT.to_owned()), (names::CACHE_STATUS, cache.to_owned())];
    if let Kind::Value { etag, .. } = kind {
        headers.push(quoted(etag));
    }
    headers
}

/// How a write's answer differs from others.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    pub collection: &'a str,
    pub id: &'a str,
    pub created: bool,
    /// Whether the client may know the tag: not where the service transformed what it sent.
    pub tagged: bool,
}

/// The receipt of a document that is stored now.
pub fn receipt(written: Written, etag: &str) -> Answer {
    let Written { collection, id, created, tagged } = written;
    let mut headers = vec![no_store(), stored()];
    headers.extend(tagged.then(|| quoted(etag)));
    headers.extend(created.then(|| (names::LOCATION, format!("/v1/{collection}/{id}"))));
    let body = canonical::text(&json!({"collection": collection, "etag": etag, "id": id}));
    answer(if created { 201 } else { 200 }, headers, Some((media::JSON, body.into_bytes())))
}

pub fn deleted() -> Answer {
    answer(204, vec![no_store(), stored()], None)
}

fn stored() -> Header {
    (names::WRITE_STATUS, write_status::STORED.to_owned())
}
