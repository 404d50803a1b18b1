//! Whether an order of things that each stay together can be found, from when their parts began and ended.
//!
//! Gibbons and Korach, "Testing Shared Memories" (1997): what belongs together (a version, its write and its reads) has a
//! zone, from the first end among its parts to the last beginning. `a` has to come before `b` if some part of `a` ended
//! before some part of `b` began, that is, if `a.first_end < b.last_begin`. An order exists unless two have to come before
//! each other: a longer circle always holds one of two.

use super::Moment;

/// The zone of things that stay together, with the parts that bound it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    pub first_end: Moment,
    pub last_begin: Moment,
    /// Operations, by their index.
    pub ender: usize,
    pub beginner: usize,
}

impl Zone {
    /// That of one operation.
    pub fn of(invoked: Moment, returned: Moment, index: usize) -> Zone {
        Zone { first_end: returned, last_begin: invoked, ender: index, beginner: index }
    }

    /// That of both together.
    pub fn join(self, other: Zone) -> Zone {
        let (first_end, ender) = (self.first_end, self.ender).min((other.first_end, other.ender));
        let (last_begin, beginner) = (self.last_begin, self.beginner).max((other.last_begin, other.beginner));
        Zone { first_end, last_begin, ender, beginner }
    }

    /// Whether this has to come before the other.
    pub fn before(self, other: Zone) -> bool {
        self.first_end < other.last_begin
    }

    fn forward(self) -> bool {
        self.first_end < self.last_begin
    }
}

/// Two of the zones that have to come before each other, if there are any; O(n log n).
pub fn clash(zones: &[Zone]) -> Option<(usize, usize)> {
    let mut forward: Vec<usize> = (0..zones.len()).filter(|index| zones[*index].forward()).collect();
    forward.sort_by_key(|index| zones[*index].first_end);
    // Forward zones must not overlap.
    for pair in forward.windows(2) {
        if zones[pair[1]].before(zones[pair[0]]) && zones[pair[0]].before(zones[pair[1]]) {
            return Some((pair[0], pair[1]));
        }
    }
    // And no backward zone may lie inside a forward one; those are apart now, so one look for each is enough.
    (0..zones.len()).filter(|index| !zones[*index].forward()).find_map(|index| {
        let after = forward.partition_point(|other| zones[*other].before(zones[index]));
        let candidate = *forward[..after].last()?;
        zones[index].before(zones[candidate]).then_some((candidate, index))
    })
}

/// Zones that others are held against, one after another.
#[derive(Debug)]
pub struct Field {
    /// By `last_begin`, each with the smallest `first_end` from there on, and whose it is.
    sorted: Vec<(Moment, Moment, usize)>,
}

impl Field {
    pub fn new(zones: &[Zone]) -> Field {
        let mut sorted: Vec<(Moment, Moment, usize)> = zones.iter().enumerate().map(|(index, zone)| (zone.last_begin, zone.first_end, index)).collect();
        sorted.sort_unstable();
        for at in (1..sorted.len()).rev() {
            let (_, end, index) = sorted[at];
            let before = &mut sorted[at - 1];
            if end < before.1 {
                (before.1, before.2) = (end, index);
            }
        }
        Field { sorted }
    }

    /// One that has to come before and after this one.
    pub fn clash(&self, zone: Zone) -> Option<usize> {
        let from = self.sorted.partition_point(|(last_begin, ..)| *last_begin <= zone.first_end);
        let (_, first_end, index) = self.sorted.get(from)?;
        (*first_end < zone.last_begin).then_some(*index)
    }
}
