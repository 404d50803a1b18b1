//! Redis is the authority for what is not in the store yet (protocol.md §5, §6).

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::lease::{Lease, Look, Reader, Taken};
use super::{Base, Change, Decide, Fate, Guard, Outcome, Reading, Via, record};
use crate::errors::Problem;
use crate::generated::contract::{limits, record as facts};
use crate::json::Document;
use crate::metrics::Metrics;
use crate::redis::{Down, Offer, Redis, Reply, Silence};
use crate::routing::Route;
use crate::store::{Address, Row, Store};

/// Told of a collection to which this process accepted a write.
pub type Stir = Arc<dyn Fn(&str) + Send + Sync>;

/// A route with `"cache": "write-behind"`.
pub struct WriteBehind {
    lease: Lease,
    delay_ms: u64,
    max_pending: u64,
    stir: Stir,
}

/// What is to be offered to Redis, with the answer if it is accepted.
struct Plan<T> {
    /// None: deletes.
    document: Option<Document>,
    answer: T,
    guard: String,
}

/// The base that goes along with an offer.
#[derive(Default)]
struct Given {
    token: String,
    row: Option<Option<Row>>,
    blind: bool,
}

/// What a decision leaves to do.
enum Step<T> {
    Offer(Plan<T>),
    Keep(T),
}

impl WriteBehind {
    /// A route over a store with copies in Redis, and what waits for the store.
    pub fn new(route: &Route, store: Arc<Store>, redis: Arc<Redis>, metrics: Arc<Metrics>, stir: Stir) -> WriteBehind {
        WriteBehind { lease: Lease::new(route, store, redis, metrics), delay_ms: route.delay_ms, max_pending: route.max_pending, stir }
    }

    /// The row as Redis has it, else the store; `fresh` looks past the cache, not past what waits.
    ///
    /// # Errors
    /// `CacheUnavailable`, `StoreUnavailable`.
    pub async fn read(&self, at: &Address, fresh: bool) -> Result<Reading, Problem> {
        let reading = if fresh { self.read_fresh(at).await? } else { self.look(at, Reader::Client).await? };
        self.lease.count(reading.via);
        Ok(reading)
    }

    async fn read_fresh(&self, at: &Address) -> Result<Reading, Problem> {
        let link = self.lease.link().map_err(unavailable)?;
        let Some([n, kind, etag, body]) = link.dirty(&at.collection, &at.id).await.map_err(unavailable)? else {
            return self.lease.read_past(at, Via::Request).await;
        };
        let text = |bytes| std::str::from_utf8(bytes).ok();
        let fields = text(&n).zip(text(&kind)).zip(text(&etag));
        let row = fields.and_then(|((n, kind), etag)| Row::of_record(n, kind, etag, Bytes::from(body)));
        Ok(Reading { row: row.ok_or(Problem::CacheUnavailable)?, via: Via::Pending })
    }

    async fn look(&self, at: &Address, reader: Reader) -> Result<Reading, Problem> {
        match self.lease.read(at, reader).await? {
            Look::Found(reading) => Ok(reading),
            Look::Down => Err(Problem::CacheUnavailable),
            Look::Waited => Err(Problem::StoreUnavailable),
        }
    }

    /// Offers the write to Redis until it takes, a bounded number of times.
    ///
    /// # Errors
    /// What `decide` says, `CacheUnavailable`, `StoreUnavailable`, `OutcomeUnknown`, `Contention`, `BacklogFull`.
    pub async fn write<T: Send>(&self, at: &Address, base: Base, guard: Guard, decide: impl Decide<T>) -> Result<Outcome<T>, Problem> {
        let mut given = Given::default();
        let step = match (base, guard.word()) {
            (Base::Known(row), _) => {
                let step = plan(row.as_ref(), String::new(), &decide)?;
                given.row = Some(row);
                step
            }
            (Base::Unknown, Some(word)) => plan(guard.assumed().as_ref(), word.to_owned(), &decide)?,
            (Base::Unknown, None) => self.decide_on(self.look(at, Reader::Writer).await?.row.as_ref(), &decide)?,
        };
        let mut plan = match step {
            Step::Offer(plan) => plan,
            Step::Keep(answer) => return Ok(Outcome { answer, fate: Fate::Queued }),
        };
        for _ in 0..limits::WRITE_TRIES {
            let this = std::mem::take(&mut given);
            match self.offer(at, &plan, &this).await? {
                Reply::Accepted(kind) => return self.accepted(at, plan, guard, &kind, &decide),
                Reply::Blind => {
                    (self.stir)(&at.collection);
                    return Ok(Outcome { answer: plan.answer, fate: Fate::UnknownBase });
                }
                Reply::Conflict(bytes) => {
                    let row = if bytes.is_empty() { this.row } else { record::read(bytes) };
                    match self.decide_on(row.ok_or(Problem::CacheUnavailable)?.as_ref(), &decide)? {
                        Step::Offer(next) => plan = next,
                        Step::Keep(answer) => return Ok(Outcome { answer, fate: Fate::Queued }),
                    }
                }
                Reply::NeedBase => given = self.base(at, guard).await?,
                Reply::Full => return Err(Problem::BacklogFull),
            }
        }
        Err(Problem::Contention)
    }

