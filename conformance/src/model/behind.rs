//! How documents are read and written on a route that is written behind (protocol.md §5, §6).

use super::Model;
use super::cache::Missed;
use super::checks::Write;
use super::moment::Moment;
use super::queue::{Guard, Put, Reply};
use super::reads::Found;
use super::record::{Kind, Record};
use super::router::Route;
use super::verdict::Stop;
use super::writes::{Change, Done, Next, decide};
use crate::generated::contract::{Problem, cache_status, limits};
use crate::sequence::Place;
use crate::state::clock::FIRST;

/// What became of a write.
pub struct Behind {
    pub done: Done,
    pub commands: Option<u32>,
    /// Whether nobody knows what it was done to.
    pub blind: bool,
    /// Whether it waited for another's lease, as long as that may take.
    pub waited: bool,
}

/// What a write asks of `put`.
struct Attempt<'a> {
    base: Option<&'a Record>,
    guard: Guard,
    blind: bool,
}

/// The base of a write, as far as it is known.
enum Base {
    /// From the store, by the holder of the lease.
    Read(Record),
    /// There is no lease to be had, as if Redis were full: whoever writes here knows no writers in progress.
    NoLease,
    /// The store does not answer, or the lease is another's; the latter takes its time.
    Unknown { waited: bool },
}

impl Model {
    /// Reads a document.
    pub(super) fn read_behind(&mut self, route: &Route, id: &str, no_cache: bool, at: Moment) -> Result<Found, Stop> {
        let found = |record, cache, commands| Found { record, cache, commands, waited: false };
        if no_cache {
            if self.queue.is_wrong(id, Place::Dirty) {
                return Err(Problem::CacheUnavailable.into());
            }
            return match self.queue.dirty.get(id) {
                Some(record) => Ok(found(record.clone(), cache_status::PENDING, Some(1))),
                None => Ok(found(self.answering(id)?, cache_status::REQUEST, Some(1))),
            };
        }
        if let Some(record) = self.cached(id, at)? {
            return Ok(found(record, cache_status::HIT, Some(1)));
        }
        let garbage = matches!(self.cache.get(id, Place::Entry, at)?, Some(super::cache::Held::Bytes(_)));
        let counted = |commands| if garbage { None } else { Some(commands) };
        if self.queue.is_wrong(id, Place::Dirty) {
            return if garbage { Err(Stop::Unknown("garbage in the cache and in the queue")) } else { Err(Problem::CacheUnavailable.into()) };
        }
        let dirty = self.queue.dirty.get(id).cloned();
        let missed = self.cache.miss(id, at)?;
        if let Some(record) = dirty {
            if !self.is("redis full") {
                self.cache.fill_beside(id, record.bytes(), Model::life_of(route, id, &record), at);
            }
            return Ok(found(record, cache_status::PENDING, counted(2)));
        }
        match missed {
            Missed::Wait => Err(Stop::Late(Problem::StoreUnavailable)),
            Missed::Bypass => Ok(found(self.answering(id)?, cache_status::MISS, counted(2))),
            Missed::Lease if self.is("redis full") => Ok(found(self.answering(id)?, cache_status::MISS, counted(2))),
            Missed::Lease => {
                let record = self.answering(id)?;
                let stored = self.cache.fill(id, record.bytes(), Model::life_of(route, id, &record), at);
                Ok(found(record, if stored { cache_status::STORED } else { cache_status::MISS }, counted(3)))
            }
        }
    }

    /// What the store answers, if it does.
    fn answering(&self, id: &str) -> Result<Record, Stop> {
        if self.is("store down") { Err(Problem::StoreUnavailable.into()) } else { Ok(self.stored(id)) }
    }

    /// Writes a document.
    pub(super) fn write_behind(&mut self, route: &Route, id: &str, write: &Write, at: Moment) -> Result<Behind, Stop> {
        let strict = route.require_match;
        let known = match &write.change {
            _ if write.id.is_none() => {
                let base = Record::ABSENT;
                let next = decide(&write.change, &write.preconditions, &base, strict)?;
                return self.put_known(route, id, &base, next, at);
            }
            Change::Create(_) => Guard::Absent,
            Change::Put(_) if write.preconditions.is_empty() => Guard::Nothing,
            Change::Delete if write.preconditions.is_empty() && !strict => Guard::Exists,
            _ => return self.write_decided(route, id, write, at),
        };
        self.write_at_once(route, id, write, known, at)
    }

    /// A POST whose id nobody has.
    fn put_known(&mut self, route: &Route, id: &str, base: &Record, next: Next, at: Moment) -> Result<Behind, Stop> {
        let Some(kind) = version(&next) else { return Err(Stop::Unknown("a new document that is not stored")) };
        let reply = self.put(route, id, Attempt { base: Some(base), guard: Guard::Nothing, blind: false }, kind, at)?;
        match reply {
            Reply::Ok(_) => Ok(Behind { done: next.done(), commands: Some(1), blind: false, waited: false }),
            _ => Ok(refused(reply, Some(1))),
        }
    }

