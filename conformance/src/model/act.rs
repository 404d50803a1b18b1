//! What a request that is right in itself comes to, with the document it is about.

use super::answers::{self, Written};
use super::cache::Cache;
use super::checks::{Asked, Reached};
use super::moment::Moment;
use super::page::Page;
use super::preconditions::{Preconditions, Weighed};
use super::record::Kind;
use super::router::Route;
use super::verdict::{FRESH_ID, Stop};
use super::writes::{Change, Done};
use super::{Model, Outcome, PROMPT};
use crate::driver::answer::Answer;
use crate::generated::contract::{Problem, limits};
use crate::routes::STORE_TIMEOUT_MS;
use std::time::Duration;

impl Model {
    /// Answers a request about documents; `route` is that of its collection.
    pub(super) fn act(&mut self, asked: Asked, route: Option<Route>, reached: &Reached, at: Moment) -> Result<Outcome, Stop> {
        if let Asked::Options(resource) = &asked {
            return Ok(Outcome::new(answers::options(resource), Some(0)));
        }
        let own = reached.resource.as_ref().and_then(|resource| resource.collection()) == Some(&self.collection);
        let Some(route) = route.filter(|_| own) else { return Err(Stop::Unknown("another collection")) };
        if !self.broken.is_empty() {
            return Err(Stop::Unknown("a dependency does not work"));
        }
        match asked {
            Asked::List(query) => {
                prompt(at, PROMPT * limits::LIST_TIME_FACTOR as u32)?;
                let page = Page::of(&self.rows, &query).ok_or(Stop::Unknown("how far a list looks depends on what the store leaves out"))?;
                Ok(Outcome::new(answers::list(&self.collection, &query, &page), Some(0)))
            }
            Asked::Read { id, no_cache, preconditions } => self.look(&route, &id, no_cache, &preconditions, reached, at),
            Asked::Create { id: None, content } => {
                let done = self.change(&route, FRESH_ID, &Change::Create(content), &Preconditions::default(), at)?;
                let commands = if route.cached { 2 } else { 0 };
                Ok(Outcome { fresh_id: true, ..Outcome::new(self.written(FRESH_ID, done, true, reached), Some(commands)) })
            }
            write => {
                let (id, change, preconditions, tagged) = match write {
                    Asked::Put { id, content, canonical, preconditions } => (id, Change::Put(content), preconditions, canonical),
                    Asked::Patch { id, patch, preconditions } => (id, Change::Patch(patch), preconditions, true),
                    Asked::Delete { id, preconditions } => (id, Change::Delete, preconditions, false),
                    Asked::Create { id: Some(id), content } => (id, Change::Create(content), Preconditions::default(), true),
                    _ => return Err(Stop::Unknown("not a write")),
                };
                let done = self.change(&route, &id, &change, &preconditions, at)?;
                let commands = if route.cached { 3 } else { 0 };
                Ok(Outcome::new(self.written(&id, done, tagged, reached), Some(commands)))
            }
        }
    }
}
