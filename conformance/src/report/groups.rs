//! Puts failures together that have, as far as one can tell, the same cause.

use super::Report;
use crate::campaign::record::Failure;

/// One page: a failure that was looked into, with those like it.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    pub shown: &'a Failure,
    /// Others of the same class that were only counted.
    pub alike: Vec<&'a Failure>,
}

/// The groups in the order of their numbers. Of a class whose failures were all only counted, the first is shown.
pub fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut failures: Vec<&Failure> = report.failures.iter().collect();
    failures.sort_by_key(|failure| (failure.alike, failure.number));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for failure in failures {
        let class = failure.finding.class();
        let like = |group: &&mut Group<'_>| group.shown.known.is_some() == failure.known.is_some() && group.shown.finding.class() == class;
        match groups.iter_mut().filter(|_| failure.alike).find(like) {
            Some(group) => group.alike.push(failure),
            None => groups.push(Group { shown: failure, alike: Vec::new() }),
        }
    }
    groups.sort_by_key(|group| group.shown.number);
    groups
}

/// How many differences are known, and how many are not.
pub fn known_and_new(report: &Report) -> (u64, u64) {
    let (known, new): (Vec<_>, Vec<_>) = groups(report).into_iter().partition(|group| group.shown.known.is_some());
    (known.len() as u64, new.len() as u64)
}

impl Group<'_> {
    /// The name of its page.
    pub fn page(&self) -> String {
        format!("failure-{}.html", self.shown.number)
    }
}
