//! Write-behind from end to end, over stores that are really there.

#[path = "write_behind/stores.rs"]
mod stores;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use redis::Connection;
use server_rs::app::{self, Parts};
use server_rs::fleet::{Fleet, Needs};
use server_rs::http::{Front, handle, prefer};
use server_rs::log::{Level, Log};
use server_rs::queue::Queue;
use server_rs::queue::backoff::Backoff;
use server_rs::queue::leftovers::Leftovers;
use server_rs::redis::Redis;
use server_rs::routing::{Durability, Mode, OnCacheDown, Route};
use server_rs::store::mysql::Mysql;
use server_rs::store::{Address, Backend, Store};

const LOG: Log = Log::new(Level::None);
const JSON: &str = "application/json";
const DEADLINE: Duration = Duration::from_secs(20);

/// A proxy without a socket.
struct Proxy {
    front: Arc<Front>,
    queue: Option<Queue>,
    store: Arc<Store>,
    stopping: Arc<AtomicBool>,
    redis: Connection,
}

impl Proxy {
    async fn new(redis_port: u16, store_port: u16) -> Proxy {
        let timeout = Duration::from_secs(2);
        let route = Route {
            pattern: "orders".into(),
            store: "s".into(),
            mode: Mode::WriteBehind,
            ttl_ms: 60_000,
            negative_ttl_ms: 2_000,
            on_cache_down: OnCacheDown::Refuse,
            delay_ms: 1,
            max_pending: 100,
            durability: Durability::Aof,
            require_match: false,
        };
        let url = format!("redis://127.0.0.1:{redis_port}");
        let redis = Arc::new(Redis::new(&url, timeout, &"0".repeat(32)).expect("a good URL"));
        let leftovers = Arc::new(Leftovers::new(vec![route.clone()]));
        let needs = Needs { caching: true, durable: true };
        let fleet = Fleet::new(Some(redis.clone()), "0".repeat(32), "test".into(), needs, LOG);
        let fleet = Arc::new(fleet.greeted_by(leftovers.clone()));
        fleet.first_contact().await.expect("stores/redis.conf is what a durable route needs");
        let backend = Mysql::new(&format!("mysql://root@127.0.0.1:{store_port}/docs"), timeout, LOG).expect("a good URL");
        let store = Arc::new(Store::new("s".into(), timeout, Backend::Mysql(backend), LOG));
        let stopping = Arc::new(AtomicBool::new(false));
        let (stores, redis) = (vec![store.clone()], Some(redis));
        let parts = Parts { routes: vec![route], body_bytes: 1024, stores, redis, fleet, leftovers, log: LOG, stopping: stopping.clone() };
        let (front, queue) = app::build(parts);
        let redis = redis::Client::open(url).and_then(|client| client.get_connection()).expect("a connection");
        Proxy { front, queue, store, stopping, redis }
    }

