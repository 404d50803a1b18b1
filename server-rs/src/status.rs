//! What health and stats say (docs/reference/log.md).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{join_all, join3};
use tokio::time::timeout;

use crate::fleet::Fleet;
use crate::generated::contract::{VERSION, limits, reason};
use crate::json::{Members, Name, Value, write};
use crate::log::{number, text};
use crate::metrics::Metrics;
use crate::queue::census::Census;
use crate::routing::Route;
use crate::store::Store;

/// The word for this implementation.
pub const IMPLEMENTATION: &str = "rust";

/// What the process knows of itself.
pub struct Status {
    fleet: Arc<Fleet>,
    stores: Vec<Arc<Store>>,
    metrics: Arc<Metrics>,
    census: Arc<Census>,
    stopping: Arc<AtomicBool>,
}

impl Status {
    /// `stopping` turns true when the process is asked to stop.
    pub fn new(fleet: Arc<Fleet>, stores: Vec<Arc<Store>>, metrics: Arc<Metrics>, census: Arc<Census>, stopping: Arc<AtomicBool>) -> Status {
        Status { fleet, stores, metrics, census, stopping }
    }

    /// The body of live: the process answers, which is all it says.
    pub fn live(&self) -> String {
        object(vec![("status", text("live"))])
    }

    /// Whether every dependency answers and keeps what the routes need, asked anew and all at once.
    pub async fn ready(&self) -> (bool, String) {
        let limit = Duration::from_millis(limits::READY_TIMEOUT_MS as u64);
        let redis = async { timeout(limit, self.fleet.reasons()).await.unwrap_or_else(|_| vec![reason::CACHE_UNAVAILABLE.to_owned()]) };
        let stores = join_all(self.stores.iter().map(|store| async move {
            let answers = store.ping(limit).await.is_ok();
            (!answers).then(|| reason::STORE_UNAVAILABLE.replace("{name}", &store.name))
        }));
        let (mut reasons, stores, trouble) = join3(redis, stores, self.census.trouble()).await;
        reasons.extend(stores.into_iter().flatten());
        if trouble.refused {
            reasons.push(reason::REFUSED_DOCUMENTS.to_owned());
        }
        if trouble.too_old {
            reasons.push(reason::PENDING_TOO_OLD.to_owned());
        }
        if self.stopping.load(Ordering::Acquire) {
            reasons.push(reason::STOPPING.to_owned());
        }
        reasons.sort();
        let ready = reasons.is_empty();
        let word = if ready { "ready" } else { "not-ready" };
        let reasons = Value::Array(reasons.iter().map(|reason| text(reason)).collect());
        (ready, object(vec![("reasons", reasons), ("status", text(word))]))
    }

    /// Counters, and routes with what waits; Redis is asked, and need not answer.
    pub async fn stats<'a>(&self, routes: impl Iterator<Item = &'a Route>) -> String {
        let waiting = self.census.by_route().await;
        let routes = routes.zip(waiting).map(|(route, waiting)| {
            members(vec![
                ("cache", text(route.mode.word())),
                ("match", text(&route.pattern)),
                ("oldest_pending_ms", number(waiting.oldest_ms)),
                ("pending", number(waiting.pending)),
                ("refused", number(waiting.refused)),
                ("store", text(&route.store)),
            ])
        });
        let mut fields = vec![
            ("fleet", text(self.fleet.hash())),
            ("implementation", text(IMPLEMENTATION)),
            ("routes", Value::Array(routes.collect())),
            ("version", text(VERSION)),
        ];
        fields.extend(self.metrics.counters().map(|(name, value)| (name, number(value))));
        object(fields)
    }
}

fn members(fields: Vec<(&str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (Name(name.to_owned()), value)).collect::<Members>())
}

fn object(fields: Vec<(&str, Value)>) -> String {
    write::canonical(&members(fields))
}
