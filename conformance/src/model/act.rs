//! What a request that is right in itself comes to.

use super::Model;
use super::answers::{self, Written};
use super::behind::Behind;
use super::checks::{Asked, Reached, Write};
use super::moment::Moment;
use super::page::Page;
use super::preconditions::{Preconditions, Weighed};
use super::query::ListQuery;
use super::queue::Due;
use super::router::Route;
use super::target::Resource;
use super::verdict::{Expected, FRESH_ID, Stop};
use super::writes::Done;
use crate::driver::answer::Answer;
use crate::generated::contract::{Problem, limits, write_status};
use crate::sequence::Place;
use serde_json::json;
use std::time::Duration;

/// A readiness check that took longer may have found a dependency slow.
const READY: Duration = Duration::from_millis(limits::READY_TIMEOUT_MS as u64 / 2);

/// Faults under which it is known what a route of write-behind answers.
const KNOWN_BEHIND: [&str; 6] = ["store down", "store writes", "store refuses", "store errors", "redis full", "redis down"];

impl Model {
    /// Answers a request.
    pub(super) fn act(&mut self, asked: Asked, reached: &Reached, at: Moment) -> Result<Expected, Stop> {
        match asked {
            Asked::Options(resource) => Ok(Expected::new(answers::options(&resource), Some(0))),
            Asked::Status(resource) => self.status(&resource, at),
            Asked::List { query, wait } => {
                let route = self.own_route(reached)?;
                if route.behind { self.list_behind(&route, &query, wait?, at) } else { self.list(&route, &query, None, at) }
            }
            Asked::Read { id, no_cache, preconditions } => {
                let route = self.own_route(reached)?;
                self.look(&route, &id, no_cache, &preconditions, reached, at)
            }
            Asked::Write(write) => {
                let route = self.own_route(reached)?;
                if route.behind {
                    return self.queue_write(&route, &write, reached, at);
                }
                prompt(at, route.prompt)?;
                let id = write.id.as_deref().unwrap_or(FRESH_ID);
                let done = self.write(&route, id, &write.change, &write.preconditions, at)?;
                let commands = match (route.cached, &write.id) {
                    (false, _) => 0,
                    (true, None) => 2,
                    (true, Some(_)) => 3,
                };
                Ok(Expected {
                    fresh_id: write.id.is_none(),
                    ..Expected::new(self.written(&write, id, done, reached, Some(write_status::STORED)), Some(commands))
                })
            }
        }
    }

    /// The route, if the request is about this collection, whose state is known, and everything works.
    fn own_route(&self, reached: &Reached) -> Result<Route, Stop> {
        if reached.resource.as_ref().and_then(Resource::collection) != Some(&self.collection) {
            return Err(Stop::Silent("another collection"));
        }
        if let Some(why) = self.adrift {
            return Err(Stop::Unknown(why));
        }
        let route = self.router.find(&self.collection).cloned().ok_or(Stop::Silent("no route"))?;
        let known = |fault: &&str| route.behind && KNOWN_BEHIND.contains(fault);
        if !self.broken.iter().all(known) {
            return Err(Stop::Unknown("a dependency does not work"));
        }
        if self.is("redis down") {
            return Err(Problem::CacheUnavailable.into());
        }
        Ok(route)
    }

    /// A list that says how many writes it may lack, or waits for them in vain: nothing is stored by itself meanwhile.
    fn list_behind(&mut self, route: &Route, query: &ListQuery, wait: Option<Duration>, at: Moment) -> Result<Expected, Stop> {
        if self.queue.is_wrong("", Place::Queue) || wait.is_some() && self.queue.is_wrong("", Place::Since) {
            return Err(Problem::CacheUnavailable.into());
        }
        if let Some(wait) = wait.filter(|_| !self.queue.since.is_empty()) {
            prompt(at, wait + route.prompt)?;
            let stays = |due: &Due| matches!(due, Due::Set(_) | Due::Again) || self.is("store down");
            let stuck = self.queue.due.values().all(stays) && route.delay_ms > Duration::from_secs(3600).as_millis() as u64;
            return Err(if stuck { Problem::NotSynced.into() } else { Stop::Unknown("whether what waits is stored in time") });
        }
        if self.is("store down") {
            return Err(Problem::StoreUnavailable.into());
        }
        self.list(route, query, Some(self.queue.due.len()), at)
    }

