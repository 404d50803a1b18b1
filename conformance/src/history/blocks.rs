//! Joins versions that must follow each other at once, since each write with a precondition names what it replaced.
//!
//! A PUT and the patches made over it are a group: nothing else came in between. Groups whose last version was replaced
//! by a PUT with a precondition stand in a row. What is left are blocks that may stand in any order.

use super::check::{Kind, Violation};
use super::values::Values;
use super::zones::{Zone, clash};
use super::{Act, Operation};
use std::collections::{BTreeMap, BTreeSet};

/// The zones of the blocks; and what is wrong inside them.
pub fn blocks(operations: &[Operation], values: &Values) -> (Vec<Zone>, Vec<Violation>) {
    let mut joiner = Joiner { operations, values, violations: Vec::new() };
    let mut members: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (w, value) in values {
        members.entry(value.of).or_default().push(*w);
    }
    let groups: BTreeMap<u64, Group> = members.into_iter().filter_map(|(of, members)| Some((of, joiner.group(of, &members)?))).collect();
    let zones = joiner.rows(&groups);
    (zones, joiner.violations)
}

struct Group {
    zone: Zone,
    /// The PUT that is known to have replaced its last version.
    next: Option<u64>,
}

/// Versions that followed each other.
struct Row {
    zone: Zone,
    /// What replaced the last: a PUT's number, or 0 for a delete.
    end: Option<(u64, usize)>,
}

struct Joiner<'a> {
    operations: &'a [Operation],
    values: &'a Values,
    violations: Vec<Violation>,
}

impl Joiner<'_> {
    fn wrong(&mut self, text: &str, zones: &[Zone]) {
        let involved: Vec<usize> = zones.iter().flat_map(|zone| [zone.ender, zone.beginner]).collect();
        self.violations.push(Violation::of_zones(text, self.operations, &involved));
    }

    /// Joins a PUT and what was patched over it.
    fn group(&mut self, of: u64, members: &[u64]) -> Option<Group> {
        if !members.contains(&of) {
            let first = self.values[&members[0]].zone;
            self.violations.push(Violation::new(Kind::Unwritten, "a patch was made over a document that was not there", self.operations, &[first.ender]));
            return None;
        }
        let followers: BTreeSet<u64> = members.iter().filter_map(|w| self.patch_over(*w)).collect();
        let heads = members.iter().filter(|w| !followers.contains(w));
        let rows: Vec<(u64, Row)> = heads.map(|head| (*head, self.row(*head))).collect();
        let zones: Vec<Zone> = rows.iter().map(|(_, row)| row.zone).collect();
        if let Some((one, other)) = clash(&zones) {
            self.wrong("patches of one document cannot be put in an order", &[zones[one], zones[other]]);
        }
        let whole = zones.iter().copied().reduce(Zone::join)?;
        for (head, row) in &rows {
            if *head == of {
                self.at_an_end(&zones, row.zone, |other, row| other.before(row), "a version is older than the one that it was made from");
            }
            if row.end.is_some() {
                self.at_an_end(&zones, row.zone, |other, row| row.before(other), "a version came after the one that replaced its document");
            }
        }
        let ends: Vec<(u64, usize)> = rows.iter().filter_map(|(_, row)| row.end).collect();
        if let [(_, one), (_, other), ..] = ends.as_slice() {
            self.violations.push(Violation::new(Kind::Winners, "two writes replaced the same document", self.operations, &[*one, *other]));
        }
        Some(Group { zone: whole, next: ends.first().map(|(put, _)| *put).filter(|put| *put != 0) })
    }

    /// Reports another zone that would have to stand on the wrong side of this one.
    fn at_an_end(&mut self, zones: &[Zone], row: Zone, is_wrong: fn(Zone, Zone) -> bool, text: &str) {
        if let Some(other) = zones.iter().find(|other| **other != row && is_wrong(**other, row)) {
            self.wrong(text, &[row, *other]);
        }
    }

    /// The patch that replaced just this version.
    fn patch_over(&self, w: u64) -> Option<u64> {
        match self.operations[self.values[&w].next?].act {
            Act::Patch { w, .. } => Some(w),
            _ => None,
        }
    }

    /// Follows a version to those that replaced it by a patch.
    fn row(&mut self, head: u64) -> Row {
        let (mut zone, mut at) = (self.values[&head].zone, head);
        while let Some(next) = self.patch_over(at) {
            zone = self.follow(zone, self.values[&next].zone);
            at = next;
        }
        let end = self.values[&at].next.map(|index| (self.operations[index].writes().unwrap_or(0), index));
        Row { zone, end }
    }

    /// The zone of both, the second of which came later.
    fn follow(&mut self, one: Zone, next: Zone) -> Zone {
        if next.before(one) {
            self.wrong("a version was read again after the one that replaced it", &[one, next]);
        }
        one.join(next)
    }

    /// Joins groups that followed each other.
    fn rows(&mut self, groups: &BTreeMap<u64, Group>) -> Vec<Zone> {
        let followers: BTreeSet<u64> = groups.values().filter_map(|group| group.next).collect();
        let (mut zones, mut visited) = (Vec::new(), 0);
        for head in groups.keys().filter(|head| !followers.contains(head)) {
            let (mut zone, mut at) = (groups[head].zone, *head);
            visited += 1;
            while let Some((next, group)) = groups[&at].next.and_then(|next| groups.get_key_value(&next)) {
                zone = self.follow(zone, group.zone);
                at = *next;
                visited += 1;
            }
            zones.push(zone);
        }
        if visited < groups.len() {
            let involved: Vec<Zone> = groups.values().take(2).map(|group| group.zone).collect();
            self.wrong("versions replaced each other in a circle", &involved);
        }
        zones
    }
}
