//! The model: a reference state machine of the service, which says the exact answer to a request and the exact stored
//! state after it, without asking anybody.
//!
//! It is written from the specification alone. Of the contract it takes facts (names, limits, problem bodies), never
//! behaviour; and where it cannot know, because of a fault, bytes that are no plain request, or a life that may or may
//! not have run out between two readings of a clock, it says so and has to be told the state it finds (`adopt`).
//! It knows routes without a cache, with one that is written through, and with one that is written behind, of these also
//! under some faults.

pub mod act;
pub mod adopt;
pub mod answers;
pub mod behind;
pub mod body;
pub mod cache;
pub mod checks;
pub mod chunks;
pub mod disturb;
pub mod filter;
pub mod headers;
pub mod json;
pub mod keyed;
pub mod media;
pub mod moment;
pub mod page;
pub mod preconditions;
pub mod prefer;
pub mod query;
pub mod queue;
pub mod reads;
pub mod record;
pub mod request;
pub mod router;
pub mod rows;
pub mod target;
pub mod verdict;
pub mod waiting;
pub mod writes;

use crate::driver::fill::Outgoing;
use cache::Cache;
use checks::Reached;
use queue::Queue;
use record::Record;
use router::Router;
use std::collections::{BTreeMap, BTreeSet};
use verdict::Stop;

pub use moment::Moment;
pub use rows::Stored;
pub use verdict::{Expected, FRESH_ID, Verdict, is_fresh_id};

/// Why nothing is known when a life may or may not be over.
const UNSURE: &str = "something in the cache may or may not have run out";

/// One collection, as it must be.
#[derive(Clone, Debug)]
pub struct Model {
    collection: String,
    router: &'static Router,
    /// What the store has; no row for a document that never was.
    rows: BTreeMap<String, Record>,
    cache: Cache,
    queue: Queue,
    /// Sum of what `Advance` let pass.
    advanced_ms: u64,
    /// The same, one after another.
    advances: Vec<u64>,
    /// Dependencies that a fault keeps from working.
    broken: BTreeSet<&'static str>,
    /// What a document has in it that the store refuses; none: it refuses all of them.
    refusing: Option<String>,
    adrift: Option<&'static str>,
}

impl Model {
    /// An empty collection; the suite's routing file says by its name which route serves it.
    pub fn new(collection: &str) -> Model {
        Model {
            collection: collection.to_owned(),
            router: Router::of_the_suite(),
            rows: BTreeMap::new(),
            cache: Cache::default(),
            queue: Queue::default(),
            advanced_ms: 0,
            advances: Vec::new(),
            broken: BTreeSet::new(),
            refusing: None,
            adrift: None,
        }
    }

    /// Why the stored state is not known any more; then nothing that depends on it is known until `adopt`.
    pub fn adrift(&self) -> Option<&'static str> {
        self.adrift
    }

    /// Whether there is this fault.
    fn is(&self, fault: &str) -> bool {
        self.broken.contains(fault)
    }

    /// The state is not known any more: call it for several requests at once.
    pub fn lose(&mut self, why: &'static str) {
        self.adrift = Some(why);
    }

    /// What must come of a request that was sent in this moment and answered in it.
    pub fn answer(&mut self, sent: &Outgoing, at: Moment) -> Verdict {
        if self.rows.contains_key(FRESH_ID) || self.queue.dirty.contains_key(FRESH_ID) {
            self.lose("nobody has told the id that the target chose");
        }
        let mut reached = Reached::default();
        let asked = request::arrived(sent).and_then(|request| checks::check(&request, self.router, &mut reached));
        match asked.and_then(|asked| self.act(asked, &reached, at)) {
            Ok(expected) => known(expected, sent),
            Err(Stop::Refused(problem)) => known(Expected::new(answers::problem(problem, &reached, None), Some(0)), sent),
            Err(Stop::Late(problem)) => known(Expected::new(answers::problem(problem, &reached, None), None), sent),
            Err(Stop::Silent(why)) => Verdict::Unknown(why),
            Err(Stop::Unknown(why)) => {
                self.lose(why);
                Verdict::Unknown(why)
            }
        }
    }

    /// The target chose this id for the document that the last POST created.
    pub fn learn(&mut self, id: &str) {
        if let Some(record) = self.queue.dirty.get(FRESH_ID).cloned() {
            if let Some(route) = self.router.find(&self.collection) {
                self.cache.rename(FRESH_ID, id, Model::life_of(route, id, &record));
            }
            self.queue.rename(FRESH_ID, id);
        }
        if let Some(record) = self.rows.remove(FRESH_ID) {
            if let Some(route) = self.router.find(&self.collection) {
                self.cache.rename(FRESH_ID, id, Model::life_of(route, id, &record));
            }
            self.rows.insert(id.to_owned(), record);
        }
    }
}

fn known(mut expected: Expected, sent: &Outgoing) -> Verdict {
    if sent.method == "HEAD" {
        expected.answer.body.clear();
    }
    Verdict::Known(Box::new(expected))
}
