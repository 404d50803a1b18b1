//! Gathers what is known of each version of a document: its write, its zone, and what replaced it.

use super::check::{Kind, Violation};
use super::zones::Zone;
use super::{Act, Base, NEVER, Operation, Outcome, Version};
use std::collections::BTreeMap;

/// One version that took effect.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// The PUT that the document comes from.
    pub of: u64,
    pub zone: Zone,
    /// The operation that is known to have replaced just this version.
    pub next: Option<usize>,
}

/// Versions by the number of their write.
pub type Values = BTreeMap<u64, Value>;

/// What is gathered, and what is wrong already.
#[derive(Debug)]
pub struct Gathered<'a> {
    operations: &'a [Operation],
    /// Indexes of writes by number.
    writes: BTreeMap<u64, usize>,
    pub values: Values,
    pub violations: Vec<Violation>,
}

impl<'a> Gathered<'a> {
    /// Reads the operations of one document.
    pub fn new(operations: &'a [Operation]) -> Gathered<'a> {
        let writes = operations.iter().enumerate().filter_map(|(index, operation)| Some((operation.writes()?, index))).collect();
        let mut gathered = Gathered { operations, writes, values: Values::new(), violations: Vec::new() };
        gathered.acknowledged();
        gathered.seen();
        gathered.maybe_written();
        gathered.patched_over();
        gathered.replaced();
        gathered
    }

    fn wrong(&mut self, kind: Kind, text: &str, operations: &[usize]) {
        self.violations.push(Violation::new(kind, text, self.operations, operations));
    }

    fn acknowledged(&mut self) {
        for (index, operation) in self.operations.iter().enumerate().filter(|(_, operation)| operation.outcome == Outcome::Done) {
            let zone = Zone::of(operation.invoked, operation.returned, index);
            match operation.act {
                Act::Put { w, .. } => _ = self.values.insert(w, Value { of: w, zone, next: None }),
                Act::Patch { w, base, etag } => match self.patched(index, w, base, etag) {
                    Some(of) => _ = self.values.insert(w, Value { of, zone, next: None }),
                    None => self.wrong(Kind::Etag, "the receipt's entity tag is that of no document that can have come of it", &[index]),
                },
                Act::Read(_) | Act::Delete { .. } => {}
            }
        }
    }

    /// Which PUT a patched document comes from: the receipt tells.
    fn patched(&self, index: usize, w: u64, base: Base, etag: Option<[u8; 16]>) -> Option<u64> {
        if let Base::Is(version) = base {
            return Some(version.of);
        }
        let wanted = crate::canonical::hex(&etag?);
        // Most often it is one of the last that began before.
        let puts = self.operations[..index].iter().rev().chain(&self.operations[index..]);
        let mut candidates = puts.filter_map(|operation| if let Act::Put { w, .. } = operation.act { Some(w) } else { None });
        candidates.find(|of| Version { of: *of, w }.etag() == wanted)
    }

    fn seen(&mut self) {
        for (index, operation) in self.operations.iter().enumerate() {
            let version = match (operation.act, operation.outcome) {
                (Act::Read(Some(version)), _) => version,
                // A precondition that held has seen what it names.
                (
                    Act::Put { base: Base::Is(version), .. } | Act::Patch { base: Base::Is(version), .. } | Act::Delete { base: Base::Is(version) },
                    Outcome::Done,
                ) => version,
                _ => continue,
            };
            self.see(index, version);
        }
    }

    fn see(&mut self, index: usize, version: Version) {
        let zone = Zone::of(self.operations[index].invoked, self.operations[index].returned, index);
        let Some(write) = self.writes.get(&version.w).copied() else {
            return self.wrong(Kind::Unwritten, "a version was read that nobody wrote", &[index]);
        };
        let written = &self.operations[write];
        if written.outcome == Outcome::Refused {
            return self.wrong(Kind::Refused, "a write took effect of which the client was told that it did not", &[write, index]);
        }
        if zone.first_end < written.invoked {
            return self.wrong(Kind::Unwritten, "a version was read before it was written", &[write, index]);
        }
        let is_put = matches!(written.act, Act::Put { .. });
        let maybe = Zone::of(written.invoked, NEVER, write);
        let value = self.values.entry(version.w).or_insert(Value { of: version.of, zone: maybe, next: None });
        value.zone = value.zone.join(zone);
        let known = if is_put { version.w } else { value.of };
        if version.of != known {
            self.wrong(Kind::Unwritten, "a patched document holds parts of two", &[write, index]);
        }
    }

    /// A write with a precondition that took effect although nobody was told has seen its base, too.
    fn maybe_written(&mut self) {
        for (index, operation) in self.operations.iter().enumerate().filter(|(_, operation)| operation.outcome == Outcome::Maybe) {
            if let (Some(w), Base::Is(version)) = (operation.writes(), operation.base())
                && self.values.contains_key(&w)
            {
                self.see(index, version);
            }
        }
    }

    /// A PUT that was patched took effect, even if nobody was told and nobody read it as it was.
    fn patched_over(&mut self) {
        let patched: Vec<Value> = self.values.iter().filter(|(w, value)| **w != value.of).map(|(_, value)| *value).collect();
        for value in patched {
            let written = self.writes.get(&value.of).map(|index| (*index, self.operations[*index]));
            match written {
                Some((index, write)) if write.outcome == Outcome::Refused => {
                    self.wrong(Kind::Refused, "a write was patched of which the client was told that it did not take effect", &[index, value.zone.ender]);
                }
                Some((index, write)) if write.outcome == Outcome::Maybe => {
                    let unseen = Value { of: value.of, zone: Zone::of(write.invoked, NEVER, index), next: None };
                    let put = self.values.entry(value.of).or_insert(unseen);
                    if value.zone.first_end < put.zone.first_end {
                        (put.zone.first_end, put.zone.ender) = (value.zone.first_end, value.zone.ender);
                    }
                }
                _ => {}
            }
        }
    }

    fn replaced(&mut self) {
        for (index, operation) in self.operations.iter().enumerate() {
            let took_effect = match operation.writes() {
                Some(w) => self.values.contains_key(&w),
                None => operation.outcome == Outcome::Done,
            };
            let Base::Is(version) = operation.base() else { continue };
            let Some(value) = self.values.get_mut(&version.w).filter(|_| took_effect) else { continue };
            if let Some(other) = value.next.replace(index) {
                self.wrong(Kind::Winners, "two writes replaced the same version", &[other, index]);
            }
        }
    }
}