    /// A write that waits in the queue.
    fn queue_write(&mut self, route: &Route, write: &Write, reached: &Reached, at: Moment) -> Result<Expected, Stop> {
        let id = write.id.as_deref().unwrap_or(FRESH_ID);
        let Behind { done, commands, blind, waited } = self.write_behind(route, id, write, at)?;
        let lease = Duration::from_millis(route.store_timeout_ms);
        prompt(at, route.prompt + if waited || self.is("store down") { lease } else { Duration::ZERO })?;
        let fresh_id = write.id.is_none() && matches!(done, Done::Stored { .. });
        let status = if blind { None } else { Some(write_status::QUEUED) };
        Ok(Expected { fresh_id, ..Expected::new(self.written(write, id, done, reached, status), commands) })
    }

    fn list(&self, route: &Route, query: &ListQuery, pending: Option<usize>, at: Moment) -> Result<Expected, Stop> {
        let slow = prompt(at, route.prompt * limits::LIST_TIME_FACTOR as u32);
        slow.map_err(|_| Stop::Silent("a list that took so long may have met a time-out"))?;
        let page = Page::of(&self.rows, query).ok_or(Stop::Silent("how far a list looks depends on what the store leaves out"))?;
        Ok(Expected::new(answers::list(&self.collection, query, &page, pending), Some(0)))
    }

    fn look(&mut self, route: &Route, id: &str, no_cache: bool, preconditions: &Preconditions, reached: &Reached, at: Moment) -> Result<Expected, Stop> {
        let found = if route.behind { self.read_behind(route, id, no_cache, at)? } else { self.read(route, id, no_cache, at)? };
        prompt(at, route.prompt + if found.waited { Duration::from_millis(route.store_timeout_ms) } else { Duration::ZERO })?;
        let weighed = preconditions.weigh(reached.method.unwrap_or_default(), found.record.etag());
        let answer = match (weighed, &found.record.kind) {
            (Weighed::Refused(problem), _) => answers::problem(problem, reached, Some(found.cache)),
            (Weighed::NotModified, kind) => answers::not_modified(kind, found.cache),
            (Weighed::Pass, kind) => answers::document(kind, found.cache),
        };
        Ok(Expected::new(answer, found.commands))
    }

    /// `status` is that of Write-Status; none: the base is not known.
    fn written(&self, write: &Write, id: &str, done: Done, reached: &Reached, status: Option<&'static str>) -> Answer {
        let said = status.unwrap_or(write_status::UNKNOWN_BASE);
        match done {
            Done::Stored { etag, created } => {
                let created = status.map(|_| created);
                answers::receipt(Written { collection: &self.collection, id, created, status: said, tagged: write.tagged }, &etag)
            }
            Done::Deleted if status.is_none() => answers::deleted_blind(&self.collection, id, said),
            Done::Deleted => answers::deleted(said),
            Done::Refused(problem) => answers::problem(problem, reached, None),
        }
    }

    fn status(&self, resource: &Resource, at: Moment) -> Result<Expected, Stop> {
        let (body, commands) = match resource {
            Resource::Live => (json!({"status": "live"}), Some(0)),
            // What readiness asks is no document's cost.
            Resource::Ready if self.keeps_unready() => return Err(Stop::Silent("what was refused, or waits too long")),
            Resource::Ready if self.broken.is_empty() && at.width() < READY => (json!({"reasons": [], "status": "ready"}), None),
            Resource::Ready => return Err(Stop::Silent("what a proxy makes of a fault")),
            _ => return Err(Stop::Silent("counters")),
        };
        Ok(Expected::new(answers::status(&body), commands))
    }
}

/// A request that took longer may have met a time-out on the way.
fn prompt(at: Moment, most: Duration) -> Result<(), Stop> {
    if at.width() < most { Ok(()) } else { Err(Stop::Unknown("a request that took so long may have met a time-out")) }
}
