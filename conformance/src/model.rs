//! The model: a reference state machine of the service, which says the exact answer to a request and the exact stored
//! state after it, without asking anybody.
//!
//! It is written from the specification alone. Of the contract it takes facts (names, limits, problem bodies), never
//! behaviour; and where it cannot know, because of a fault, bytes that are no plain request, or a life that may or may
//! not have run out between two readings of a clock, it says so and has to be told the state it finds (`adopt`).
//! It knows routes without a cache and with one that is written through.

pub mod answers;
pub mod body;
pub mod cache;
pub mod checks;
pub mod disturb;
pub mod filter;
pub mod headers;
pub mod json;
pub mod keyed;
pub mod media;
pub mod moment;
pub mod page;
pub mod preconditions;
pub mod query;
pub mod reads;
pub mod record;
pub mod request;
pub mod router;
pub mod rows;
pub mod target;
pub mod verdict;
pub mod writes;

use crate::driver::fill::Outgoing;
use crate::generated::contract::limits;
use crate::routes::STORE_TIMEOUT_MS;
use answers::Written;
use cache::Cache;
use checks::{Asked, Reached};
use page::Page;
use preconditions::Weighed;
use record::{Kind, Record};
use router::{Route, Router};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use target::Resource;
use verdict::Stop;
use writes::{Change, Done};

pub use moment::Moment;
pub use rows::Stored;
pub use verdict::{Expected, FRESH_ID, Verdict, is_fresh_id};

/// Why nothing is known when a life may or may not be over.
const UNSURE: &str = "something in the cache may or may not have run out";

/// A request that took longer may have met a time-out on the way.
const PROMPT: Duration = Duration::from_millis(STORE_TIMEOUT_MS / 2);

/// One collection, as it must be.
#[derive(Clone, Debug)]
pub struct Model {
    collection: String,
    router: Arc<Router>,
    /// What the store has; no row for a document that never was.
    rows: BTreeMap<String, Record>,
    cache: Cache,
    /// Sum of what `Advance` let pass.
    advanced_ms: u64,
    /// Dependencies that a fault keeps from working.
    broken: BTreeSet<&'static str>,
    adrift: Option<&'static str>,
}

/// What a request comes to.
struct Outcome {
    answer: crate::driver::answer::Answer,
    commands: Option<u32>,
    fresh_id: bool,
}

impl Model {
    /// An empty collection; the suite's routing file says by its name which route serves it.
    pub fn new(collection: &str) -> Model {
        Model {
            collection: collection.to_owned(),
            router: Arc::new(Router::of_the_suite()),
            rows: BTreeMap::new(),
            cache: Cache::default(),
            advanced_ms: 0,
            broken: BTreeSet::new(),
            adrift: None,
        }
    }

    /// Why the stored state is not known any more; then every verdict is unknown until `adopt`.
    pub fn adrift(&self) -> Option<&'static str> {
        self.adrift
    }

    /// The state is not known any more: call it for several requests at once.
    pub fn lose(&mut self, why: &'static str) {
        self.adrift = Some(why);
    }

    /// What must come of a request that was sent in this moment and answered in it.
    pub fn answer(&mut self, sent: &Outgoing, at: Moment) -> Verdict {
        if self.rows.contains_key(FRESH_ID) {
            self.lose("nobody has told the id that the target chose");
        }
        if let Some(why) = self.adrift {
            return Verdict::Unknown(why);
        }
        let mut reached = Reached::default();
        let asked = request::arrived(sent).and_then(|request| checks::check(&request, &self.router, &mut reached));
        let outcome = match asked {
            Ok((Asked::Status(resource), _)) => return self.status(&resource, at, &reached),
            Ok((asked, route)) => self.act(asked, route, &reached, at),
            Err(Stop::Refused(problem)) => Ok(Outcome { answer: answers::problem(problem, &reached, None), commands: Some(0), fresh_id: false }),
            Err(unknown) => Err(unknown),
        };
        match outcome {
            Ok(outcome) => known(outcome, &reached),
            Err(Stop::Unknown(why)) => {
                self.lose(why);
                Verdict::Unknown(why)
            }
            Err(Stop::Refused(problem)) => unreachable!("{problem:?} is answered where it is met"),
        }
    }

    /// The target chose this id for the document that the last POST created.
    pub fn learn(&mut self, id: &str) {
        if let Some(record) = self.rows.remove(FRESH_ID) {
            if let Some(route) = self.router.find(&self.collection) {
                self.cache.rename(FRESH_ID, id, Model::life_of(route, id, &record));
            }
            self.rows.insert(id.to_owned(), record);
        }
    }

    /// Status pages depend on nothing stored, so the state stays known.
    fn status(&self, resource: &Resource, at: Moment, reached: &Reached) -> Verdict {
        let body = match resource {
            Resource::Live => json!({"status": "live"}),
            Resource::Ready if self.broken.is_empty() && at.width() < PROMPT => json!({"reasons": [], "status": "ready"}),
            Resource::Ready => return Verdict::Unknown("what a proxy makes of a fault"),
            _ => return Verdict::Unknown("counters"),
        };
        // Readiness asks Redis, which is no document's cost.
        let commands = (*resource == Resource::Live).then_some(0);
        known(Outcome { answer: answers::status(&body), commands, fresh_id: false }, reached)
    }
}

fn known(outcome: Outcome, reached: &Reached) -> Verdict {
    let Outcome { answer, commands, fresh_id } = outcome;
    let answer = if reached.method == Some("HEAD") { answers::head(answer) } else { answer };
    Verdict::Known(Box::new(Expected { answer, commands, fresh_id }))
}
