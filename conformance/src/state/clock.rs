//! Replaces versions that a proxy has taken from the clock by the order in which they appear: their order is compared, not
//! their value.

use super::State;
use crate::generated::contract::{limits, record};

/// No sequence counts so far, and no clock since 2001 has told less microseconds.
pub const FIRST: u64 = 1_000_000_000_000_000;

/// The numbers of one sequence on one target, ascending.
#[derive(Clone, Debug, Default)]
pub struct Clock(Vec<u64>);

/// How the k-th number is written.
pub fn label(place: u64) -> String {
    format!("#{place}")
}

/// How a number is written that comes after a higher one.
const BACK: &str = "#back";

impl Clock {
    /// Writes every version of a state in its place.
    pub fn apply(&mut self, state: &mut State) {
        let mut fresh: Vec<u64> = state.rows.iter().filter_map(|(name, row)| clock(version(name, row)?.1)).collect();
        fresh.sort_unstable();
        fresh.dedup();
        for number in fresh {
            if self.0.last().is_none_or(|last| number > *last) {
                self.0.push(number);
            }
        }
        for (name, row) in &mut state.rows {
            if let Some((from, digits)) = version(name, row)
                && let Some(number) = clock(digits)
            {
                row.replace_range(from..from + digits.len(), &self.word(number));
            }
        }
        // Mongo documents as they lie there.
        for line in &mut state.raw {
            let digits = line.split_once("\"n\": int64(").and_then(|(_, rest)| rest.split_once(')')).map(|(digits, _)| digits.to_owned());
            if let Some((digits, number)) = digits.and_then(|digits| Some((digits.clone(), clock(&digits)?))) {
                *line = line.replacen(&digits, &self.word(number), 1);
            }
        }
    }

    fn word(&self, number: u64) -> String {
        self.0.binary_search(&number).map_or_else(|_| BACK.to_owned(), |at| label(at as u64 + 1))
    }
}

/// Where the version of a row stands, and its digits.
pub fn version<'a>(name: &str, row: &'a str) -> Option<(usize, &'a str)> {
    let words: Vec<&str> = name.split(' ').collect();
    let (from, end) = match words.as_slice() {
        ["store", _] => (row.strip_prefix("n=").map(|_| 2)?, ' '),
        ["cache", _, "entry"] | ["queue", _, "dirty"] => (0, record::SEPARATOR.chars().next()?),
        ["queue", _, "refused"] | ["queue", "last"] => (0, ' '),
        _ => return None,
    };
    let digits = row[from..].split(end).next()?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((from, digits))
}

/// A number of the clock.
fn clock(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|number| (FIRST..=limits::SAFE_INTEGER as u64).contains(number))
}
