//! Which route serves a collection, with what the suite's routing file says about it.

use crate::generated::contract::SETTINGS;
use crate::routes::{Urls, routing_file};
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;

/// What of a route decides an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Whether the collection has a cache.
    pub cached: bool,
    /// Whether writes wait in a queue.
    pub behind: bool,
    pub delay_ms: u64,
    pub max_pending: usize,
    pub ttl_ms: u64,
    pub negative_ttl_ms: u64,
    pub require_match: bool,
    /// That of the store, from which leases and intents are derived.
    pub store_timeout_ms: u64,
    /// How long a request may take without a time-out of anything on its way.
    pub prompt: Duration,
}

/// The routes in their order.
#[derive(Clone, Debug)]
pub struct Router {
    matches: Vec<String>,
    routes: Vec<Route>,
}

impl Router {
    /// The routes of the suite.
    pub fn of_the_suite() -> &'static Router {
        static ROUTER: LazyLock<Router> = LazyLock::new(Router::read);
        &ROUTER
    }

    fn read() -> Router {
        let nowhere = Urls { redis: String::new(), mongodb: String::new(), mysql: String::new() };
        let file = routing_file(&nowhere);
        let routes = file["routes"].as_array().cloned().unwrap_or_default();
        let matches = routes.iter().map(|route| route["match"].as_str().unwrap_or_default().to_owned()).collect();
        Router { matches, routes: routes.iter().map(|written| route(&file, written)).collect() }
    }

    /// The route of a collection.
    pub fn find(&self, collection: &str) -> Option<&Route> {
        first(&self.matches, collection).map(|index| &self.routes[index])
    }
}

/// The index of the first pattern that fits: a name, or the beginning of names before a `*`.
pub fn first(matches: &[String], collection: &str) -> Option<usize> {
    matches.iter().position(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => collection.starts_with(beginning),
        None => collection == pattern,
    })
}

fn route(file: &Value, written: &Value) -> Route {
    let setting = |key: &str| written.get(key).cloned().unwrap_or_else(|| default(key));
    let ms = |key: &str| setting(key).as_u64().unwrap_or_default();
    let timeout_ms = |dependency: &Value| dependency["timeout_ms"].as_u64().unwrap_or_default();
    let store_timeout_ms = timeout_ms(&file["stores"][written["store"].as_str().unwrap_or_default()]);
    Route {
        cached: setting("cache") != "off",
        behind: setting("cache") == "write-behind",
        delay_ms: ms("delay_ms"),
        max_pending: usize::try_from(ms("max_pending")).unwrap_or(usize::MAX),
        ttl_ms: ms("ttl_ms"),
        negative_ttl_ms: ms("negative_ttl_ms"),
        require_match: setting("require_match") == true,
        store_timeout_ms,
        prompt: Duration::from_millis(store_timeout_ms.min(timeout_ms(&file["redis"])) / 2),
    }
}

/// What the contract takes for a key that is not written.
fn default(key: &str) -> Value {
    let setting = SETTINGS.iter().find(|setting| setting.group == "route" && setting.key == key);
    let text = setting.and_then(|setting| setting.default).unwrap_or("null");
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
