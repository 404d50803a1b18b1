//! The app without a socket and without a store that answers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use hyper::HeaderMap;
use server_rs::app::{self, Parts};
use server_rs::fleet::{Fleet, Needs};
use server_rs::http::{Front, handle};
use server_rs::log::{Level, Log};
use server_rs::queue::leftovers::Leftovers;
use server_rs::routing::{Durability, Mode, OnCacheDown, Route};
use server_rs::store::mysql::Mysql;
use server_rs::store::{Backend, Store};

/// Nothing listens on port 1.
const NOWHERE: &str = "mysql://root@127.0.0.1:1/docs";

fn front() -> Arc<Front> {
    let log = Log::new(Level::None);
    let timeout = Duration::from_millis(200);
    let backend = Backend::Mysql(Mysql::new(NOWHERE, timeout, log).expect("a good URL"));
    let route = Route {
        pattern: "orders".into(),
        store: "s1".into(),
        mode: Mode::Off,
        ttl_ms: 1,
        negative_ttl_ms: 0,
        on_cache_down: OnCacheDown::Refuse,
        delay_ms: 1,
        max_pending: 1,
        durability: Durability::Aof,
        require_match: true,
    };
    let (front, _) = app::build(Parts {
        leftovers: Arc::new(Leftovers::new(vec![route.clone()])),
        routes: vec![route],
        body_bytes: 64,
        stores: vec![Arc::new(Store::new("s1".into(), timeout, backend, log))],
        redis: None,
        fleet: Arc::new(Fleet::new(None, "0".repeat(32), "test".into(), Needs::default(), log)),
        log,
        stopping: Arc::new(AtomicBool::new(false)),
    });
    front
}

/// Status, headers and body of an answer.
async fn ask(method: &str, target: &str, headers: &[(&str, &str)], body: &'static str) -> (u16, HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(target).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = handle(State(front()), request.body(Body::from(body)).expect("a request")).await;
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn live_answers_though_no_store_does() {
    let (status, headers, body) = ask("GET", "/_health/live", &[], "").await;
    assert_eq!((status, body.as_str()), (200, r#"{"status":"live"}"#));
    assert_eq!(headers["cache-control"], "no-store");
}

#[tokio::test]
async fn ready_names_the_store_that_is_away() {
    let (status, headers, body) = ask("GET", "/_health/ready", &[], "").await;
    assert_eq!((status, body.as_str()), (503, r#"{"reasons":["store-unavailable:s1"],"status":"not-ready"}"#));
    assert_eq!(headers["retry-after"], "1");
}

#[tokio::test]
async fn a_document_whose_store_is_away_is_a_problem_with_retry_after() {
    let (status, headers, body) = ask("GET", "/v1/orders/a", &[], "").await;
    assert_eq!((status, headers["retry-after"].to_str().ok()), (503, Some("2")));
    assert!(body.contains("urn:docproxy:store-unavailable"));
    assert!(!headers.contains_key("cache-status"));
}

#[tokio::test]
async fn head_carries_the_headers_of_get_without_the_body() {
    let (_, get, _) = ask("GET", "/v1/orders/a", &[], "").await;
    let (status, head, body) = ask("HEAD", "/v1/orders/a", &[], "").await;
    assert_eq!((status, head, body.as_str()), (503, get, ""));
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_told_which_are() {
    let (status, headers, _) = ask("PUT", "/v1/orders", &[], "").await;
    assert_eq!((status, headers["allow"].to_str().ok()), (405, Some("GET, HEAD, POST, OPTIONS")));
}

#[tokio::test]
async fn the_checks_come_in_the_order_of_the_contract() {
    let slug = async |method, target, headers: &[(&str, &str)], body| {
        let (_, _, body) = ask(method, target, headers, body).await;
        body.split("urn:docproxy:").nth(1).unwrap_or_default().trim_end_matches("\"}").to_owned()
    };
    assert_eq!(slug("BREW", "/nope", &[], "").await, "unknown-method");
    assert_eq!(slug("PUT", "/v1/nope/a?x=1", &[], "").await, "unknown-collection");
    assert_eq!(slug("POST", "/v1/orders/a?x=1", &[], "").await, "method-not-allowed");
    assert_eq!(slug("PUT", "/v1/orders/a?x=1", &[("x_y", "")], "").await, "bad-query");
    assert_eq!(slug("PUT", "/v1/orders/a", &[("x_y", ""), ("expect", "x")], "").await, "bad-request");
    assert_eq!(slug("PUT", "/v1/orders/a", &[("expect", "x"), ("if-match", "x")], "").await, "expectation-failed");
    assert_eq!(slug("PUT", "/v1/orders/a", &[("content-length", "65"), ("if-match", "x")], "").await, "bad-header");
    assert_eq!(slug("PUT", "/v1/orders/a", &[("content-length", "65")], "").await, "body-too-large");
    assert_eq!(slug("PUT", "/v1/orders/a", &[], "{").await, "unsupported-media-type");
    assert_eq!(slug("PUT", "/v1/orders/a", &[JSON], "{").await, "bad-json");
    assert_eq!(slug("PUT", "/v1/orders/a", &[JSON], "{}").await, "precondition-required");
    assert_eq!(slug("PUT", "/v1/orders/a", &[JSON, ("if-none-match", "*")], "{}").await, "store-unavailable");
}