    /// Status, the named header, body.
    async fn ask(&self, method: &str, target: &str, media: &str, body: &'static str, header: &str) -> (u16, String, String) {
        let request = Request::builder().method(method).uri(target).header("host", "localhost").header("content-type", media);
        let response = handle(State(self.front.clone()), request.body(Body::from(body)).expect("a request")).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let value = parts.headers.get(header).map_or("", |value| value.to_str().expect("a text"));
        (parts.status.as_u16(), value.to_owned(), String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn put(&self, id: &str) -> (u16, String) {
        let (status, fate, _) = self.ask("PUT", &format!("/v1/orders/{id}"), JSON, r#"{"a":1}"#, "write-status").await;
        (status, fate)
    }

    fn count(&mut self, command: &str, key: &str) -> i64 {
        redis::cmd(command).arg(key).query(&mut self.redis).expect("a number")
    }

    /// Entries vanish as if they had expired.
    fn forget_entries(&mut self) {
        let entries: Vec<String> = redis::cmd("KEYS").arg("dp:{orders}:c*").query(&mut self.redis).expect("keys");
        for entry in entries {
            self.count("DEL", &entry);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_in_redis_until_the_drain_has_stored_it() {
    let (redis, mariadb) = (stores::redis(), stores::mariadb());
    let mut proxy = Proxy::new(redis.port, mariadb.port).await;
    assert_eq!(proxy.put("a").await, (201, "queued".into()));
    assert_eq!((proxy.count("HLEN", "dp:{orders}:d:a"), proxy.count("ZCARD", "dp:{orders}:q"), proxy.count("SCARD", "dp:queues")), (4, 1, 1));
    let (_, pending, _) = proxy.ask("GET", "/v1/orders", JSON, "", "pending-writes").await;
    assert_eq!(pending, "1");
    proxy.forget_entries();
    let (status, cache, body) = proxy.ask("GET", "/v1/orders/a", JSON, "", "cache-status").await;
    assert_eq!((status, cache.as_str(), body.as_str()), (200, "docproxy; hit; detail=pending", r#"{"a":1}"#));

    let drain = tokio::spawn(proxy.queue.take().expect("a drain").keep());
    let until = Instant::now() + DEADLINE;
    while proxy.count("ZCARD", "dp:{orders}:q") > 0 {
        assert!(Instant::now() < until, "the drain does not store it");
        tokio::task::yield_now().await;
    }
    assert_eq!((proxy.count("EXISTS", "dp:{orders}:d:a"), proxy.count("ZCARD", "dp:{orders}:a")), (0, 0));
    let at = Address { collection: "orders".into(), id: "a".into() };
    let row = proxy.store.get(&at, DEADLINE).await.expect("an answer").expect("a row");
    assert_eq!(row.document.expect("a document").body, r#"{"a":1}"#.as_bytes());
    let (_, fate, _) = proxy.ask("DELETE", "/v1/orders/a", JSON, "", "write-status").await;
    assert_eq!(fate, "queued");
    proxy.stopping.store(true, Ordering::Release);
    drain.await.expect("the drain ends when it is asked to");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_what_needs_no_base_goes_blind() {
    let redis = stores::redis();
    // Nothing listens on port 1.
    let proxy = Proxy::new(redis.port, 1).await;
    assert_eq!(proxy.put("a").await, (202, "unknown-base".into()));
    assert_eq!(proxy.put("a").await, (200, "queued".into()), "the base is known by now");
    let (status, _, receipt) = proxy.ask("DELETE", "/v1/orders/b", JSON, "", "write-status").await;
    assert_eq!((status, receipt.as_str()), (202, r#"{"collection":"orders","etag":null,"id":"b"}"#));
    let (status, _, _) = proxy.ask("PATCH", "/v1/orders/c", "application/merge-patch+json", "{}", "write-status").await;
    assert_eq!(status, 503);
    let (status, _, _) = proxy.ask("POST", "/v1/orders", JSON, "{}", "write-status").await;
    assert_eq!(status, 201);
}

#[test]
fn a_list_waits_as_long_as_the_first_good_preference_says() {
    let seconds = |value: &str| prefer::wait(value.as_bytes()).map(|wait| wait.as_secs());
    assert_eq!(seconds("wait=5"), Some(5));
    assert_eq!(seconds(r#"respond-async, WAIT = "7";x=y, wait=9"#), Some(7));
    assert_eq!(seconds(r#"x="a, wait=3", wait=99999999999999999999"#), Some(60));
    assert_eq!(seconds("wait=-1, wait, wait=1s, wait=0"), Some(0));
    assert_eq!(seconds("waits=1, wait="), None);
}

#[test]
fn a_store_in_trouble_is_tried_ever_more_rarely_with_less_at_a_time() {
    let (mut backoff, now) = (Backoff::default(), Instant::now());
    backoff.fail(now, false);
    assert_eq!((backoff.pause(now), backoff.rows()), (Duration::from_millis(100), 100));
    backoff.fail(now, true);
    assert_eq!((backoff.pause(now), backoff.rows()), (Duration::from_millis(200), 50));
    for _ in 0..20 {
        backoff.fail(now, true);
    }
    assert_eq!((backoff.pause(now), backoff.rows()), (Duration::from_secs(5), 1));
    backoff.succeed();
    assert_eq!((backoff.pause(now), backoff.rows()), (Duration::ZERO, 2));
}
