//! What each oracle says of a step.

use super::round::{Look, Moved, Side, Terms};
use crate::checker::finding::{Finding, Oracle};
use crate::checker::verdict::{self, View};
use crate::checker::{self, Face, forms, wanted};
use crate::coverage;
use crate::driver::Played;
use crate::driver::answer::Answer;
use crate::generated::contract::METHODS;
use crate::model::target;
use crate::sequence::{Action, Compare, Planted, Sequence, Step};
use crate::state::Rows;
use crate::state::queue::WITH_TTL;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// A step with everything that is said about it.
pub struct Oracles<'a> {
    pub index: usize,
    pub step: &'a Step,
    pub terms: &'a Terms,
    pub last: &'a Moved,
}

type Judged = Result<(), Box<Finding>>;

impl Oracles<'_> {
    /// The step's own expectation, the model, the targets beside each other, the contract's tables.
    pub fn answers(&self, sides: &mut [Side]) -> Judged {
        self.each(sides, Oracle::Expectation, "answers unlike the step says", |side, played| self.unexpected(side, played))?;
        if !self.as_foreseen() {
            self.compared(sides)?;
            self.each(sides, Oracle::Tables, "breaks the contract's tables", |_, played| self.against_tables(played))?;
        } else if self.terms.look == Look::Whole {
            // What the model says is in the tables, and was seen.
            self.each(sides, Oracle::Tables, "breaks the contract's tables", |_, played| self.against_tables(played))?;
        }
        Ok(())
    }

    /// A fault of some targets, by itself.
    fn each(&self, sides: &[Side], oracle: Oracle, what: &str, fault: impl Fn(&Side, &Played) -> Option<String>) -> Judged {
        let faults: Vec<Option<String>> = sides.iter().zip(&self.last.played).map(|(side, played)| fault(side, played)).collect();
        let Some(first) = faults.iter().flatten().next() else { return Ok(()) };
        let with: Vec<String> = sides.iter().zip(&faults).filter(|(_, fault)| fault.is_some()).map(|(side, _)| side.name().to_owned()).collect();
        let text = format!("{} {what}: {first}", with.join(" and "));
        let values = sides.iter().zip(&faults).map(|(side, fault)| (vec![side.name().to_owned()], fault.clone())).collect();
        let alone = if with.len() == sides.len() { Vec::new() } else { with };
        Err(Box::new(Finding { oracle, step: self.index, kind: self.kind(), path: path_of(oracle, first), alone, values, text }))
    }

    fn kind(&self) -> String {
        self.step.action.kind().to_owned()
    }

    fn unexpected(&self, side: &Side, played: &Played) -> Option<String> {
        let by_outcome = self.step.expect.as_ref().and_then(|expect| checker::unexpected(expect, self.terms.variant.mode, &played.answers));
        let wanted =
            |answer| wanted::fault(&side.driver, &self.step.wanted, answer).unwrap_or_else(|error| Some(format!("what it says cannot be read: {error:#}")));
        by_outcome.or_else(|| played.answers.iter().find_map(wanted))
    }

    /// Whether every target has answered just what the model says.
    fn as_foreseen(&self) -> bool {
        let Some(compare) = self.known() else { return false };
        self.last.played.iter().enumerate().all(|(side, played)| match (self.last.foreseen.answer(side), played.answers.as_slice()) {
            (Some(right), [answer]) => match compare {
                Compare::Status => right.status == answer.status,
                _ => right.status == answer.status && right.body == answer.body && right.headers == answer.headers,
            },
            _ => false,
        })
    }

    /// How far the model's answer may be compared, if it has one.
    fn known(&self) -> Option<Compare> {
        self.last.foreseen.answer(0)?;
        Some(super::compare(&self.step.action)).filter(|compare| matches!(compare, Compare::Full | Compare::Status))
    }

    fn compared(&self, sides: &mut [Side]) -> Judged {
        let compare = super::compare(&self.step.action);
        let unordered = matches!(self.step.action, Action::Together(_));
        let known = self.known().is_some();
        let mut views = Vec::new();
        for (index, (side, played)) in sides.iter_mut().zip(&self.last.played).enumerate() {
            let found = named(side, checker::face(&played.answers, compare, unordered));
            let right = self.last.foreseen.answer(index).filter(|_| known).map(|answer: &Answer| named(side, answer.face(compare)));
            views.push(View { name: &side.driver.subject.name, found, right });
        }
        self.difference(if known { Oracle::Model } else { Oracle::Pairwise }, &views)
    }

    fn difference(&self, oracle: Oracle, views: &[View]) -> Judged {
        match verdict::difference(views) {
            Some(difference) => {
                let mut finding = verdict::finding(oracle, self.index, self.step.action.kind(), difference);
                finding.text = format!("{}, {}", if oracle == Oracle::Stored { "stored state" } else { "response" }, finding.text);
                Err(Box::new(finding))
            }
            None => Ok(()),
        }
    }

    fn against_tables(&self, played: &Played) -> Option<String> {
        if matches!(super::compare(&self.step.action), Compare::Status | Compare::Class | Compare::Nothing) {
            return None;
        }
        played.answers.iter().enumerate().find_map(|(number, answer)| {
            let request = played.sent.get(number).or(played.sent.first())?;
            // Of pipelined bytes only the first request is known.
            let known = number == 0 || played.sent.len() > 1;
            if known { forms::fault(request, answer).or_else(|| coverage::note(request, answer)) } else { None }
        })
    }

    /// What is stored, by the model and beside each other.
    pub fn stored(&self, sides: &mut [Side]) -> Judged {
        let right = |side: usize| self.last.right(side);
        let known = right(0).is_some();
        let as_foreseen =
            sides.iter().enumerate().all(|(index, side)| right(index).is_some_and(|right| right.unsure.is_empty() && right.rows == side.now.rows));
        let alike = !known && sides.windows(2).all(|pair| pair[0].now.rows == pair[1].now.rows);
        if as_foreseen || alike {
            return Ok(());
        }
        let mut views = Vec::new();
        for (index, side) in sides.iter_mut().enumerate() {
            let sure = |rows: &Rows| {
                rows.iter()
                    .filter(|(name, _)| right(index).is_none_or(|right| !right.unsure.contains(*name)))
                    .map(|(name, row)| (name.clone(), row.clone()))
                    .collect()
            };
            let found: Face = sure(&side.now.rows);
            let expected: Option<Face> = right(index).map(|right| sure(&right.rows));
            let (found, right) = (named(side, found), expected.map(|face| named(side, face)));
            views.push(View { name: &side.driver.subject.name, found, right });
        }
        self.difference(Oracle::Stored, &views)
    }

    /// What must hold of every state: a key of the cache has a TTL, an entry the one of its route unless it was planted,
    /// nothing lies where nothing belongs, documents have their form.
    pub fn invariants(&self, sides: &[Side], sequence: &Sequence) -> Judged {
        if !self.terms.model {
            return Ok(());
        }
        let planted = sequence.steps[..=self.index]
            .iter()
            .any(|step| matches!(&step.action, Action::Plant(plant) if !matches!(plant.what, Planted::Row { .. } | Planted::NoRow {})));
        let broken = |(name, row): (&String, &String)| {
            let wrong = row.ends_with(" without ttl")
                || name.starts_with("queue ") && row.ends_with(WITH_TTL)
                || !planted && row.ends_with(" other ttl")
                || name.starts_with("cache stray")
                || name.starts_with("store ") && (row.contains(" misshapen: ") || row.contains(" etag-of-something-else "));
            wrong.then(|| format!("{name}: {}", crate::transcript::short(row)))
        };
        self.each(sides, Oracle::Invariant, "stores what must never be", |side, _| side.now.rows.iter().find_map(broken))?;
        let disturbed = sequence.steps[..=self.index].iter().any(|step| step.action.disturbs_queue());
        self.each(sides, Oracle::Invariant, "does not keep its queue together", |side, _| if disturbed { None } else { torn(&side.now.rows) })
    }

    /// The number of Redis commands that the request sent.
    pub fn commands(&self, sides: &[Side], sequence: &Sequence) -> Judged {
        if sequence.runs_alone() {
            // With faults about, commands are sent again, and scripts have to be loaded anew.
            return Ok(());
        }
        let Some(right) = self.last.foreseen.commands else { return Ok(()) };
        let wrong: BTreeMap<&str, u32> = sides
            .iter()
            .zip(&self.last.counts)
            .filter_map(|(side, count)| Some((side.name(), count.as_ref()?.commands)))
            .filter(|(_, count)| *count != right)
            .collect();
        self.each(sides, Oracle::Commands, "sends another number of Redis commands than the contract says", |side, _| {
            wrong.get(side.name()).map(|found| format!("{found}, and {right} are right"))
        })
    }
}

