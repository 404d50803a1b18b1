//! Makes responses: which status and which headers each answer carries (contract/headers.toml).

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use super::query;
use super::target::Resource;
use crate::cache::{Fate, Via};
use crate::documents::list::{Page, Wanted};
use crate::errors::Problem;
use crate::generated::contract::{cache_control, cache_status, media, names, write_status};
use crate::json::{Document, write};

/// A response before it is written, with what the log wants to know.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    pub problem: Option<Problem>,
    pub via: Option<Via>,
}

impl Answer {
    fn new(status: u16, cache_control: &'static str) -> Answer {
        let headers = vec![(names::CACHE_CONTROL, cache_control.to_owned())];
        Answer { status, headers, body: Bytes::new(), problem: None, via: None }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    fn content(mut self, media_type: &str, body: impl Into<Bytes>) -> Answer {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.with(names::CONTENT_TYPE, media_type).with(names::CONTENT_LENGTH, length)
    }

    fn via(mut self, via: Via) -> Answer {
        self.via = Some(via);
        self.with(names::CACHE_STATUS, cache_status(via))
    }

    /// The response; HEAD carries GET's headers without the body.
    pub fn into_response(self, head: bool, close: bool) -> Response {
        let mut response = Response::new(if head { Body::empty() } else { Body::from(self.body) });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let close = close.then(|| (names::CONNECTION, "close".to_owned()));
        for (name, value) in self.headers.into_iter().chain(close) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The value of Cache-Status.
pub const fn cache_status(via: Via) -> &'static str {
    match via {
        Via::Hit => cache_status::HIT,
        Via::Pending => cache_status::PENDING,
        Via::Stored => cache_status::STORED,
        Via::Miss => cache_status::MISS,
        Via::Collapsed => cache_status::COLLAPSED,
        Via::Bypass => cache_status::BYPASS,
        Via::CacheDown => cache_status::CACHE_DOWN,
        Via::Request => cache_status::REQUEST,
    }
}

/// The value of Write-Status.
const fn write_status(fate: Fate) -> &'static str {
    match fate {
        Fate::Stored => write_status::STORED,
        Fate::Queued => write_status::QUEUED,
        Fate::UnknownBase => write_status::UNKNOWN_BASE,
    }
}

/// Any problem; the resource tells what it allows.
pub fn problem(problem: Problem, resource: Option<&Resource>, operation: Option<&str>) -> Answer {
    let fact = problem.fact();
    let mut answer = Answer::new(fact.status as u16, cache_control::OTHER).content(media::PROBLEM, fact.body);
    answer.problem = Some(problem);
    if let Some(seconds) = fact.retry_after_s {
        answer = answer.with(names::RETRY_AFTER, seconds.to_string());
    }
    match (problem, resource, operation) {
        (Problem::MethodNotAllowed, Some(resource), _) => answer.with(names::ALLOW, resource.allow()),
        (Problem::UnsupportedMediaType, _, Some("patch")) => answer.with(names::ACCEPT_PATCH, media::MERGE_PATCH),
        _ => answer,
    }
}

/// A problem that a reader of a document meets.
pub fn document_problem(problem: Problem, via: Via) -> Answer {
    self::problem(problem, None, None).via(via)
}

/// A document.
pub fn document(document: Document, via: Via) -> Answer {
    let etag = quoted(&document.etag);
    Answer::new(200, cache_control::DOCUMENT).content(media::JSON, document.body).with(names::ETAG, etag).via(via)
}

/// A document that the reader has.
pub fn not_modified(document: &Document, via: Via) -> Answer {
    Answer::new(304, cache_control::DOCUMENT).with(names::ETAG, quoted(&document.etag)).via(via)
}

/// The receipt of a write; `created`: the document is new, as far as anybody knows.
pub fn written(collection: &str, id: &str, etag: &str, created: bool, tagged: bool, fate: Fate) -> Answer {
    let created = created && fate != Fate::UnknownBase;
    let status = match fate {
        Fate::UnknownBase => 202,
        _ if created => 201,
        _ => 200,
    };
    let mut answer = receipt(status, collection, id, &write::quoted(etag), fate);
    if created {
        answer = answer.with(names::LOCATION, format!("/v1/{collection}/{id}"));
    }
    // RFC 9110 §9.3.4: no validator when the content was transformed.
    if tagged { answer.with(names::ETAG, quoted(etag)) } else { answer }
}

/// A document is gone, or will be if there is one.
pub fn deleted(collection: &str, id: &str, fate: Fate) -> Answer {
    match fate {
        Fate::UnknownBase => receipt(202, collection, id, "null", fate),
        _ => Answer::new(204, cache_control::OTHER).with(names::WRITE_STATUS, write_status(fate)),
    }
}

/// `etag` as it stands in the text.
fn receipt(status: u16, collection: &str, id: &str, etag: &str, fate: Fate) -> Answer {
    let receipt = format!("{{\"collection\":{},\"etag\":{etag},\"id\":{}}}", write::quoted(collection), write::quoted(id));
    Answer::new(status, cache_control::OTHER).content(media::JSON, receipt).with(names::WRITE_STATUS, write_status(fate))
}

/// A page of a collection.
pub fn list(collection: &str, wanted: &Wanted, page: &Page) -> Answer {
    let mut body = String::from("{\"items\":[");
    for (index, item) in page.items.iter().enumerate() {
        body.push_str(if index > 0 { ",{\"doc\":" } else { "{\"doc\":" });
        body.push_str(&String::from_utf8_lossy(&item.document.body));
        body.push_str(&format!(",\"etag\":{},\"id\":{}}}", write::quoted(&item.document.etag), write::quoted(&item.id)));
    }
    let next = page.next.as_deref().map_or_else(|| "null".to_owned(), write::quoted);
    body.push_str(&format!("],\"next\":{next}}}"));
    let mut answer = Answer::new(200, cache_control::OTHER).content(media::JSON, body);
    if let Some(pending) = page.pending {
        answer = answer.with(names::PENDING_WRITES, pending.to_string());
    }
    match &page.next {
        Some(next) => {
            let filter = wanted.filter.as_ref().map(|filter| filter.canonical.as_str());
            answer.with(names::LINK, query::link(collection, wanted.limit, next, filter))
        }
        None => answer,
    }
}

/// What a resource takes.
pub fn options(resource: &Resource) -> Answer {
    let answer = Answer::new(204, cache_control::OTHER).with(names::ALLOW, resource.allow());
    match resource {
        Resource::Document { .. } => answer.with(names::ACCEPT_PATCH, media::MERGE_PATCH),
        _ => answer,
    }
}

/// Health or stats; what is not ready says when to ask again.
pub fn status(ready: bool, body: String) -> Answer {
    let answer = Answer::new(if ready { 200 } else { 503 }, cache_control::OTHER).content(media::JSON, body);
    if ready { answer } else { answer.with(names::RETRY_AFTER, "1") }
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}
