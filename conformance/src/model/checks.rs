//! The checks that need no document, in the order of contract.md §1.

use super::body::{self, Content};
use super::media;
use super::preconditions::Preconditions;
use super::query::{self, ListQuery};
use super::request::Request;
use super::router::{Route, Router};
use super::target::{self, Resource};
use super::verdict::Stop;
use super::{headers::Headers, keyed};
use crate::canonical;
use crate::generated::contract::{Problem, limits, names};
use serde_json::Value;

/// A request that is right in itself.
#[derive(Clone, Debug)]
pub enum Asked {
    Options(Resource),
    /// Live, ready or stats.
    Status(Resource),
    List(ListQuery),
    Read { id: String, no_cache: bool, preconditions: Preconditions },
    Put { id: String, content: Content, canonical: bool, preconditions: Preconditions },
    Patch { id: String, patch: Value, preconditions: Preconditions },
    Delete { id: String, preconditions: Preconditions },
    /// With the id that the key names, or a random one.
    Create { id: Option<String>, content: Content },
}

/// How far a request came, for the headers of a problem.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    pub method: Option<&'static str>,
    pub resource: Option<Resource>,
}

/// Makes the checks 1 to 9, gates left out.
///
/// # Errors
/// The first that fails.
pub fn check(request: &Request, router: &Router, reached: &mut Reached) -> Result<(Asked, Option<Route>), Stop> {
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
        (_, Some(list)) => Asked::List(list),
        (Resource::Document { id, .. }, _) => document(method, id, request)?,
        (Resource::Collection { collection }, _) => create(&collection, request)?,
        (status, _) => Asked::Status(status),
    };
    if let (Asked::Put { preconditions, .. }, Some(route)) = (&asked, route)
        && route.require_match
        && preconditions.is_empty()
    {
        return Err(Problem::PreconditionRequired.into());
    }
    Ok((asked, route.cloned()))
}

fn document(method: &str, id: String, request: &Request) -> Result<Asked, Stop> {
    let headers = &request.headers;
    let value = |name: &str| headers.joined(name);
    let preconditions = Preconditions::read(value(names::IF_MATCH).as_deref(), value(names::IF_NONE_MATCH).as_deref())?;
    match method {
        "DELETE" => Ok(Asked::Delete { id, preconditions }),
        "PUT" => {
            media::unambiguous(headers)?;
            let content = body::document(received(method, headers, request)?, limits::BODY_BYTES as usize)?;
            let canonical = content.body.as_bytes() == request.body;
            Ok(Asked::Put { id, content, canonical, preconditions })
        }
        "PATCH" => {
            media::unambiguous(headers)?;
            let patch = Value::Object(body::object(received(method, headers, request)?)?);
            // Whether a patch counts by its own canonical size, or only what comes of it, is not said anywhere.
            if canonical::text(&patch).len() > limits::BODY_BYTES as usize {
                return Err(Stop::Unknown("a patch that is too large in canonical form only"));
            }
            Ok(Asked::Patch { id, patch, preconditions })
        }
        _ => Ok(Asked::Read { id, no_cache: headers.no_cache()?, preconditions }),
    }
}

fn create(collection: &str, request: &Request) -> Result<Asked, Stop> {
    let headers = &request.headers;
    media::unambiguous(headers)?;
    let id = keyed::id(collection, headers)?;
    let content = body::document(received("POST", headers, request)?, limits::BODY_BYTES as usize)?;
    Ok(Asked::Create { id, content })
}

/// The body, if its length and its media type are taken: checks 6 and 7.
fn received<'a>(method: &str, headers: &Headers, request: &'a Request) -> Result<&'a [u8], Stop> {
    if request.length > limits::BODY_BYTES as u64 {
        return Err(Problem::BodyTooLarge.into());
    }
    media::check(method, headers)?;
    Ok(&request.body)
}