/// A document that waits without a place in the queue, or a place without one that waits.
fn torn(rows: &Rows) -> Option<String> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for name in rows.keys() {
        if let ["queue", id, "dirty" | "due" | "since"] = name.split(' ').collect::<Vec<_>>()[..] {
            *places.entry(id).or_default() += 1;
        }
    }
    let (id, _) = places.into_iter().find(|(_, count)| *count != 3)?;
    Some(format!("queue {id} due: it has either no record, no place in the queue or no time since when it waits"))
}

/// The path of a fault that is told in words, without what changes from request to request.
fn path_of(oracle: Oracle, fault: &str) -> String {
    let first = fault.split([':', '"']).next().unwrap_or_default().trim();
    match (oracle, first.split(' ').collect::<Vec<_>>().as_slice()) {
        (Oracle::Expectation, _) => "expectation".to_owned(),
        (Oracle::Commands, _) => "commands".to_owned(),
        (Oracle::Invariant, [kind, _]) => format!("{kind} <id>"),
        (Oracle::Invariant, [kind, _, place]) => format!("{kind} <id> {place}"),
        _ => first.chars().take(60).collect(),
    }
}

fn named(side: &mut Side, face: Face) -> Face {
    face.into_iter().map(|(path, value)| (side.names.apply(&path), side.names.apply(&value))).collect()
}

