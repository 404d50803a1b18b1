//! One connection to Redis with what the scripts do over it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::Future;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, ServerErrorKind, Value};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::Down;
use super::keys::{Keys, generation};
use crate::generated::contract::{DURABILITY, ScriptFact, keys, scripts};

/// A connection that many requests share; once a command fails for want of an answer it is lost for good.
#[derive(Clone)]
pub struct Link(Arc<Inner>);

struct Inner {
    connection: MultiplexedConnection,
    generation: String,
    timeout: Duration,
    driver: AbortHandle,
    lost: Arc<watch::Sender<bool>>,
    /// Collections whose queue was made known over this connection.
    announced: Mutex<HashSet<String>>,
}

/// What the script `miss` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// A version that is not in the store yet.
    Pending(Vec<u8>),
    /// There is a record by now.
    Hit(Vec<u8>),
    /// A writer is in progress, or memory is full: read the store, fill nothing.
    Bypass,
    /// Read the store, then fill.
    Lease,
    /// Another reader has the lease.
    Wait,
}

/// What Redis does when its memory is full, or when its process dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing without a TTL vanishes.
    Safe,
    Unsafe(String),
    /// A setting with which an acknowledged write can be lost.
    Frail {
        name: &'static str,
        value: String,
        expected: &'static str,
    },
    /// CONFIG GET is refused.
    Untold,
}

impl Link {
    /// Sends INFO, which tells the generation, over a fresh connection.
    pub(super) async fn open(
        connection: MultiplexedConnection,
        driver: impl Future<Output = ()> + Send + 'static,
        timeout: Duration,
        fleet: &str,
    ) -> Result<Link, Down> {
        let lost = Arc::new(watch::Sender::new(false));
        let ended = lost.clone();
        // The driver ends when the server closes the connection.
        let driver = tokio::spawn(async move {
            driver.await;
            ended.send_replace(true);
        });
        let mut inner = Inner { connection, generation: String::new(), timeout, driver: driver.abort_handle(), lost, announced: Mutex::default() };
        let info = inner.ask_one(redis::cmd("INFO").arg("server")).await?;
        let run_id = text(&info).and_then(|info| info.lines().find_map(|line| line.strip_prefix("run_id:"))).ok_or(Down)?;
        inner.generation = generation(run_id.trim(), fleet);
        Ok(Link(Arc::new(inner)))
    }

    /// Whether nothing can be sent any more.
    pub fn is_lost(&self) -> bool {
        *self.0.lost.borrow()
    }

