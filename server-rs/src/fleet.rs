//! The membership of this proxy, with the safety checks on which its routes rest (protocol.md §8).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::errors::Problem;
use crate::generated::contract::{dependency, limits, reason};
use crate::log::Log;
use crate::redis::{Down, Link, Policy, Redis};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Looks at a new connection before anybody else uses it.
pub trait Greeter: Send + Sync {
    /// # Errors
    /// `Down`: the connection is not used.
    fn greet<'a>(&'a self, link: &'a Link) -> BoxFuture<'a, Result<(), Down>>;
}

/// This process among the proxies of its routing file.
pub struct Fleet {
    redis: Option<Arc<Redis>>,
    hash: String,
    /// Names this process among the members.
    proxy: String,
    needs: Needs,
    log: Log,
    greeter: Option<Arc<dyn Greeter>>,
    state: Mutex<State>,
}

/// What the routes need of Redis' settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// A route caches.
    pub caching: bool,
    /// A route acknowledges what only Redis has.
    pub durable: bool,
}

#[derive(Default)]
struct State {
    /// None until Redis was first reached.
    safety: Option<Policy>,
    /// Another routing file lives.
    refused: bool,
    /// When the last accepted join was sent.
    joined: Option<Instant>,
    logged_up: Option<bool>,
}

/// Why a proxy does not start although Redis answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    UnsafeEviction(String),
    UnsafeDurability { name: &'static str, value: String, expected: &'static str },
    SettingsUntold,
    AnotherFleet,
}

impl Fleet {
    /// `redis` is None where no route needs it; `proxy` names this process among the members.
    pub fn new(redis: Option<Arc<Redis>>, hash: String, proxy: String, needs: Needs, log: Log) -> Fleet {
        Fleet { redis, hash, proxy, needs, log, greeter: None, state: Mutex::default() }
    }

    /// The same with somebody who looks at each new connection.
    pub fn greeted_by(mut self, greeter: Arc<dyn Greeter>) -> Fleet {
        self.greeter = Some(greeter);
        self
    }

    /// The hash of the routing file.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The first try: a Redis that is away may come later, one that answers has to be right.
    pub async fn first_contact(&self) -> Result<(), Refusal> {
        let Some(redis) = &self.redis else { return Ok(()) };
        if self.contact(redis).await.is_err() {
            return Ok(());
        }
        let state = self.state();
        match &state.safety {
            _ if state.refused => Err(Refusal::AnotherFleet),
            Some(Policy::Unsafe(policy)) => Err(Refusal::UnsafeEviction(policy.clone())),
            Some(Policy::Frail { name, value, expected }) => Err(Refusal::UnsafeDurability { name, value: value.clone(), expected }),
            Some(Policy::Untold) => Err(Refusal::SettingsUntold),
            _ => Ok(()),
        }
    }

    /// Keeps the connection and the membership until it is dropped.
    pub async fn keep(&self) {
        let Some(redis) = &self.redis else { return };
        let mut pause = FIRST_PAUSE;
        loop {
            match redis.link() {
                Some(link) => {
                    pause = FIRST_PAUSE;
                    let beat = Duration::from_millis(limits::HEARTBEAT_INTERVAL_MS as u64);
                    tokio::select! {
                        () = link.lost() => self.mark(false),
                        () = sleep(beat) => if self.attend(&link).await.is_err() { link.close() },
                    }
                }
                None if self.contact(redis).await.is_ok() => {}
                None => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Takes this proxy out of the fleet.
    pub async fn leave(&self) {
        if let Some(link) = self.redis.as_ref().and_then(|redis| redis.link()) {
            let _ = link.join(&self.hash, &self.proxy, 0).await;
        }
    }

    /// Whether a document route may be served now (protocol.md §8).
    ///
    /// # Errors
    /// `CacheUnavailable`.
    pub fn gate(&self, caching: bool) -> Result<(), Problem> {
        let Some(redis) = &self.redis else { return Ok(()) };
        let state = self.state();
        let reached = state.safety.is_some();
        let barred = state.refused || (reached && !state.is_live() && redis.link().is_some());
        if barred || (caching && state.safety != Some(Policy::Safe)) { Err(Problem::CacheUnavailable) } else { Ok(()) }
    }

    /// Whether this proxy may drain: joined and live, over a Redis that keeps what the routes need.
    pub fn is_member(&self) -> bool {
        let connected = self.redis.as_ref().is_some_and(|redis| redis.link().is_some());
        let state = self.state();
        connected && !state.refused && state.is_live() && state.safety == Some(Policy::Safe)
    }

    /// Asks Redis anew and says what keeps this proxy from being ready.
    pub async fn reasons(&self) -> Vec<String> {
        let Some(redis) = &self.redis else { return Vec::new() };
        let answers = match redis.link() {
            Some(link) => link.ping().await.is_ok(),
            None => false,
        };
        let state = self.state();
        let unsafe_settings = state.safety.as_ref().is_some_and(|policy| *policy != Policy::Safe);
        let mut reasons = Vec::new();
        if !answers {
            reasons.push(reason::CACHE_UNAVAILABLE.to_owned());
        }
        if unsafe_settings || state.refused || (answers && !state.is_live()) {
            reasons.push(reason::CACHE_UNSAFE.to_owned());
        }
        reasons
    }

    /// Connects, checks and joins before anybody else uses the connection.
    async fn contact(&self, redis: &Redis) -> Result<(), Down> {
        let attempt = async {
            let link = redis.connect().await?;
            let policy = if self.needs.caching { link.policy(self.needs.durable).await? } else { Policy::Safe };
            self.state().safety = Some(policy);
            self.join(&link).await?;
            if let Some(greeter) = &self.greeter {
                greeter.greet(&link).await?;
            }
            redis.publish(link);
            Ok(())
        };
        let result = attempt.await;
        self.mark(result.is_ok());
        result
    }

    /// A heartbeat: settings that were wrong are asked for again.
    async fn attend(&self, link: &Link) -> Result<(), Down> {
        if self.state().safety != Some(Policy::Safe) {
            let policy = link.policy(self.needs.durable).await?;
            self.state().safety = Some(policy);
        }
        self.join(link).await
    }

    async fn join(&self, link: &Link) -> Result<(), Down> {
        let sent = Instant::now();
        let member = link.join(&self.hash, &self.proxy, limits::FLEET_LIVE_MS as u64).await?;
        let mut state = self.state();
        state.refused = !member;
        if member {
            state.joined = Some(sent);
        }
        Ok(())
    }

    /// Logs when Redis goes up or down, once per change.
    fn mark(&self, up: bool) {
        let changed = self.state().logged_up.replace(up) != Some(up);
        if changed {
            self.log.dependency(dependency::REDIS, up);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Reckoned by this proxy itself, from when it sent the last accepted join.
    fn is_live(&self) -> bool {
        self.joined.is_some_and(|sent| sent.elapsed() < Duration::from_millis(limits::FLEET_LIVE_MS as u64))
    }
}
