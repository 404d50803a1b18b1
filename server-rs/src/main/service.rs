//! The service: its beginning, its port, its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use server_rs::app::{self, Parts};
use server_rs::config::messages::fill;
use server_rs::config::routing_file::Fault;
use server_rs::config::{Config, StoreConfig, StoreKind};
use server_rs::fleet::{Fleet, Needs, Refusal};
use server_rs::generated::contract::{SETTINGS, VERSION, event, exit, faults, limits, line};
use server_rs::http::{Front, wire};
use server_rs::log::{Log, number, text};
use server_rs::queue::leftovers::Leftovers;
use server_rs::redis::Redis;
use server_rs::routing::{Mode, Route};
use server_rs::status::IMPLEMENTATION;
use server_rs::store::mongo::Mongo;
use server_rs::store::mysql::Mysql;
use server_rs::store::{Backend, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::End;

/// How long accepting pauses when the process has no file handle left.
const NO_HANDLE_PAUSE: Duration = Duration::from_millis(50);

/// The two signals that end the service.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// The whole life of the service.
pub async fn serve(config: Config, listen: String, file: String, log: Log) -> Result<(), End> {
    let mut signals = Signals::new().map_err(|error| End::internal(log, &error.to_string()))?;
    let listener = TcpListener::bind(&listen).await;
    let listener = listener.map_err(|_| End::new(exit::UNBINDABLE, fill(line::UNBINDABLE, &[("listen", &listen)])))?;
    let redis = open_redis(&config, &file)?;
    let stores = open_stores(&config.stores, &file, log).await?;
    let needs = Needs { caching: config.routes.iter().any(|route| route.mode != Mode::Off), durable: config.routes.iter().any(Route::is_durable) };
    let leftovers = Arc::new(Leftovers::new(config.routes.clone()));
    let fleet = Fleet::new(redis.clone(), config.fleet.clone(), Uuid::new_v4().to_string(), needs, log);
    let fleet = Arc::new(fleet.greeted_by(leftovers.clone()));
    let started = tokio::select! {
        first = first_try(&fleet, &stores) => first.map_err(|refusal| refused(&refusal, &file)),
        () = signals.any() => return Ok(()),
    };
    if started.is_err() {
        // It may have joined: whoever is started next need not wait until that expires.
        fleet.leave().await;
        return started;
    }
    let stopping = Arc::new(AtomicBool::new(false));
    let (fleet_hash, routes) = (config.fleet, config.routes);
    let parts = Parts { routes, body_bytes: config.body_bytes, stores, redis, fleet: fleet.clone(), leftovers, log, stopping: stopping.clone() };
    let (front, queue) = app::build(parts);
    let drain = tokio::spawn(async move {
        if let Some(queue) = queue {
            queue.keep().await;
        }
    });
    let keeper = tokio::spawn({
        let fleet = fleet.clone();
        async move { fleet.keep().await }
    });
    say_listening(&listener, &listen, &fleet_hash, log);
    let ended = accept_until(&mut signals, listener, front, &stopping, log).await;
    // Requests that are not done by now are given up; what they wrote is told to nobody.
    let _ = timeout(Duration::from_millis(limits::STOP_GRACE_MS as u64), join(ended, drain)).await;
    keeper.abort();
    fleet.leave().await;
    log.event(event::STOPPED, Vec::new());
    Ok(())
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Accepts connections until a signal; what is returned ends when the last request is done.
async fn accept_until(signals: &mut Signals, listener: TcpListener, front: Arc<Front>, stopping: &AtomicBool, log: Log) -> impl Future<Output = ()> + use<> {
    let (stop, stopped) = watch::channel(false);
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (front, stopped, alive) = (front.clone(), stopped.clone(), alive.clone());
                    tokio::spawn(async move {
                        wire::serve(front, stream, stopped).await;
                        drop(alive);
                    });
                }
                Err(_) => sleep(NO_HANDLE_PAUSE).await,
            },
            () = signals.any() => break,
        }
    }
    log.event(event::DRAINING, Vec::new());
    stopping.store(true, Ordering::Release);
    drop(listener);
    stop.send_replace(true);
    drop(alive);
    async move {
        let _stop = stop;
        let _ = all_gone.recv().await;
    }
}

fn open_redis(config: &Config, file: &str) -> Result<Option<Arc<Redis>>, End> {
    let Some(redis) = &config.redis else { return Ok(None) };
    let opened = Redis::new(&redis.url, redis.timeout, &config.fleet).ok_or_else(|| bad_url("redis", "/redis/url", file))?;
    Ok(Some(Arc::new(opened)))
}

async fn open_stores(stores: &[StoreConfig], file: &str, log: Log) -> Result<Vec<Arc<Store>>, End> {
    let mut opened = Vec::new();
    for store in stores {
        let backend = match store.kind {
            StoreKind::Mongodb => Mongo::new(&store.url, store.timeout, log).await.map(Backend::Mongo),
            StoreKind::Mysql => Mysql::new(&store.url, store.timeout, log).map(Backend::Mysql),
        };
        let backend = backend.ok_or_else(|| bad_url("store", &format!("/stores/{}/url", store.name), file))?;
        opened.push(Arc::new(Store::new(store.name.clone(), store.timeout, backend, log)));
    }
    Ok(opened)
}

/// The first try of every dependency, all at once, each bounded by its own timeout.
async fn first_try(fleet: &Fleet, stores: &[Arc<Store>]) -> Result<(), Refusal> {
    let stores = join_all(stores.iter().map(|store| store.ping(store.timeout)));
    join(fleet.first_contact(), stores).await.0
}

fn say_listening(listener: &TcpListener, listen: &str, fleet: &str, log: Log) {
    let host = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
    let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
    log.event(
        event::LISTENING,
        vec![
            ("implementation", text(IMPLEMENTATION)),
            ("version", text(VERSION)),
            ("listen", text(&format!("{host}:{port}"))),
            ("fleet", text(fleet)),
            ("pid", number(std::process::id().into())),
        ],
    );
}

/// Redis answers and is not what the routes need.
fn refused(refusal: &Refusal, file: &str) -> End {
    let fault = match refusal {
        Refusal::UnsafeEviction(policy) => Fault::new(faults::UNSAFE_EVICTION, "/redis/url", &[("value", policy)]),
        Refusal::UnsafeDurability { name, value, expected } => {
            Fault::new(faults::UNSAFE_DURABILITY, "/redis/url", &[("name", name), ("value", value), ("expected", expected)])
        }
        Refusal::SettingsUntold => Fault::new(faults::UNSAFE_UNKNOWN, "/redis/url", &[]),
        Refusal::AnotherFleet => Fault::new(faults::ANOTHER_FLEET, "", &[]),
    };
    End::new(exit::REFUSED, fault.line(file))
}

/// A URL of the right form that the driver does not take.
fn bad_url(group: &str, pointer: &str, file: &str) -> End {
    let expected = SETTINGS.iter().find(|fact| fact.group == group && fact.key == "url").map_or("", |fact| fact.expected);
    End::new(exit::REFUSED, Fault::new(faults::BAD_URL, pointer, &[("expected", expected)]).line(file))
}
