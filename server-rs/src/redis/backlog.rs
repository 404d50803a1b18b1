//! What is asked of Redis about writes that wait for the store (protocol.md §3, §4).

use redis::{ServerErrorKind, Value};

use super::Down;
use super::keys::QueueKeys;
use super::link::{Link, is_error, script, text};
use crate::generated::contract::{keys, limits, scripts};

/// A write that is to be accepted.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    pub collection: &'a str,
    pub id: &'a str,
    /// Of the lease under which the base was read; empty: the base needs none.
    pub token: &'a str,
    /// `n|kind`; empty: unknown.
    pub base: &'a str,
    /// Empty, `exists`, `absent` or `=n`.
    pub guard: &'a str,
    /// Goes without a base.
    pub blind: bool,
    pub kind: &'static str,
    pub etag: &'a str,
    pub body: &'a [u8],
    /// 0: no entry is left.
    pub ttl_ms: u64,
    pub delay_ms: u64,
    pub max_pending: u64,
}

/// What the script `put` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Accepted; the kind of what was there before.
    Accepted(String),
    Blind,
    /// The guard does not hold for this record; empty: for the base that was given.
    Conflict(Vec<u8>),
    NeedBase,
    Full,
}

/// Why `put` said nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// An error reply: nothing was written.
    Refused,
    /// It was sent, and nobody can say what became of it.
    Unanswered,
}

/// A version that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub id: String,
    pub n: String,
    pub kind: String,
    pub etag: String,
    pub body: Vec<u8>,
}

/// What one claim brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    pub rows: Vec<Claimed>,
    pub pending: u64,
    /// ms of Redis TIME.
    pub time: String,
}

/// What waits of one collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Count {
    /// None where the queue is broken.
    pub pending: Option<u64>,
    /// ms of Redis TIME.
    pub oldest: Option<f64>,
    pub refused: u64,
}

impl Link {
    /// Script `put`; before the first one to a collection its queue is made known.
    pub async fn put(&self, offer: &Offer<'_>) -> Result<Reply, Silence> {
        let (keys, queue) = (self.keys(offer.collection, offer.id), QueueKeys::new(offer.collection));
        let all = [&*keys.entry, &keys.lease, &keys.dirty, &queue.queue, &queue.since, &queue.last, &queue.refused];
        let [ttl, delay, most] = [offer.ttl_ms, offer.delay_ms, offer.max_pending].map(|number| number.to_string());
        let blind: &[u8] = if offer.blind { b"1" } else { b"0" };
        let (etag, kind) = (offer.etag.as_bytes(), offer.kind.as_bytes());
        let arguments = [
            offer.id.as_bytes(),
            offer.token.as_bytes(),
            offer.base.as_bytes(),
            offer.guard.as_bytes(),
            blind,
            kind,
            etag,
            offer.body,
            ttl.as_bytes(),
            delay.as_bytes(),
            most.as_bytes(),
        ];
        if self.is_unannounced(offer.collection) {
            // Alone, so that a write is never accepted into a queue that nobody knows.
            match self.ask(redis::pipe().cmd("SADD").arg(keys::QUEUES.concat()).arg(offer.collection)).await.map(|mut answers| answers.pop()) {
                Ok(Some(Value::ServerError(error))) if error.code() == "OOM" => return Ok(Reply::Full),
                Ok(Some(Value::Int(_))) => self.announce(offer.collection),
                _ => return Err(Silence::Refused),
            }
        }
        let by_digest = script("EVALSHA", scripts::PUT.sha1, &all, &arguments);
        let answers = self.ask(redis::pipe().add_command(by_digest)).await.map_err(|Down| Silence::Unanswered)?;
        let mut answer = answers.into_iter().next().ok_or(Silence::Unanswered)?;
        if is_error(Some(&answer), ServerErrorKind::NoScript) {
            let again = script("EVAL", scripts::PUT.text, &all, &arguments);
            let answers = self.ask(redis::pipe().add_command(again)).await.map_err(|Down| Silence::Unanswered)?;
            answer = answers.into_iter().next().ok_or(Silence::Unanswered)?;
        }
        read_reply(answer)
    }