    /// Whether both are the same connection.
    pub fn is_same(&self, other: &Link) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns when the connection is lost.
    pub async fn lost(&self) {
        let _ = self.0.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// Throws the connection away.
    pub fn close(&self) {
        self.0.close();
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<(), Down> {
        self.0.ask_one(&redis::cmd("PING")).await.map(|_| ())
    }

    /// The cached record, whatever it holds; a key of another type counts as absent.
    pub async fn entry(&self, collection: &str, id: &str) -> Result<Option<Vec<u8>>, Down> {
        let keys = self.keys(collection, id);
        let mut answers = self.0.ask(redis::pipe().cmd("GET").arg(&keys.entry)).await?;
        bytes_or_absent(answers.pop().ok_or(Down)?)
    }

    /// Deletes an entry that holds garbage.
    pub async fn drop_entry(&self, collection: &str, id: &str) -> Result<(), Down> {
        let keys = self.keys(collection, id);
        self.0.ask_one(redis::cmd("DEL").arg(&keys.entry)).await.map(|_| ())
    }

    /// Script `miss`: what a reader does that found no usable entry; the lives are those of a value and of an absence.
    pub async fn miss(&self, collection: &str, id: &str, token: &str, lease_ms: u64, lives_ms: [u64; 2]) -> Result<Miss, Down> {
        let keys = self.keys(collection, id);
        let [lease, value, absence] = [lease_ms, lives_ms[0], lives_ms[1]].map(|ms| ms.to_string());
        let arguments = [token.as_bytes(), lease.as_bytes(), value.as_bytes(), absence.as_bytes()];
        let Value::Array(mut parts) = self.run(scripts::MISS, &keys.of_reader(), &arguments).await? else { return Err(Down) };
        let record = if parts.len() > 1 { parts.pop() } else { None };
        match (parts.first().and_then(text), record) {
            (Some("pending"), Some(Value::BulkString(record))) => Ok(Miss::Pending(record)),
            (Some("hit"), Some(Value::BulkString(record))) => Ok(Miss::Hit(record)),
            (Some("bypass"), None) => Ok(Miss::Bypass),
            (Some("lease"), None) => Ok(Miss::Lease),
            (Some("wait"), None) => Ok(Miss::Wait),
            _ => Err(Down),
        }
    }

    /// Script `fill`: whether the record was stored; ttl 0 gives the lease back only.
    pub async fn fill(&self, collection: &str, id: &str, token: &str, record: &[u8], ttl_ms: u64) -> Result<bool, Down> {
        let keys = self.keys(collection, id);
        let answer = self.run(scripts::FILL, &keys.of_reader(), &[token.as_bytes(), record, ttl_ms.to_string().as_bytes()]).await?;
        Ok(text(&answer) == Some("stored"))
    }

    /// Script `begin`, the entry read just before in the same round trip if it is wanted.
    pub async fn begin(&self, collection: &str, id: &str, token: &str, intent_ms: u64, look: bool) -> Result<Option<Vec<u8>>, Down> {
        let keys = self.keys(collection, id);
        let intent = intent_ms.to_string();
        let arguments = [token.as_bytes(), intent.as_bytes()];
        let mut pipeline = redis::pipe();
        if look {
            pipeline.cmd("GET").arg(&keys.entry);
        }
        pipeline.add_command(script("EVALSHA", scripts::BEGIN.sha1, &keys.of_writer(), &arguments));
        let mut answers = self.0.ask(&pipeline).await?;
        if is_error(answers.last(), ServerErrorKind::NoScript) {
            self.0.ask_one(&script("EVAL", scripts::BEGIN.text, &keys.of_writer(), &arguments)).await?;
        } else if matches!(answers.last(), Some(Value::ServerError(_)) | None) {
            return Err(Down);
        }
        if look { bytes_or_absent(answers.swap_remove(0)) } else { Ok(None) }
    }

    /// Script `finish`: whatever it says, the writer has ended.
    pub async fn finish(&self, collection: &str, id: &str, token: &str, record: &[u8], ttl_ms: u64) -> Result<(), Down> {
        let keys = self.keys(collection, id);
        self.run(scripts::FINISH, &keys.of_writer(), &[token.as_bytes(), record, ttl_ms.to_string().as_bytes()]).await.map(|_| ())
    }

    /// Script `join`: whether this proxy is a member now; live 0 leaves.
    pub async fn join(&self, fleet: &str, proxy: &str, live_ms: u64) -> Result<bool, Down> {
        let key: String = keys::FLEET.concat();
        let answer = self.run(scripts::JOIN, &[&key], &[fleet.as_bytes(), proxy.as_bytes(), live_ms.to_string().as_bytes()]).await?;
        Ok(answer == Value::Int(1))
    }

    /// What becomes of keys when memory is full, and of acknowledged writes when Redis dies if that matters (protocol.md §8).
    pub async fn policy(&self, durable: bool) -> Result<Policy, Down> {
        let needed = if durable { DURABILITY } else { &[] };
        let mut pipeline = redis::pipe();
        for name in std::iter::once("maxmemory-policy").chain(needed.iter().map(|fact| fact.name)) {
            pipeline.cmd("CONFIG").arg("GET").arg(name);
        }
        let mut values = Vec::new();
        for answer in self.ask(&pipeline).await? {
            let Value::Array(pair) = answer else { return Ok(Policy::Untold) };
            let Some(value) = pair.get(1).and_then(text) else { return Ok(Policy::Untold) };
            values.push(value.to_owned());
        }
        let mut values = values.into_iter();
        let policy = values.next().ok_or(Down)?;
        if policy != "noeviction" && !policy.starts_with("volatile-") {
            return Ok(Policy::Unsafe(policy));
        }
        let wrong = needed.iter().zip(values).find(|(fact, value)| fact.value != value);
        Ok(wrong.map_or(Policy::Safe, |(fact, value)| Policy::Frail { name: fact.name, value, expected: fact.value }))
    }

    /// Whether the queue of a collection has yet to be made known over this connection.
    pub(super) fn is_unannounced(&self, collection: &str) -> bool {
        !self.0.announced.lock().unwrap_or_else(PoisonError::into_inner).contains(collection)
    }

    /// The queue of a collection is known.
    pub(super) fn announce(&self, collection: &str) {
        self.0.announced.lock().unwrap_or_else(PoisonError::into_inner).insert(collection.to_owned());
    }

    pub(super) fn keys(&self, collection: &str, id: &str) -> Keys {
        Keys::new(&self.0.generation, collection, id)
    }

    /// The answer of a script, by its digest, or once by its text if Redis does not know it yet.
    pub(super) async fn run(&self, fact: &ScriptFact, keys: &[&str], arguments: &[&[u8]]) -> Result<Value, Down> {
        let mut answers = self.ask(redis::pipe().add_command(script("EVALSHA", fact.sha1, keys, arguments))).await?;
        match answers.pop() {
            answer if is_error(answer.as_ref(), ServerErrorKind::NoScript) => self.0.ask_one(&script("EVAL", fact.text, keys, arguments)).await,
            Some(Value::ServerError(_)) | None => Err(Down),
            Some(answer) => Ok(answer),
        }
    }

    /// See [`Inner::ask`].
    pub(super) async fn ask(&self, pipeline: &Pipeline) -> Result<Vec<Value>, Down> {
        self.0.ask(pipeline).await
    }
}

impl Inner {
    fn close(&self) {
        self.driver.abort();
        self.lost.send_replace(true);
    }

    async fn ask_one(&self, command: &Cmd) -> Result<Value, Down> {
        match self.ask(redis::pipe().add_command(command.clone())).await?.pop() {
            Some(Value::ServerError(_)) | None => Err(Down),
            Some(answer) => Ok(answer),
        }
    }

    /// The answers to commands sent in one go, refusals among them; without an answer in time the connection is lost.
    async fn ask(&self, pipeline: &Pipeline) -> Result<Vec<Value>, Down> {
        let mut connection = self.connection.clone();
        match timeout(self.timeout, connection.send_packed_commands(pipeline, 0, pipeline.len())).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(_)) | Err(_) => {
                self.close();
                Err(Down)
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A command that runs a script.
pub(super) fn script(command: &str, script: &str, keys: &[&str], arguments: &[&[u8]]) -> Cmd {
    let mut command = redis::cmd(command);
    command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    command
}

pub(super) fn is_error(answer: Option<&Value>, kind: ServerErrorKind) -> bool {
    matches!(answer, Some(Value::ServerError(error)) if error.kind() == Some(kind))
}

/// The bytes of a GET; WRONGTYPE counts as absent, the scripts clear it away.
fn bytes_or_absent(answer: Value) -> Result<Option<Vec<u8>>, Down> {
    match answer {
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        Value::ServerError(error) if error.code() == "WRONGTYPE" => Ok(None),
        _ => Err(Down),
    }
}

pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}
