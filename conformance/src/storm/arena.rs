//! One round of a storm: its documents with what was done to them, its clock, its counts.

use super::Plan;
use super::fleet::{Fleet, short};
use super::record::Tally;
use crate::history::check::{Violation, check, until};
use crate::history::{Moment, Operation};
use crate::sequence::{Mode, StoreKind};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// A collection of the round.
#[derive(Clone, Debug)]
pub struct Collection {
    pub name: String,
    pub mode: Mode,
    pub store: StoreKind,
}

/// One document and everything that was done to it.
#[derive(Clone, Debug)]
pub struct Document {
    pub collection: Collection,
    pub id: String,
    pub operations: Vec<Operation>,
    /// When a write-through write began of which nobody knows whether it took effect: from then on readers may see either
    /// version for the life of an entry, so what came after is not judged.
    pub cut: Option<Moment>,
}

impl Document {
    pub fn path(&self) -> String {
        format!("/v1/{}/{}", self.collection.name, self.id)
    }

    /// What is wrong with what was done to it.
    pub fn check(&self) -> Vec<Violation> {
        match self.cut {
            Some(moment) => check(&until(&self.operations, moment)),
            None => check(&self.operations),
        }
    }
}

/// One round.
#[derive(Debug)]
pub struct Arena<'f> {
    pub fleet: &'f Fleet,
    pub seed: u64,
    began: Instant,
    pub end: Instant,
    pub collections: Vec<Collection>,
    pub documents: RefCell<Vec<Document>>,
    /// The documents that clients write now, by their index.
    slots: RefCell<Vec<usize>>,
    next_number: Cell<u64>,
    pub tally: RefCell<Tally>,
    /// What is wrong with an answer by itself.
    pub wrong: RefCell<Vec<(String, Violation)>>,
}

impl<'f> Arena<'f> {
    pub fn new(fleet: &'f Fleet, plan: &Plan, number: u64, seed: u64, length: Duration) -> Arena<'f> {
        let mut collections = Vec::new();
        for mode in &plan.modes {
            for store in &plan.stores {
                let letter = if *store == StoreKind::Mysql { "s" } else { "m" };
                collections.push(Collection { name: format!("{}-{letter}-r{number}", short(*mode)), mode: *mode, store: *store });
            }
        }
        let began = Instant::now();
        let arena = Arena {
            fleet,
            seed,
            began,
            end: began + length,
            collections,
            documents: RefCell::default(),
            slots: RefCell::default(),
            next_number: Cell::new(1),
            tally: RefCell::default(),
            wrong: RefCell::default(),
        };
        for slot in 0..if plan.once { 0 } else { plan.keys } {
            let index = arena.open(slot, &format!("k{slot}"));
            arena.slots.borrow_mut().push(index);
        }
        arena
    }

    /// Nanoseconds since the round began.
    pub fn now(&self) -> Moment {
        Moment::try_from(self.began.elapsed().as_nanos()).unwrap_or(Moment::MAX - 1)
    }

    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// A number that no other write has.
    pub fn number(&self) -> u64 {
        self.next_number.replace(self.next_number.get() + 1)
    }

    /// Opens a document; collections take turns.
    pub fn open(&self, slot: u64, id: &str) -> usize {
        let collection = self.collections[usize::try_from(slot).unwrap_or(0) % self.collections.len()].clone();
        let mut documents = self.documents.borrow_mut();
        documents.push(Document { collection, id: id.to_owned(), operations: Vec::new(), cut: None });
        documents.len() - 1
    }

    /// The document that clients write now.
    pub fn slot(&self, slot: u64) -> usize {
        self.slots.borrow()[usize::try_from(slot).unwrap_or(0)]
    }

    pub fn mode(&self, document: usize) -> Mode {
        self.documents.borrow()[document].collection.mode
    }

    pub fn path(&self, document: usize) -> String {
        self.documents.borrow()[document].path()
    }

    /// Notes an operation.
    pub fn note(&self, document: usize, operation: Operation) {
        self.documents.borrow_mut()[document].operations.push(operation);
    }

    /// Notes that a write-through write has an unknown end.
    pub fn cut(&self, document: usize, moment: Moment) {
        let mut documents = self.documents.borrow_mut();
        let cut = &mut documents[document].cut;
        *cut = Some(cut.map_or(moment, |before| before.min(moment)));
    }

    /// Lets clients go on with another document than this one, of which too little is certain now.
    pub fn replace(&self, slot: u64, document: usize) {
        let at = usize::try_from(slot).unwrap_or(0);
        if self.slots.borrow().get(at) != Some(&document) {
            return;
        }
        let id = format!("k{slot}.{}", self.documents.borrow().len());
        let fresh = self.open(slot, &id);
        self.slots.borrow_mut()[at] = fresh;
    }
}
