//! Sends one request of a storm, and tells what came back.

use crate::history::Version;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// What is asked of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Get {
        past_cache: bool,
        /// If-None-Match.
        known: Option<Version>,
    },
    Put {
        w: u64,
        condition: Condition,
    },
    Patch {
        w: u64,
        condition: Condition,
    },
    Delete {
        condition: Condition,
    },
    Post {
        w: u64,
    },
}

/// A write's precondition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    None,
    /// If-None-Match: *
    Absent,
    /// If-Match
    Is(Version),
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Answer {
        status: u16,
        etag: Option<String>,
        location: Option<String>,
        body: String,
    },
    /// No connection could be made, so nothing was sent.
    Unsent,
    /// Sent, or part of it, and not answered.
    Silence,
}

impl Reply {
    /// The slug of a problem.
    pub fn slug(&self) -> String {
        let Reply::Answer { body, .. } = self else { return String::new() };
        let problem: Value = serde_json::from_str(body).unwrap_or_default();
        problem["type"].as_str().unwrap_or_default().trim_start_matches("urn:docproxy:").to_owned()
    }

    /// The entity tag of a receipt.
    pub fn receipt(&self) -> Option<String> {
        let Reply::Answer { body, .. } = self else { return None };
        let receipt: Value = serde_json::from_str(body).ok()?;
        receipt["etag"].as_str().map(str::to_owned)
    }
}

/// Asks the proxy at this address.
pub async fn send(http: &reqwest::Client, address: &str, path: &str, ask: Ask) -> Reply {
    let url = format!("http://{address}{path}");
    let request = match ask {
        Ask::Get { past_cache, known } => {
            let mut request = http.get(url);
            if past_cache {
                request = request.header("Cache-Control", "no-cache");
            }
            known.into_iter().fold(request, |request, version| request.header("If-None-Match", format!("\"{}\"", version.etag())))
        }
        Ask::Put { w, condition } => body(conditional(http.put(url), condition), "application/json", Version::put(w).text()),
        Ask::Patch { w, condition } => body(conditional(http.request(Method::PATCH, url), condition), "application/merge-patch+json", format!("{{\"w\":{w}}}")),
        Ask::Delete { condition } => conditional(http.delete(url), condition),
        Ask::Post { w } => body(http.post(url), "application/json", Version::put(w).text()),
    };
    match request.send().await {
        Err(error) if error.is_connect() => Reply::Unsent,
        Err(_) => Reply::Silence,
        Ok(answer) => {
            let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (status, etag, location) = (answer.status().as_u16(), header("ETag"), header("Location"));
            match answer.text().await {
                Ok(body) => Reply::Answer { status, etag, location, body },
                Err(_) => Reply::Silence,
            }
        }
    }
}

fn body(request: RequestBuilder, kind: &str, text: String) -> RequestBuilder {
    request.header("Content-Type", kind).body(text)
}

fn conditional(request: RequestBuilder, condition: Condition) -> RequestBuilder {
    match condition {
        Condition::None => request,
        Condition::Absent => request.header("If-None-Match", "*"),
        Condition::Is(version) => request.header("If-Match", format!("\"{}\"", version.etag())),
    }
}