    /// The fields of a dirty record; None: there is none.
    pub async fn dirty(&self, collection: &str, id: &str) -> Result<Option<[Vec<u8>; 4]>, Down> {
        let keys = self.keys(collection, id);
        let answer = self.ask(redis::pipe().cmd("HMGET").arg(&keys.dirty).arg(&["n", "k", "e", "b"])).await?.pop();
        let Some(Value::Array(fields)) = answer else { return Err(Down) };
        if fields.iter().all(|field| *field == Value::Nil) {
            return Ok(None);
        }
        let fields: Vec<Vec<u8>> = fields.into_iter().filter_map(bytes).collect();
        fields.try_into().map(Some).map_err(|_| Down)
    }

    /// Every collection that ever had a dirty document.
    pub async fn collections(&self) -> Result<Vec<String>, Down> {
        let answer = self.ask(redis::pipe().cmd("SMEMBERS").arg(keys::QUEUES.concat())).await?.pop();
        match answer {
            Some(Value::Array(members)) => Ok(members.iter().filter_map(text).map(str::to_owned).collect()),
            // What is broken in Redis keeps nobody from being connected.
            Some(Value::ServerError(_)) => Ok(Vec::new()),
            _ => Err(Down),
        }
    }

    /// How many documents wait, collection by collection; None where the queue is broken.
    pub async fn pending(&self, collections: &[&str]) -> Result<Vec<Option<u64>>, Down> {
        let mut pipeline = redis::pipe();
        for collection in collections {
            pipeline.cmd("ZCARD").arg(QueueKeys::new(collection).queue);
        }
        if collections.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.ask(&pipeline).await?.iter().map(count).collect())
    }

    /// TIME with the time since when the oldest write waits, in ms; None: nothing waits.
    pub async fn oldest(&self, collection: &str) -> Result<(f64, Option<f64>), Down> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("TIME").cmd("ZRANGE").arg(QueueKeys::new(collection).since).arg(0).arg(0).arg("WITHSCORES");
        match &self.ask(&pipeline).await?[..] {
            [now, oldest @ Value::Array(_)] => Ok((time(now).ok_or(Down)?, score(oldest))),
            _ => Err(Down),
        }
    }

    /// What waits of each collection, with TIME in ms.
    pub async fn census(&self, collections: &[String]) -> Result<(f64, Vec<Count>), Down> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("TIME");
        for collection in collections {
            let keys = QueueKeys::new(collection);
            pipeline.cmd("ZCARD").arg(keys.queue).cmd("ZRANGE").arg(keys.since).arg(0).arg(0).arg("WITHSCORES").cmd("HLEN").arg(keys.refused);
        }
        let answers = self.ask(&pipeline).await?;
        let now = answers.first().and_then(time).ok_or(Down)?;
        let of = |parts: &[Value]| Count { pending: count(&parts[0]), oldest: score(&parts[1]), refused: count(&parts[2]).unwrap_or(0) };
        Ok((now, answers[1..].chunks_exact(3).map(of).collect()))
    }

    /// Makes all that waits of a collection due, whatever delay it was given.
    pub async fn make_due(&self, collection: &str) -> Result<(), Down> {
        let queue = QueueKeys::new(collection).queue;
        self.ask(redis::pipe().cmd("ZUNIONSTORE").arg(&queue).arg(1).arg(&queue).arg("WEIGHTS").arg(0)).await.map(|_| ())
    }

    /// Script `claim`: at most so many rows that are due, out of others' sight for a while.
    pub async fn claim(&self, collection: &str, rows: usize, visibility_ms: u64) -> Result<Claim, Down> {
        let keys = QueueKeys::new(collection);
        let [rows, most, visibility] = [rows as u64, limits::CLAIM_BYTES as u64, visibility_ms].map(|number| number.to_string());
        let answer = self.run(scripts::CLAIM, &[&keys.queue, &keys.since, &keys.dirty], &[rows.as_bytes(), most.as_bytes(), visibility.as_bytes()]).await?;
        let Value::Array(parts) = answer else { return Err(Down) };
        let [Value::Array(fields), pending, time]: [Value; 3] = parts.try_into().map_err(|_| Down)? else { return Err(Down) };
        let mut fields = fields.into_iter();
        let mut claim = Claim { rows: Vec::new(), pending: count(&pending).ok_or(Down)?, time: text(&time).ok_or(Down)?.to_owned() };
        while let (Some(id), Some(n), Some(kind), Some(etag), Some(body)) = (fields.next(), fields.next(), fields.next(), fields.next(), fields.next()) {
            // Garbage stays where it is, and does not hold up the others.
            if let (Some(id), Some(n), Some(kind), Some(etag), Some(body)) = (owned(&id), owned(&n), owned(&kind), owned(&etag), bytes(body)) {
                claim.rows.push(Claimed { id, n, kind, etag, body });
            }
        }
        Ok(claim)
    }

    /// Script `done` for each version, given as id and n, all in one round trip; `since` is the TIME of their claim.
    pub async fn done(&self, collection: &str, versions: &[(&str, &str)], delay_ms: u64, since: &str) -> Result<(), Down> {
        let (keys, delay) = (QueueKeys::new(collection), delay_ms.to_string());
        let command = |name: &str, text: &str, (id, n): (&str, &str)| {
            let dirty = format!("{}{id}", keys.dirty);
            script(name, text, &[&keys.queue, &keys.since, &dirty, &keys.refused], &[id.as_bytes(), n.as_bytes(), delay.as_bytes(), since.as_bytes()])
        };
        let mut pipeline = redis::pipe();
        for version in versions {
            pipeline.add_command(command("EVALSHA", scripts::DONE.sha1, *version));
        }
        let answers = if versions.is_empty() { Vec::new() } else { self.ask(&pipeline).await? };
        let mut again = redis::pipe();
        for (version, _) in versions.iter().zip(&answers).filter(|(_, answer)| is_error(Some(answer), ServerErrorKind::NoScript)) {
            again.add_command(command("EVAL", scripts::DONE.text, *version));
        }
        if again.is_empty() { Ok(()) } else { self.ask(&again).await.map(|_| ()) }
    }

    /// Script `refuse`: whether this version was not known to be refused before.
    pub async fn refuse(&self, collection: &str, id: &str, n: &str) -> Result<bool, Down> {
        let keys = QueueKeys::new(collection);
        let (dirty, pause) = (format!("{}{id}", keys.dirty), limits::REFUSED_PAUSE_MS.to_string());
        let answer = self.run(scripts::REFUSE, &[&keys.queue, &dirty, &keys.refused], &[id.as_bytes(), n.as_bytes(), pause.as_bytes()]).await?;
        Ok(text(&answer) == Some("refused"))
    }
}