/// Notes the ids that a step has named, of which something may be stored from now on.
pub fn learn_ids(side: &mut Side, action: &Action, played: &Played) {
    let mut ids: Vec<String> = played.answers.iter().filter_map(|answer| answer.yields().id).collect();
    // Random ids are called by the order in which they were chosen, not by that in which they lie in the store.
    ids.iter().for_each(|id| drop(side.names.apply(id)));
    for sent in &played.sent {
        match &sent.raw {
            Some(bytes) => ids.extend(ids_in(&String::from_utf8_lossy(bytes), &side.driver.scope.collection)),
            None => {
                let method = METHODS.iter().find(|method| **method == sent.method).unwrap_or(&"GET");
                if let Ok((_, target::Resource::Document { collection, id }, _)) = target::parse(method, sent.target.as_bytes())
                    && collection == side.driver.scope.collection
                {
                    ids.push(id);
                }
            }
        }
    }
    match action {
        Action::Plant(plant) => ids.push(side.driver.id(&plant.key)),
        Action::Evict(evict) => ids.push(side.driver.id(&evict.key)),
        _ => {}
    }
    ids.retain(|id| !side.ids.contains(id));
    side.ids.extend(ids);
}

/// Ids in the targets of bytes that may be several requests, however they are escaped.
fn ids_in(bytes: &str, collection: &str) -> Vec<String> {
    let start = format!("/v1/{collection}/");
    let bytes = percent_decode_str(bytes).decode_utf8_lossy();
    let parts = bytes.split(start.as_str()).skip(1);
    parts.map(|rest| rest.chars().take_while(|character| character.is_ascii_alphanumeric() || "._~-".contains(*character)).collect()).collect()
}
