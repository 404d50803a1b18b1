//! What a request that is right in itself comes to.

use super::Model;
use super::answers::{self, Written};
use super::checks::{Asked, Reached, Write};
use super::moment::Moment;
use super::page::Page;
use super::preconditions::{Preconditions, Weighed};
use super::query::ListQuery;
use super::router::Route;
use super::target::Resource;
use super::verdict::{Expected, FRESH_ID, Stop};
use super::writes::Done;
use crate::driver::answer::Answer;
use crate::generated::contract::limits;
use serde_json::json;
use std::time::Duration;

/// A readiness check that took longer may have found a dependency slow.
const READY: Duration = Duration::from_millis(limits::READY_TIMEOUT_MS as u64 / 2);

impl Model {
    /// Answers a request.
    pub(super) fn act(&mut self, asked: Asked, reached: &Reached, at: Moment) -> Result<Expected, Stop> {
        match asked {
            Asked::Options(resource) => Ok(Expected::new(answers::options(&resource), Some(0))),
            Asked::Status(resource) => self.status(&resource, at),
            Asked::List(query) => {
                let route = self.own_route(reached)?;
                self.list(&route, &query, at)
            }
            Asked::Read { id, no_cache, preconditions } => {
                let route = self.own_route(reached)?;
                self.look(&route, &id, no_cache, &preconditions, reached, at)
            }
            Asked::Write(write) => {
                let route = self.own_route(reached)?;
                prompt(at, route.prompt)?;
                let id = write.id.as_deref().unwrap_or(FRESH_ID);
                let done = self.write(&route, id, &write.change, &write.preconditions, at)?;
                let commands = match (route.cached, &write.id) {
                    (false, _) => 0,
                    (true, None) => 2,
                    (true, Some(_)) => 3,
                };
                Ok(Expected { fresh_id: write.id.is_none(), ..Expected::new(self.written(&write, id, done, reached), Some(commands)) })
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
        if !self.broken.is_empty() {
            return Err(Stop::Unknown("a dependency does not work"));
        }
        self.router.find(&self.collection).cloned().ok_or(Stop::Silent("no route"))
    }

    fn list(&self, route: &Route, query: &ListQuery, at: Moment) -> Result<Expected, Stop> {
        let slow = prompt(at, route.prompt * limits::LIST_TIME_FACTOR as u32);
        slow.map_err(|_| Stop::Silent("a list that took so long may have met a time-out"))?;
        let page = Page::of(&self.rows, query).ok_or(Stop::Silent("how far a list looks depends on what the store leaves out"))?;
        Ok(Expected::new(answers::list(&self.collection, query, &page), Some(0)))
    }

    fn look(&mut self, route: &Route, id: &str, no_cache: bool, preconditions: &Preconditions, reached: &Reached, at: Moment) -> Result<Expected, Stop> {
        let found = self.read(route, id, no_cache, at)?;
        prompt(at, route.prompt + if found.waited { Duration::from_millis(route.store_timeout_ms) } else { Duration::ZERO })?;
        let weighed = preconditions.weigh(reached.method.unwrap_or_default(), found.record.etag());
        let answer = match (weighed, &found.record.kind) {
            (Weighed::Refused(problem), _) => answers::problem(problem, reached, Some(found.cache)),
            (Weighed::NotModified, kind) => answers::not_modified(kind, found.cache),
            (Weighed::Pass, kind) => answers::document(kind, found.cache),
        };
        Ok(Expected::new(answer, found.commands))
    }

    fn written(&self, write: &Write, id: &str, done: Done, reached: &Reached) -> Answer {
        match done {
            Done::Stored { etag, created } => answers::receipt(Written { collection: &self.collection, id, created, tagged: write.tagged }, &etag),
            Done::Deleted => answers::deleted(),
            Done::Refused(problem) => answers::problem(problem, reached, None),
        }
    }

    fn status(&self, resource: &Resource, at: Moment) -> Result<Expected, Stop> {
        let (body, commands) = match resource {
            Resource::Live => (json!({"status": "live"}), Some(0)),
            // What readiness asks is no document's cost.
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
