//! Answers with all their headers (tables.md §2).

use super::checks::Reached;
use super::page::{Page, link};
use super::query::ListQuery;
use super::record::Kind;
use super::target::Resource;
use crate::canonical;
use crate::driver::answer::Answer;
use crate::generated::contract::{Problem, cache_control, media, names};
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

/// A page; `pending` is how many writes it may lack, on a route of write-behind.
pub fn list(collection: &str, query: &ListQuery, page: &Page, pending: Option<usize>) -> Answer {
    let filter = query.filter.as_ref().map(|(written, _)| canonical::text(written));
    let mut headers = vec![no_store()];
    headers.extend(page.next.as_ref().map(|next| (names::LINK, link(collection, query.limit, next, filter.as_deref()))));
    headers.extend(pending.map(|count| (names::PENDING_WRITES, count.to_string())));
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
    /// None: nobody knows, since the base is not known.
    pub created: Option<bool>,
    /// The value of Write-Status.
    pub status: &'static str,
    /// Whether the client may know the tag: not where the service transformed what it sent.
    pub tagged: bool,
}

/// The receipt of a document that is stored now.
pub fn receipt(written: Written, etag: &str) -> Answer {
    let Written { collection, id, created, status, tagged } = written;
    let mut headers = vec![no_store(), write_status(status)];
    headers.extend(tagged.then(|| quoted(etag)));
    headers.extend((created == Some(true)).then(|| (names::LOCATION, format!("/v1/{collection}/{id}"))));
    let body = canonical::text(&json!({"collection": collection, "etag": etag, "id": id}));
    let code = match created {
        Some(true) => 201,
        Some(false) => 200,
        None => 202,
    };
    answer(code, headers, Some((media::JSON, body.into_bytes())))
}

/// A document that is gone, with the value of Write-Status.
pub fn deleted(status: &str) -> Answer {
    answer(204, vec![no_store(), write_status(status)], None)
}

/// The receipt of a DELETE of which nobody knows whether there was a document.
pub fn deleted_blind(collection: &str, id: &str, status: &str) -> Answer {
    let body = canonical::text(&json!({"collection": collection, "etag": null, "id": id}));
    answer(202, vec![no_store(), write_status(status)], Some((media::JSON, body.into_bytes())))
}

fn write_status(status: &str) -> Header {
    (names::WRITE_STATUS, status.to_owned())
}
