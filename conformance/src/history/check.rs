//! The verdict on the operations of one document: whether it behaved like one register.
//!
//! Everything is found in O(n log n). Reads of absence belong to no certain delete, so each is held against the delete that
//! leaves the least to doubt; what is reported is wrong in every order, and what is not reported might still be wrong.

use super::alternation;
use super::blocks::blocks;
use super::values::Gathered;
use super::zones::{Field, Zone, clash};
use super::{Act, Base, By, Moment, NEVER, Operation, Outcome};
use serde::Serialize;

/// How a promise was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something was read that was not written, or not yet.
    Unwritten,
    /// A write that was certainly not done was seen.
    Refused,
    /// Two writes won over the same version.
    Winners,
    /// An older version was answered after a newer one was acknowledged.
    Stale,
    /// An acknowledged write is not there at the end, nor a later one.
    Lost,
    /// An entity tag is not that of the document, or an answer is none that there can be.
    Etag,
    /// Something is not as it must be when all is calm again.
    Stuck,
}

/// What is wrong, and the operations that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    pub kind: Kind,
    pub text: String,
    /// In the order in which they began.
    pub operations: Vec<String>,
}

impl Violation {
    /// Shown by these operations.
    pub fn new(kind: Kind, text: &str, operations: &[Operation], involved: &[usize]) -> Violation {
        let mut involved: Vec<&Operation> = involved.iter().filter_map(|index| operations.get(*index)).collect();
        involved.sort_by_key(|operation| (operation.invoked, operation.returned));
        involved.dedup();
        Violation { kind, text: text.to_owned(), operations: involved.into_iter().map(Operation::told).collect() }
    }

    /// Where two zones cannot be put in an order: lost if it shows at the end only.
    pub fn of_zones(text: &str, operations: &[Operation], involved: &[usize]) -> Violation {
        let at_the_end = |index: &usize| operations.get(*index).is_some_and(|operation| !matches!(operation.by, By::Client(..)));
        let kind = if involved.iter().any(at_the_end) { Kind::Lost } else { Kind::Stale };
        Violation::new(kind, text, operations, involved)
    }
}

/// What is wrong with the operations of one document; nothing is right.
pub fn check(operations: &[Operation]) -> Vec<Violation> {
    let Gathered { values, mut violations, .. } = Gathered::new(operations);
    let (zones, inside) = blocks(operations, &values);
    violations.extend(inside);
    let clash_of = |text: &str, one: Zone, other: Zone| Violation::of_zones(text, operations, &[one.ender, one.beginner, other.ender, other.beginner]);
    if let Some((one, other)) = clash(&zones) {
        violations.push(clash_of("each of two versions would have to come before the other", zones[one], zones[other]));
    }
    let field = Field::new(&zones);
    let absent = absences(operations);
    if let Some((zone, other)) = absent.into_iter().find_map(|zone| Some((zone, field.clash(zone)?))) {
        violations.push(clash_of("it was there when it was said not to be, or the other way round", zone, zones[other]));
    }
    if let Some((index, text)) = alternation::broken(operations) {
        violations.push(Violation::new(Kind::Winners, text, operations, &[index]));
    }
    violations
}

/// Zones in which the document was absent: at a delete, at a read of absence, and in between.
fn absences(operations: &[Operation]) -> Vec<Zone> {
    let mut zones = Vec::new();
    // Before everything there is nothing.
    let mut deletes = vec![(0, 0, usize::MAX)];
    let mut reads = Vec::new();
    for (index, operation) in operations.iter().enumerate().filter(|(_, operation)| operation.outcome != Outcome::Refused) {
        let is_sure = operation.outcome == Outcome::Done;
        match operation.act {
            Act::Delete { .. } => deletes.push((operation.invoked, operation.returned, index)),
            Act::Read(None) | Act::Put { base: Base::Absent, .. } if is_sure => reads.push((operation, index)),
            _ => continue,
        }
        if is_sure {
            zones.push(Zone::of(operation.invoked, operation.returned, index));
        }
    }
    deletes.sort_unstable();
    // Of those that began up to here, the one that ended last.
    for at in 1..deletes.len() {
        let before = deletes[at - 1];
        if before.1 > deletes[at].1 {
            (deletes[at].1, deletes[at].2) = (before.1, before.2);
        }
    }
    zones.extend(reads.into_iter().filter_map(|(read, index)| {
        let began = deletes.partition_point(|(invoked, ..)| *invoked < read.returned);
        let (_, ended, delete) = *deletes[..began].last()?;
        (ended < read.invoked).then_some(Zone { first_end: ended, last_begin: read.invoked, ender: delete, beginner: index })
    }));
    zones
}

/// The history as it was known at a moment: what had not ended may still happen, what had not begun is left out.
pub fn until(operations: &[Operation], moment: Moment) -> Vec<Operation> {
    let begun = operations.iter().filter(|operation| operation.invoked < moment);
    let cut = begun.filter_map(|operation| match (operation.returned < moment, operation.act) {
        (true, _) => Some(*operation),
        (false, Act::Read(_)) => None,
        (false, _) if operation.outcome == Outcome::Done => Some(Operation { returned: NEVER, outcome: Outcome::Maybe, ..*operation }),
        (false, _) => Some(*operation),
    });
    cut.collect()
}