fn read_reply(answer: Value) -> Result<Reply, Silence> {
    let Value::Array(mut parts) = answer else { return Err(Silence::Refused) };
    let last = parts.pop().ok_or(Silence::Unanswered)?;
    match (parts.first().and_then(text), &last) {
        (Some("ok"), kind) => Ok(Reply::Accepted(owned(kind).unwrap_or_default())),
        (Some("blind"), _) => Ok(Reply::Blind),
        (Some("conflict"), Value::BulkString(record)) => Ok(Reply::Conflict(record.clone())),
        (None, word) if text(word) == Some("needbase") => Ok(Reply::NeedBase),
        (None, word) if text(word) == Some("full") => Ok(Reply::Full),
        _ => Err(Silence::Unanswered),
    }
}

fn count(answer: &Value) -> Option<u64> {
    match answer {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// TIME in ms.
fn time(answer: &Value) -> Option<f64> {
    let Value::Array(parts) = answer else { return None };
    let part = |index: usize| parts.get(index).and_then(text).and_then(|text| text.parse::<f64>().ok());
    Some((part(0)? * 1000.0 + part(1)? / 1000.0).floor())
}

/// The score of the first member.
fn score(answer: &Value) -> Option<f64> {
    let Value::Array(parts) = answer else { return None };
    parts.get(1).and_then(text)?.parse().ok()
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

fn owned(value: &Value) -> Option<String> {
    text(value).map(str::to_owned)
}
