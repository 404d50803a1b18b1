//! Sends a request through an HTTP client, or byte by byte where a client would change it.

use super::answer::Answer;
use super::fill::Outgoing;
use super::wire;
use crate::subject::Subject;
use anyhow::Context;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};

/// Headers that belong to the HTTP client.
const OF_THE_CLIENT: [&str; 7] = ["host", "content-length", "transfer-encoding", "connection", "expect", "te", "upgrade"];

/// A target has not answered: it died, or it hangs.
#[derive(Clone, Debug, PartialEq)]
pub struct NoAnswer {
    pub target: String,
    /// Method and target of the request.
    pub request: String,
}

impl NoAnswer {
    pub fn new(subject: &Subject, request: &Outgoing) -> NoAnswer {
        NoAnswer { target: subject.name.clone(), request: format!("{} {}", request.method, crate::transcript::short(&request.target)) }
    }
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} does not answer {}", self.target, self.request)
    }
}

/// Sends a request and reads the answer.
///
/// # Errors
/// With a `NoAnswer` in its chain.
pub async fn send(subject: &Subject, request: &Outgoing) -> anyhow::Result<Answer> {
    exchange(subject, request).await.with_context(|| NoAnswer::new(subject, request))
}

async fn exchange(subject: &Subject, request: &Outgoing) -> anyhow::Result<Answer> {
    match for_client(subject, request) {
        Some(prepared) => {
            let answer = subject.http.execute(prepared).await?;
            let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers: Vec<(String, String)> = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            Ok(Answer::new(answer.status().as_u16(), headers.into_iter(), answer.bytes().await?.to_vec()))
        }
        None => wire::send(&subject.address, request).await,
    }
}

/// The request for the client, unless the client would normalise something.
fn for_client(subject: &Subject, request: &Outgoing) -> Option<reqwest::Request> {
    let url = Url::parse(&format!("http://{}{}", subject.address, request.target)).ok()?;
    let kept = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    if kept != request.target {
        return None;
    }
    let method = Method::from_bytes(request.method.as_bytes()).ok()?;
    let mut prepared = reqwest::Request::new(method, url);
    for (name, value) in &request.headers {
        if OF_THE_CLIENT.contains(&name.to_ascii_lowercase().as_str()) {
            return None;
        }
        prepared.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    *prepared.body_mut() = request.body.clone().map(Into::into);
    Some(prepared)
}
