//! Whether creates and deletes can take turns: between two creates of a document there is a delete, and the other way round.

use super::{Act, Base, Moment, NEVER, Operation, Outcome};

/// The operation with which one of the two has happened too often, if there is one.
pub fn broken(operations: &[Operation]) -> Option<(usize, &'static str)> {
    let mut creates = Vec::new();
    let mut deletes = Vec::new();
    // What may have been one: unknown outcomes, and writes that were not told what they replaced.
    let (mut may_create, mut may_delete) = (Vec::new(), Vec::new());
    for (index, operation) in operations.iter().enumerate().filter(|(_, operation)| operation.outcome != Outcome::Refused) {
        let is_sure = operation.outcome == Outcome::Done;
        match operation.act {
            Act::Put { base: Base::Absent, .. } if is_sure => creates.push((index, operation)),
            Act::Put { base: Base::Absent | Base::Unknown, .. } => may_create.push(operation.invoked),
            Act::Delete { base: Base::Live | Base::Is(_) } if is_sure => deletes.push((index, operation)),
            Act::Delete { .. } => may_delete.push(operation.invoked),
            _ => {}
        }
    }
    let began = |sure: &[(usize, &Operation)], maybe: Vec<Moment>| {
        let mut moments: Vec<Moment> = sure.iter().map(|(_, operation)| operation.invoked).chain(maybe).collect();
        moments.sort_unstable();
        moments
    };
    let (create_began, delete_began) = (began(&creates, may_create), began(&deletes, may_delete));
    // The document does not exist at first, so one create needs no delete before it.
    let twice = excess(creates, &delete_began, 1).map(|index| (index, "created twice with no delete in between"));
    twice.or_else(|| excess(deletes, &create_began, 0).map(|index| (index, "deleted twice with no create in between")))
}

/// The first that ended when more had ended than there can have been occasions for.
fn excess(mut sure: Vec<(usize, &Operation)>, occasions: &[Moment], free: usize) -> Option<usize> {
    sure.sort_by_key(|(_, operation)| operation.returned);
    sure.iter().enumerate().find_map(|(before, (index, operation))| {
        let possible = free + occasions.partition_point(|began| *began < operation.returned);
        (operation.returned != NEVER && before + 1 > possible).then_some(*index)
    })
}
