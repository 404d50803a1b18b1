//! What the clients of a storm do.

use super::Plan;
use super::arena::Arena;
use super::exchange::{Ask, Condition, Reply, send};
use super::meaning;
use crate::dice::Dice;
use crate::history::check::{Kind, Violation};
use crate::history::{Act, By, NEVER, Operation, Outcome, Version};
use crate::sequence::Mode;
use futures_util::future::join_all;
use std::cell::Cell;
use std::collections::HashMap;
use std::time::Duration;

/// A client that was told to come back later waits so long.
const PAUSE: Duration = Duration::from_millis(20);

/// Lets all clients work until the round is over.
pub async fn run(arena: &Arena<'_>, plan: &Plan) {
    let next = Cell::new(0);
    join_all((0..plan.clients).map(async |number| {
        let mut client = Client { arena, number: u16::try_from(number).unwrap_or(u16::MAX), dice: Dice::stream(arena.seed, number + 1), known: HashMap::new() };
        if plan.once { client.write_once(&next, plan.keys).await } else { client.write_again(plan.keys).await }
    }))
    .await;
}

struct Client<'a> {
    arena: &'a Arena<'a>,
    number: u16,
    dice: Dice,
    /// What this client knows of documents.
    known: HashMap<usize, Version>,
}

impl Client<'_> {
    /// The same documents again and again.
    async fn write_again(&mut self, keys: u64) {
        while !self.arena.is_over() {
            let slot = self.dice.below(keys);
            let document = self.arena.slot(slot);
            let ask = self.choose(document);
            let is_lost = self.ask(document, ask).await;
            if is_lost {
                self.arena.replace(slot, document);
            }
        }
    }

    /// Each document once, and reads of those before.
    async fn write_once(&mut self, next: &Cell<u64>, keys: u64) {
        while !self.arena.is_over() && next.get() < keys {
            let index = next.replace(next.get() + 1);
            if self.dice.chance(10) {
                self.create(index).await;
            } else {
                let document = self.arena.open(index, &format!("k{index:06}"));
                self.insist(document).await;
            }
            let count = self.arena.documents.borrow().len() as u64;
            if count > 0 && self.dice.chance(50) {
                let document = usize::try_from(self.dice.below(count)).unwrap_or(0);
                let past_cache = self.dice.chance(10);
                self.ask(document, Ask::Get { past_cache, known: None }).await;
            }
        }
    }

    /// Puts until it was put, or nobody knows whether it was.
    async fn insist(&mut self, document: usize) {
        while !self.arena.is_over() {
            let condition = if self.dice.chance(20) { Condition::Absent } else { Condition::None };
            let before = self.arena.documents.borrow()[document].operations.len();
            self.ask(document, Ask::Put { w: self.arena.number(), condition }).await;
            let documents = self.arena.documents.borrow();
            if documents[document].operations[before..].iter().any(|operation| operation.writes().is_some() && operation.outcome != Outcome::Refused) {
                return;
            }
        }
    }

    /// Creates a document whose id the proxy chooses; if that is not told, there is nothing to look for.
    async fn create(&mut self, index: u64) {
        let arena = self.arena;
        let w = arena.number();
        let proxy = self.proxy();
        let collection = &arena.collections[usize::try_from(index).unwrap_or(0) % arena.collections.len()].name;
        let invoked = arena.now();
        let reply = send(&arena.fleet.http, &arena.fleet.members[usize::from(proxy)].address, &format!("/v1/{collection}"), Ask::Post { w }).await;
        let returned = arena.now();
        let meaning = meaning::of(Ask::Post { w }, &reply);
        if let (Reply::Answer { location: Some(location), .. }, Some((act, Outcome::Done))) = (&reply, meaning.acts.first()) {
            let document = arena.open(index, location.rsplit('/').next().unwrap_or_default());
            arena.note(document, Operation { by: By::Client(self.number, proxy), invoked, returned, act: *act, outcome: Outcome::Done });
        }
        arena.tally.borrow_mut().count(&meaning.acts);
        self.settle(collection, meaning).await;
    }

    fn proxy(&mut self) -> u8 {
        u8::try_from(self.dice.below(self.arena.fleet.members.len() as u64)).unwrap_or(0)
    }

    fn choose(&mut self, document: usize) -> Ask {
        let known = self.known.get(&document).copied();
        let condition = known.filter(|_| self.dice.chance(30)).map_or(Condition::None, Condition::Is);
        match self.dice.below(100) {
            0..34 => Ask::Get { past_cache: false, known: None },
            34..38 => Ask::Get { past_cache: true, known: None },
            38..44 => Ask::Get { past_cache: false, known },
            44..76 => Ask::Put { w: self.arena.number(), condition },
            76..80 => Ask::Put { w: self.arena.number(), condition: Condition::Absent },
            80..92 => Ask::Patch { w: self.arena.number(), condition },
            _ => Ask::Delete { condition },
        }
    }

    /// Asks and notes what is learned. True if so little is certain of the document now that it is not worth going on with.
    async fn ask(&mut self, document: usize, ask: Ask) -> bool {
        let arena = self.arena;
        let proxy = self.proxy();
        let invoked = arena.now();
        let reply = send(&arena.fleet.http, &arena.fleet.members[usize::from(proxy)].address, &arena.path(document), ask).await;
        let returned = arena.now();
        let meaning = meaning::of(ask, &reply);
        let mut is_lost = false;
        for (act, outcome) in &meaning.acts {
            let is_unknown = *outcome == Outcome::Maybe;
            let returned = if is_unknown { NEVER } else { returned };
            arena.note(document, Operation { by: By::Client(self.number, proxy), invoked, returned, act: *act, outcome: *outcome });
            if is_unknown && arena.mode(document) == Mode::WriteThrough {
                arena.cut(document, invoked);
            }
            is_lost |= is_unknown && (arena.mode(document) == Mode::WriteThrough || matches!(act, Act::Delete { .. }));
            self.learn(document, *act, *outcome);
        }
        arena.tally.borrow_mut().count(&meaning.acts);
        self.settle(&arena.path(document), meaning).await;
        is_lost
    }

    fn learn(&mut self, document: usize, act: Act, outcome: Outcome) {
        use crate::history::Base;
        let known = match (act, outcome) {
            (_, Outcome::Refused) => return,
            (Act::Read(Some(version)), _) => Some(version),
            (Act::Put { w, .. }, Outcome::Done) => Some(Version::put(w)),
            (Act::Patch { w, base: Base::Is(version), .. }, Outcome::Done) => Some(Version { of: version.of, w }),
            _ => None,
        };
        match known {
            Some(version) => _ = self.known.insert(document, version),
            None => _ = self.known.remove(&document),
        }
    }

    async fn settle(&self, path: &str, meaning: meaning::Meaning) {
        if let Some(text) = meaning.wrong {
            self.arena.wrong.borrow_mut().push((path.to_owned(), Violation { kind: Kind::Etag, text, operations: Vec::new() }));
        }
        if meaning.is_unavailable {
            self.arena.tally.borrow_mut().unavailable += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
}
