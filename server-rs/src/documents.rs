//! The operations on documents, in terms of neither HTTP nor a driver.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod patch;
pub mod preconditions;
pub mod put;

use std::sync::Arc;

use self::preconditions::Preconditions;
use crate::cache::{Cache, Guard};
use crate::errors::Problem;
use crate::fleet::Fleet;
use crate::json::{self, Document, Value};
use crate::queue::census::Census;
use crate::queue::leftovers::Leftovers;
use crate::routing::{Route, find};
use crate::store::Store;

/// The collections of one route.
pub struct Shelf {
    pub route: Route,
    pub cache: Cache,
    pub store: Arc<Store>,
}

/// All that is served.
pub struct Documents {
    shelves: Vec<Shelf>,
    fleet: Arc<Fleet>,
    leftovers: Arc<Leftovers>,
    census: Arc<Census>,
    /// A document takes so many bytes, as sent and in canonical form.
    pub body_bytes: usize,
}

/// A body that was judged.
#[derive(Debug)]
pub struct Body {
    pub value: Value,
    pub document: Document,
    /// The bytes were canonical as they were sent.
    pub was_canonical: bool,
}

impl Shelf {
    /// The guard of a write that is unconditional, unless the request or the route asks for a look.
    fn guard(&self, unconditional: Guard, preconditions: &Preconditions) -> Guard {
        if preconditions.is_empty() && !self.route.require_match { unconditional } else { Guard::Decide }
    }
}

impl Documents {
    /// Shelves in the order of the routes.
    pub fn new(shelves: Vec<Shelf>, fleet: Arc<Fleet>, leftovers: Arc<Leftovers>, census: Arc<Census>, body_bytes: usize) -> Documents {
        Documents { shelves, fleet, leftovers, census, body_bytes }
    }

    /// The shelf of a collection.
    pub fn shelf(&self, collection: &str) -> Result<&Shelf, Problem> {
        let index = find(self.shelves.iter().map(|shelf| shelf.route.pattern.as_str()), collection);
        index.map(|index| &self.shelves[index]).ok_or(Problem::UnknownCollection)
    }

    /// The routes in the order of the file.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.shelves.iter().map(|shelf| &shelf.route)
    }

    /// The checks that need no look at a document (contract.md §1, check 9).
    fn gate(&self, shelf: &Shelf, collection: &str) -> Result<(), Problem> {
        self.fleet.gate(shelf.cache.caches())?;
        self.leftovers.admit(collection)
    }
}

/// Judges the bytes of a document (contract.md §1, check 8).
///
/// # Errors
/// `BodyTooLarge`, `RootNotObject` or what the strict reader finds.
pub fn read_body(bytes: &[u8], limit: usize) -> Result<Body, Problem> {
    if bytes.len() > limit {
        return Err(Problem::BodyTooLarge);
    }
    let value = json::read::value(bytes)?;
    if !matches!(value, Value::Object(_)) {
        return Err(Problem::RootNotObject);
    }
    let document = Document::of(&value);
    if document.body.len() > limit {
        return Err(Problem::BodyTooLarge);
    }
    let was_canonical = document.body == bytes;
    Ok(Body { value, document, was_canonical })
}