    /// A write whose guard is known without a look at the document.
    fn write_at_once(&mut self, route: &Route, id: &str, write: &Write, guard: Guard, at: Moment) -> Result<Behind, Stop> {
        let asked = |base: &Record| decide(&write.change, &write.preconditions, base, route.require_match);
        let kind = self.kind_of(&write.change)?;
        let garbage = self.holds_garbage(id, at)?;
        let mut commands = 1;
        let mut reply = self.put(route, id, Attempt { base: None, guard, blind: false }, kind.clone(), at)?;
        let mut waited = false;
        if reply == Reply::NeedBase {
            commands = 3;
            match self.base(id, at)? {
                Base::Read(base) => reply = self.put(route, id, Attempt { base: Some(&base), guard, blind: false }, kind, at)?,
                Base::NoLease => return Ok(refused(Reply::Full, None)),
                Base::Unknown { waited: late } => {
                    waited = late;
                    if !matches!(guard, Guard::Nothing | Guard::Exists) || route.require_match {
                        let done = Done::Refused(Problem::StoreUnavailable);
                        return Ok(Behind { done, commands: None, blind: false, waited });
                    }
                    commands = 0;
                    reply = self.put(route, id, Attempt { base: None, guard, blind: true }, kind, at)?;
                }
            }
        }
        // How a proxy goes about a wait, or about garbage, is left to it.
        let commands = (commands > 0 && !garbage).then_some(commands);
        let (base, blind) = match &reply {
            Reply::Ok(base) | Reply::Conflict(base) => (base.clone(), false),
            // Of a base that nobody knows, it is the deed itself that counts.
            Reply::Blind => (Record { n: 1, kind: Kind::Value { etag: String::new(), body: "".into() } }, true),
            _ => return Ok(Behind { waited, ..refused(reply, commands) }),
        };
        Ok(Behind { done: asked(&base)?.done(), commands, blind, waited })
    }

    /// A write that has to look first.
    fn write_decided(&mut self, route: &Route, id: &str, write: &Write, at: Moment) -> Result<Behind, Stop> {
        let garbage = self.holds_garbage(id, at)?;
        let found = self.read_behind(route, id, false, at)?;
        let mut commands = found.commands;
        let mut base = found.record;
        for _ in 0..limits::WRITE_TRIES {
            let next = decide(&write.change, &write.preconditions, &base, route.require_match)?;
            let counted = commands.filter(|_| !garbage);
            let Some(kind) = version(&next) else { return Ok(Behind { done: next.done(), commands: counted, blind: false, waited: false }) };
            let guard = Guard::Version(base.n);
            let mut reply = self.put(route, id, Attempt { base: None, guard, blind: false }, kind.clone(), at)?;
            commands = commands.map(|count| count + 1);
            if reply == Reply::NeedBase {
                let read = match self.base(id, at)? {
                    Base::Read(read) => read,
                    Base::NoLease => return Ok(refused(Reply::Full, None)),
                    Base::Unknown { .. } => return Err(Stop::Late(Problem::StoreUnavailable)),
                };
                commands = commands.map(|count| count + 2);
                reply = self.put(route, id, Attempt { base: Some(&read), guard, blind: false }, kind, at)?;
            }
            match reply {
                Reply::Ok(_) => return Ok(Behind { done: next.done(), commands: commands.filter(|_| !garbage), blind: false, waited: false }),
                Reply::Conflict(other) => base = other,
                _ => return Ok(refused(reply, commands.filter(|_| !garbage))),
            }
        }
        Err(Problem::Contention.into())
    }

    fn holds_garbage(&self, id: &str, at: Moment) -> Result<bool, Stop> {
        Ok(self.cache.get(id, Place::Entry, at)?.is_some() && self.cached(id, at)?.is_none())
    }

    /// Asks for the lease and reads the store.
    fn base(&mut self, id: &str, at: Moment) -> Result<Base, Stop> {
        let missed = self.cache.miss(id, at)?;
        match missed {
            Missed::Bypass => Ok(Base::NoLease),
            Missed::Lease if self.is("redis full") => Ok(Base::NoLease),
            Missed::Wait => Ok(Base::Unknown { waited: true }),
            Missed::Lease if self.is("store down") => Ok(Base::Unknown { waited: false }),
            Missed::Lease => Ok(Base::Read(self.stored(id))),
        }
    }

    fn put(&mut self, route: &Route, id: &str, attempt: Attempt, kind: Kind, at: Moment) -> Result<Reply, Stop> {
        let Attempt { base, guard, blind } = attempt;
        let cached = self.cached(id, at)?;
        let highest = [&cached, &base.cloned()].into_iter().flatten().map(|record| record.n).max().unwrap_or_default();
        if highest >= FIRST + FIRST / 2 {
            return Err(Stop::Unknown("a version beyond the clock"));
        }
        let value = matches!(kind, Kind::Value { .. });
        let ttl_ms = super::record::ttl_ms(if value { route.ttl_ms } else { route.negative_ttl_ms }, id);
        let (max_pending, no_memory, advances) = (route.max_pending, self.is("redis full"), self.advances.len());
        let asked = Put { id, base, guard, blind, kind, ttl_ms, max_pending, no_memory, advances };
        Ok(self.queue.put(&asked, &mut self.cache, cached, at)?)
    }

    fn kind_of(&self, change: &Change) -> Result<Kind, Stop> {
        match change {
            Change::Put(content) | Change::Create(content) => Ok(Kind::Value { etag: content.etag.clone(), body: content.body.as_str().into() }),
            Change::Delete => Ok(Kind::Deleted),
            Change::Patch(_) => Err(Stop::Unknown("a patch without a look at the document")),
        }
    }
}

/// The version that is to be stored.
fn version(next: &Next) -> Option<Kind> {
    match next {
        Next::Store { content, .. } => Some(Kind::Value { etag: content.etag.clone(), body: content.body.as_str().into() }),
        Next::Delete => Some(Kind::Deleted),
        Next::Replay { .. } | Next::Refuse(_) => None,
    }
}

fn refused(reply: Reply, commands: Option<u32>) -> Behind {
    let problem = if reply == Reply::Full { Problem::BacklogFull } else { Problem::CacheUnavailable };
    Behind { done: Done::Refused(problem), commands, blind: false, waited: false }
}
