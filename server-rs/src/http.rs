//! Requests to typed input, results to responses; the only room that knows HTTP (contract.md §1).

pub mod answer;
pub mod body;
pub mod connection;
pub mod framing;
pub mod headers;
pub mod media;
mod operations;
pub mod prefer;
pub mod query;
pub mod target;
pub mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use hyper::http::request::Parts;

use self::answer::{Answer, cache_status};
use self::framing::Doubtful;
use self::headers::Fields;
use self::operations::Work;
use self::target::Resource;
use crate::documents::Documents;
use crate::documents::list::Wanted;
use crate::errors::Problem;
use crate::generated::contract::{OperationFact, names};
use crate::json::Value;
use crate::log::{Log, number, text};
use crate::metrics::Metrics;
use crate::status::Status;

/// What stands before each value of Cache-Status, and not in the log.
const OWN_NAME: &str = "docproxy; ";

/// What requests are served from.
pub struct Front {
    pub documents: Documents,
    pub status: Status,
    pub metrics: Arc<Metrics>,
    pub log: Log,
}

/// A request whose line and headers are good.
struct Understood {
    operation: &'static OperationFact,
    resource: Resource,
    fields: Fields,
    wanted: Option<Wanted>,
}

/// How far a request came, for the answer and the log.
#[derive(Default)]
struct Progress {
    resource: Option<Resource>,
    operation: Option<&'static str>,
}

/// The one handler: every request ends here, and every request gets an answer.
pub async fn handle(State(front): State<Arc<Front>>, request: Request) -> Response {
    let started = Instant::now();
    front.metrics.requests.add_one();
    let (parts, body) = request.into_parts();
    let target = parts.uri.to_string();
    let mut progress = Progress::default();
    let (answer, close) = front.answer(&parts, &target, body, &mut progress).await;
    let head = parts.method == "HEAD";
    if front.log.wants_requests() {
        let bytes_out = if head { 0 } else { answer.body.len() };
        log_request(&front.log, parts.method.as_str(), &target, progress.operation, &answer, started.elapsed(), bytes_out);
    }
    answer.into_response(head, close)
}

impl Front {
    /// The answer, with whether the connection has to end after it.
    async fn answer(&self, parts: &Parts, target: &str, body: Body, progress: &mut Progress) -> (Answer, bool) {
        let understood = match self.understand(parts, target.as_bytes(), progress) {
            Ok(understood) => understood,
            Err(problem) => {
                let close = !self.drained(parts, body, problem).await;
                return (answer::problem(problem, progress.resource.as_ref(), progress.operation), close);
            }
        };
        let (bytes, close) = match self.body(parts, body, understood.operation).await {
            Ok(taken) => taken,
            Err((problem, close)) => return (answer::problem(problem, None, progress.operation), close),
        };
        let work = Work { front: self, bytes, fields: understood.fields };
        let answer = work.run(understood.operation, understood.resource, understood.wanted).await;
        (answer.unwrap_or_else(|problem| answer::problem(problem, None, progress.operation)), close)
    }

    /// Checks 1 to 5: line, route, query, headers.
    fn understand(&self, parts: &Parts, target: &[u8], progress: &mut Progress) -> Result<Understood, Problem> {
        let method = parts.method.as_str();
        let target = target::parse(method, target)?;
        if let Resource::Document { collection, .. } | Resource::Collection(collection) = &target.resource {
            self.documents.shelf(collection)?;
        }
        let resource = progress.resource.insert(target.resource).clone();
        let operation = resource.operation(method).ok_or(Problem::MethodNotAllowed)?;
        progress.operation = Some(operation.name);
        let wanted = match operation.name {
            "list" => Some(query::parse(target.query)?),
            _ if target.query.is_empty() => None,
            _ => return Err(Problem::BadQuery),
        };
        headers::judge(&parts.headers, parts.version, is_doubtful(parts))?;
        let fields = headers::fields(&parts.headers, operation)?;
        Ok(Understood { operation, resource, fields, wanted })
    }

    /// Checks 6 to 8 as far as they are HTTP: the bytes of a body that is taken, any other read past.
    async fn body(&self, parts: &Parts, body: Body, operation: &OperationFact) -> Result<(Bytes, bool), (Problem, bool)> {
        let Some(media_type) = operation.body else {
            let close = !self.drained(parts, body, Problem::InternalError).await;
            return Ok((Bytes::new(), close));
        };
        let limit = self.documents.body_bytes;
        if let Err(problem) = headers::body(&parts.headers, media_type, limit) {
            return Err((problem, !self.drained(parts, body, problem).await));
        }
        match body::read(body, limit).await {
            Ok(bytes) => Ok((bytes, false)),
            Err(problem) => Err((problem, true)),
        }
    }

    /// Reads past a body that nobody looks at; false: the connection has to end, there may be more than one wants to read.
    async fn drained(&self, parts: &Parts, body: Body, problem: Problem) -> bool {
        let limit = self.documents.body_bytes;
        let length = headers::content_length(&parts.headers);
        let unknown = length.is_none() && parts.headers.contains_key(names::TRANSFER_ENCODING);
        if unknown || is_doubtful(parts) || length.is_some_and(|length| length > limit as u64) {
            return false;
        }
        // A client that waits for 100 Continue has not sent its body, and need not.
        let waits = length.is_some_and(|length| length > 0) && parts.headers.contains_key(names::EXPECT);
        if waits || problem == Problem::ExpectationFailed {
            return false;
        }
        length.is_none() || body::drain(body, limit).await
    }
}

fn is_doubtful(parts: &Parts) -> bool {
    parts.extensions.get::<Doubtful>().is_some_and(|doubtful| doubtful.0)
}

/// One line of the log for a request (docs/reference/log.md); the target loses what was asked for in `where`.
fn log_request(log: &Log, method: &str, target: &str, operation: Option<&str>, answer: &Answer, duration: Duration, bytes_out: usize) {
    let target = match target.split_once('?') {
        Some((path, parameters)) => format!("{path}?{}", query::without_where(parameters)),
        None => target.to_owned(),
    };
    let cache = answer.via.map(|via| cache_status(via).trim_start_matches(OWN_NAME));
    log.request(vec![
        ("method", text(method)),
        ("target", text(&target)),
        ("operation", operation.map_or(Value::Null, text)),
        ("status", number(answer.status.into())),
        ("error", answer.problem.map_or(Value::Null, |problem| text(problem.fact().slug))),
        ("cache", cache.map_or(Value::Null, text)),
        ("duration_us", number(duration.as_micros() as u64)),
        ("bytes_out", number(bytes_out as u64)),
    ]);
}