    /// A decision on a row that was seen holds for its n alone.
    fn decide_on<T>(&self, row: Option<&Row>, decide: &impl Decide<T>) -> Result<Step<T>, Problem> {
        plan(row, format!("={}", row.map_or(0, |row| row.n)), decide)
    }

    /// An unconditional write learns only now what it replaced.
    fn accepted<T>(&self, at: &Address, plan: Plan<T>, guard: Guard, kind: &str, decide: &impl Decide<T>) -> Result<Outcome<T>, Problem> {
        (self.stir)(&at.collection);
        let answer = if guard == Guard::None && plan.guard.is_empty() { decide(stand_in(kind).as_ref())?.1 } else { plan.answer };
        Ok(Outcome { answer, fate: Fate::Queued })
    }

    async fn offer<T>(&self, at: &Address, plan: &Plan<T>, given: &Given) -> Result<Reply, Problem> {
        let link = self.lease.link().map_err(unavailable)?;
        let base = given.row.as_ref().map_or_else(String::new, |row| {
            let n = row.as_ref().map_or(0, |row| row.n);
            format!("{n}{}{}", facts::SEPARATOR, Row::kind(row.as_ref()))
        });
        let row = Row { n: 0, document: plan.document.clone() };
        let (etag, body) = row.document.as_ref().map_or(("", &b""[..]), |document| (&document.etag, &document.body));
        let offer = Offer {
            collection: &at.collection,
            id: &at.id,
            token: &given.token,
            base: &base,
            guard: &plan.guard,
            blind: given.blind,
            kind: Row::kind(Some(&row)),
            etag,
            body,
            ttl_ms: self.lease.ttl_ms(at, Some(&row)),
            delay_ms: self.delay_ms,
            max_pending: self.max_pending,
        };
        link.put(&offer).await.map_err(|silence| match silence {
            Silence::Refused => Problem::CacheUnavailable,
            Silence::Unanswered => Problem::OutcomeUnknown,
        })
    }

    /// What to offer along with a write whose base Redis does not know: the store's row, or nothing if somebody else
    /// brought it by now, or the word that nobody knows it.
    async fn base(&self, at: &Address, guard: Guard) -> Result<Given, Problem> {
        let token = Uuid::new_v4().to_string();
        match self.lease.take(at, &token, || ()).await.map_err(unavailable)? {
            Taken::Pending(_) | Taken::Hit(_) => return Ok(Given::default()),
            Taken::Lease => {
                if let Ok(row) = self.lease.read_leased(at, &token).await {
                    return Ok(Given { token, row: Some(row), blind: false });
                }
            }
            // Redis has no memory left for a lease.
            Taken::Bypass => return Err(Problem::BacklogFull),
            Taken::Waited => {}
        }
        if matches!(guard, Guard::None | Guard::Exists) { Ok(Given { blind: true, ..Given::default() }) } else { Err(Problem::StoreUnavailable) }
    }
}

/// What `decide` says of a row, guarded by a word.
fn plan<T>(row: Option<&Row>, guard: String, decide: &impl Decide<T>) -> Result<Step<T>, Problem> {
    let (change, answer) = decide(row)?;
    Ok(match change {
        Change::Put(document) => Step::Offer(Plan { document: Some(document), answer, guard }),
        Change::Delete => Step::Offer(Plan { document: None, answer, guard }),
        Change::Keep => Step::Keep(answer),
    })
}

/// A row of a kind for a decision that looks at nothing else.
fn stand_in(kind: &str) -> Option<Row> {
    match kind {
        facts::VALUE => Some(Row { n: 1, document: Some(Document { etag: String::new(), body: Bytes::new() }) }),
        facts::DELETED => Some(Row { n: 1, document: None }),
        _ => None,
    }
}

impl Guard {
    /// What `put` checks without a look before it; None: a look is needed.
    fn word(self) -> Option<&'static str> {
        match self {
            Guard::None => Some(""),
            Guard::Exists => Some("exists"),
            Guard::Absent => Some("absent"),
            Guard::Decide => None,
        }
    }

    /// What the guard makes sure of; without one, what the answer assumes until `put` says better.
    fn assumed(self) -> Option<Row> {
        if self == Guard::Exists { stand_in(facts::VALUE) } else { None }
    }
}

fn unavailable(_: Down) -> Problem {
    Problem::CacheUnavailable
}
