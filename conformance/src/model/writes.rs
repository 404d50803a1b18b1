//! How a write goes: read, decide, write guarded by n (protocol.md §2, §6).

use super::Model;
use super::body::{Content, merged};
use super::json;
use super::moment::Moment;
use super::preconditions::{Preconditions, Weighed};
use super::record::{Kind, Record};
use super::router::Route;
use super::verdict::Stop;
use crate::generated::contract::{Problem, limits};
use serde_json::Value;

/// What a client wants done to a document.
#[derive(Clone, Debug)]
pub enum Change {
    Put(Content),
    /// A merge patch.
    Patch(Value),
    Delete,
    /// A POST whose key names the id.
    Create(Content),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// Created where there was no document.
    Stored {
        etag: String,
        created: bool,
    },
    Deleted,
    Refused(Problem),
}

/// What is to be done once a base is known.
pub(super) enum Next {
    Store {
        content: Content,
        created: bool,
    },
    Delete,
    /// Nothing, because it was done before.
    Replay {
        etag: String,
    },
    Refuse(Problem),
}

impl Next {
    /// What it is once it was done.
    pub(super) fn done(self) -> Done {
        match self {
            Next::Store { content, created } => Done::Stored { etag: content.etag, created },
            Next::Replay { etag } => Done::Stored { etag, created: true },
            Next::Delete => Done::Deleted,
            Next::Refuse(problem) => Done::Refused(problem),
        }
    }
}

impl Model {
    /// Writes a document on its route.
    pub(super) fn write(&mut self, route: &Route, id: &str, change: &Change, preconditions: &Preconditions, at: Moment) -> Result<Done, Stop> {
        let cached = if route.cached { self.cached(id, at)? } else { None };
        let others = route.cached && self.cache.begin(id, route.store_timeout_ms, at)?;
        let decide = |base: &Record| decide(change, preconditions, base, route.require_match);
        let stored = self.stored(id);
        if stored.n >= limits::SAFE_INTEGER as u64 {
            return Err(Stop::Unknown("a version that no cache record can hold"));
        }
        let base = cached.unwrap_or_else(|| stored.clone());
        let mut next = decide(&base)?;
        let current = base.n == stored.n && (base.kind == Kind::Absent) == (stored.kind == Kind::Absent);
        if !current && matches!(next, Next::Store { .. } | Next::Delete) {
            // The store has left the cache's version behind: once more, on the store's own.
            next = decide(&stored)?;
        }
        let version = match &next {
            Next::Store { content, .. } => Some(Kind::Value { etag: content.etag.clone(), body: content.body.as_str().into() }),
            Next::Delete => Some(Kind::Deleted),
            Next::Replay { .. } | Next::Refuse(_) => None,
        };
        let record = version.map(|kind| Record { n: stored.n + 1, kind });
        if route.cached {
            let life = record.as_ref().map_or(0, |record| Model::life_of(route, id, record));
            let bytes = record.as_ref().map(Record::bytes).unwrap_or_default();
            self.cache.finish(id, others, bytes, life, at);
        }
        self.rows.extend(record.map(|record| (id.to_owned(), record)));
        Ok(next.done())
    }
}

pub(super) fn decide(change: &Change, preconditions: &Preconditions, base: &Record, require_match: bool) -> Result<Next, Stop> {
    match change {
        Change::Create(content) => Ok(create(content, base)),
        Change::Put(content) => Ok(match preconditions.weigh("PUT", base.etag()) {
            Weighed::Refused(problem) => Next::Refuse(problem),
            _ => Next::Store { content: content.clone(), created: base.etag().is_none() },
        }),
        Change::Patch(_) | Change::Delete => {
            let Kind::Value { body, .. } = &base.kind else { return Ok(Next::Refuse(Problem::DocumentNotFound)) };
            if require_match && preconditions.is_empty() {
                return Ok(Next::Refuse(Problem::PreconditionRequired));
            }
            if let Weighed::Refused(problem) = preconditions.weigh("PATCH", base.etag()) {
                return Ok(Next::Refuse(problem));
            }
            if let Change::Patch(patch) = change { patched(body, patch) } else { Ok(Next::Delete) }
        }
    }
}

fn create(content: &Content, base: &Record) -> Next {
    match &base.kind {
        Kind::Absent => Next::Store { content: content.clone(), created: true },
        Kind::Deleted => Next::Refuse(Problem::KeyConflict),
        Kind::Value { etag, .. } if *etag == content.etag => Next::Replay { etag: etag.clone() },
        Kind::Value { .. } => Next::Refuse(Problem::KeyReused),
    }
}

fn patched(body: &str, patch: &Value) -> Result<Next, Stop> {
    let document = json::read(body.as_bytes()).map_err(|_| Stop::Unknown("a patch of an entry that is no document"))?;
    let Value::Object(members) = merged(document, patch) else { return Err(Stop::Unknown("a patch that is no object")) };
    Ok(match Content::of(&members) {
        Ok(content) => Next::Store { content, created: false },
        Err(problem) => Next::Refuse(problem),
    })
}
