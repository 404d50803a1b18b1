//! The checks that need no document, in the order of contract.md §1.

use super::body::{self, Content};
use super::keyed;
use super::media;
use super::preconditions::Preconditions;
use super::prefer;
use super::query::{self, ListQuery};
use super::request::Request;
use super::router::Router;
use super::target::{self, Resource};
use super::verdict::Stop;
use super::writes::Change;
use crate::canonical;
use crate::generated::contract::{Problem, limits, names};
use serde_json::Value;
use std::time::Duration;

/// A request that is right in itself.
#[derive(Clone, Debug)]
pub enum Asked {
    Options(Resource),
    /// Live, ready or stats.
    Status(Resource),
    List {
        query: ListQuery,
        /// How long it may wait for pending writes; where nothing waits nobody looks at it.
        wait: Result<Option<Duration>, Stop>,
    },
    Read {
        id: String,
        no_cache: bool,
        preconditions: Preconditions,
    },
    Write(Write),
}

/// A write as the client wants it.
#[derive(Clone, Debug)]
pub struct Write {
    /// None: the target chooses one.
    pub id: Option<String>,
    pub change: Change,
    pub preconditions: Preconditions,
    /// Whether a receipt carries the entity tag as a header.
    pub tagged: bool,
}

/// How far a request came, for the headers of a problem.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    pub method: Option<&'static str>,
    pub resource: Option<Resource>,
}

/// Makes the checks 1 to 9 but for the gates, which only faults close.
///
/// # Errors
/// The first that fails.
pub fn check(request: &Request, router: &Router, reached: &mut Reached) -> Result<Asked, Stop> {
    let (method, resource, query) = target::parse(&request.method, &request.target)?;
    *reached = Reached { method: Some(method), resource: Some(resource.clone()) };
    let route = match resource.collection() {
        Some(collection) => Some(router.find(collection).ok_or(Problem::UnknownCollection)?),
        None => None,
    };
    if !resource.allowed().contains(&method) {
        return Err(Problem::MethodNotAllowed.into());
    }
    let reads = method == "GET" || method == "HEAD";
    let list = match &resource {
        Resource::Collection { .. } if reads => Some(query::list(query)?),
        _ if query.is_empty() => None,
        _ => return Err(Problem::BadQuery.into()),
    };
    request.headers.check(request.host_needed)?;
    let asked = match (resource, list) {
        (resource, _) if method == "OPTIONS" => Asked::Options(resource),
        (_, Some(query)) => Asked::List { query, wait: prefer::wait(&request.headers) },
        (Resource::Document { id, .. }, _) => document(method, id, request)?,
        (Resource::Collection { collection }, _) => create(&collection, request)?,
        (status, _) => Asked::Status(status),
    };
    let blind = matches!(&asked, Asked::Write(Write { change: Change::Put(_), preconditions, .. }) if preconditions.is_empty());
    if blind && route.is_some_and(|route| route.require_match) {
        return Err(Problem::PreconditionRequired.into());
    }
    Ok(asked)
}

fn document(method: &str, id: String, request: &Request) -> Result<Asked, Stop> {
    let headers = &request.headers;
    let value = |name: &str| headers.joined(name);
    let preconditions = Preconditions::read(value(names::IF_MATCH).as_deref(), value(names::IF_NONE_MATCH).as_deref())?;
    if method == "GET" || method == "HEAD" {
        return Ok(Asked::Read { id, no_cache: headers.no_cache()?, preconditions });
    }
    let (change, tagged) = match method {
        "DELETE" => (Change::Delete, false),
        "PATCH" => (Change::Patch(patch(request)?), true),
        _ => {
            let content = content("PUT", request)?;
            let canonical = content.body.as_bytes() == request.body;
            (Change::Put(content), canonical)
        }
    };
    Ok(Asked::Write(Write { id: Some(id), change, preconditions, tagged }))
}

fn patch(request: &Request) -> Result<Value, Stop> {
    media::unambiguous(&request.headers)?;
    let patch = Value::Object(body::object(received("PATCH", request)?)?);
    // Whether a patch counts by its own canonical size, or only what comes of it, is not said anywhere.
    if canonical::text(&patch).len() > limits::BODY_BYTES as usize {
        return Err(Stop::Unknown("a patch that is too large in canonical form only"));
    }
    Ok(patch)
}

fn create(collection: &str, request: &Request) -> Result<Asked, Stop> {
    let id = keyed::id(collection, &request.headers)?;
    let change = Change::Create(content("POST", request)?);
    Ok(Asked::Write(Write { id, change, preconditions: Preconditions::default(), tagged: true }))
}

/// A document in a body.
fn content(method: &str, request: &Request) -> Result<Content, Stop> {
    media::unambiguous(&request.headers)?;
    Ok(body::document(received(method, request)?, limits::BODY_BYTES as usize)?)
}

/// The body, if its length and its media type are taken: checks 6 and 7. A chunked one turns out too large when it is read.
fn received<'a>(method: &str, request: &'a Request) -> Result<&'a [u8], Stop> {
    let most = limits::BODY_BYTES as u64;
    if request.length.is_some_and(|length| length > most) {
        return Err(Problem::BodyTooLarge.into());
    }
    media::check(method, &request.headers)?;
    if request.body.len() as u64 > most { Err(Problem::BodyTooLarge.into()) } else { Ok(&request.body) }
}
