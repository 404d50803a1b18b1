//! A sequence: what is played on every target, as data.
//!
//! Every step is total. A refusal (404, 412, 503) is a result like any other, and a reference to a step that
//! yielded nothing becomes a fixed dummy, so leaving a step out never makes a sequence invalid.
//! The JSON form is described by example in `docs/guide/cases.md`.

pub mod faults;
pub mod operands;
pub mod read;
pub mod references;
pub mod requests;
pub mod wanted;
pub mod write;

use serde::{Deserialize, Serialize};

pub use faults::{Drain, Evict, ForeignFleet, Place, Plant, PlantRows, Planted, RedisFault, StoreError, StoreFault};
pub use operands::{After, Body, Etags, Key, Mode, Profile, StepRef, StoreKind, Text};
pub use requests::{Compare, Create, List, Options, Raw, Read, Remove, Request, Write};
pub use wanted::{Expect, Wanted};

/// One case: why it exists, where it applies, and its steps.
#[derive(Clone, Debug, Serialize)]
pub struct Sequence {
    /// One sentence: what would be wrong with a proxy that fails here.
    pub why: String,
    /// Ids of `contract/clauses.toml` that this case shows; may be empty.
    pub clauses: Vec<String>,
    /// Cache modes it applies to.
    pub modes: Vec<Mode>,
    /// Kinds of stores it applies to.
    pub stores: Vec<StoreKind>,
    /// Which of the suite's routes it uses.
    pub profile: Profile,
    /// What is done, in this order.
    pub steps: Vec<Step>,
}

/// One step: an action, what must come of it (optional), and a name that later steps refer to it by (optional).
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    #[serde(flatten)]
    pub wanted: Wanted,
    #[serde(flatten)]
    pub action: Action,
}

/// Everything a step can do. Requests go to each target; time, plants and faults to each target's own dependencies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Put(Write),
    Patch(Write),
    Delete(Remove),
    Get(Read),
    Head(Read),
    Post(Create),
    List(List),
    Options(Options),
    Request(Request),
    Raw(Raw),
    /// Lets this many ms pass for everything of the collection in Redis; nobody sleeps.
    Advance(u64),
    /// The cache entry of a key runs out.
    Expire(Key),
    /// A key of the cache vanishes before its time.
    Evict(Evict),
    /// Something is put where a proxy will look.
    Plant(Plant),
    /// Everything that waits in the collection's queue is due now, and is waited for until the store has it or refuses it;
    /// a store that cannot be reached ends the wait.
    Drain(Drain),
    /// Many rows are put into the store at once.
    PlantRows(PlantRows),
    Redis(RedisFault),
    Store(StoreFault),
    /// The store answers writes to this collection with an error number; `{}` ends it.
    StoreError(StoreError),
    ForeignFleet(ForeignFleet),
    /// Several requests at once; their answers are compared as a multiset.
    Together(Vec<Action>),
}

impl Action {
    /// The word that names this kind of step in a file.
    pub fn kind(&self) -> &'static str {
        match self {
            Action::Put(_) => "put",
            Action::Patch(_) => "patch",
            Action::Delete(_) => "delete",
            Action::Get(_) => "get",
            Action::Head(_) => "head",
            Action::Post(_) => "post",
            Action::List(_) => "list",
            Action::Options(_) => "options",
            Action::Request(_) => "request",
            Action::Raw(_) => "raw",
            Action::Advance(_) => "advance",
            Action::Expire(_) => "expire",
            Action::Evict(_) => "evict",
            Action::Plant(_) => "plant",
            Action::Drain(_) => "drain",
            Action::PlantRows(_) => "plant_rows",
            Action::Redis(_) => "redis",
            Action::Store(_) => "store",
            Action::StoreError(_) => "store_error",
            Action::ForeignFleet(_) => "foreign_fleet",
            Action::Together(_) => "together",
        }
    }

    /// Whether the action disturbs more than its own collection, so that its sequence has to run alone.
    pub fn disturbs_others(&self) -> bool {
        match self {
            Action::Redis(_) | Action::Store(_) | Action::StoreError(_) | Action::ForeignFleet(_) | Action::PlantRows(_) => true,
            // Whoever asks for readiness or counters looks at every queue.
            Action::Plant(plant) => plant.what.breaks_queue(),
            _ => false,
        }
    }

    /// Whether the action takes the queue apart, past the proxies.
    pub fn disturbs_queue(&self) -> bool {
        match self {
            Action::Evict(evict) => evict.at.is_queue(),
            Action::Plant(plant) => plant.what.breaks_queue(),
            _ => false,
        }
    }

    /// Whether the action sends a request, so that it may stand in `together`.
    pub fn is_request(&self) -> bool {
        matches!(
            self,
            Action::Put(_)
                | Action::Patch(_)
                | Action::Delete(_)
                | Action::Get(_)
                | Action::Head(_)
                | Action::Post(_)
                | Action::List(_)
                | Action::Options(_)
                | Action::Request(_)
        )
    }
}

impl Sequence {
    /// Whether it has to run with nothing beside it.
    pub fn runs_alone(&self) -> bool {
        self.steps.iter().any(|step| step.action.disturbs_others())
    }

    /// The index of the step a reference names, if there is one.
    pub fn resolve(&self, reference: &StepRef) -> Option<usize> {
        match reference {
            StepRef::Index(index) => Some(*index).filter(|index| *index < self.steps.len()),
            StepRef::Name(name) => self.steps.iter().position(|step| step.r#as.as_deref() == Some(name)),
        }
    }
}
