//! Time as the model knows it: never exactly, always between two readings of the runner's clock.

use std::time::Duration;

/// Redis counts in whole milliseconds, and its clock is not the runner's.
const MARGIN_MS: i64 = 2;

/// When something happened: after `earliest`, before `latest`, both since the sequence began.
/// The runner reads its clock before a step and after it. Time that `Advance` lets pass is not part of it: the model
/// sees those steps itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub earliest: Duration,
    pub latest: Duration,
}

impl Moment {
    /// How long the step took, at most.
    pub fn width(self) -> Duration {
        self.latest.saturating_sub(self.earliest)
    }
}

/// The remaining life of a key in Redis, or of one member of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Life {
    since: Moment,
    /// What was left at `since`, in ms: at least, at most.
    left: (i64, i64),
}

impl Life {
    /// It was given so many ms at that moment.
    pub fn new(since: Moment, ms: i64) -> Life {
        Life { since, left: (ms, ms) }
    }

    /// It was seen at that moment, with something between the two left.
    pub fn between(since: Moment, least: i64, most: i64) -> Life {
        Life { since, left: (least, most) }
    }

    /// From the same moment on, with another length.
    pub fn again(&self, ms: i64) -> Life {
        Life::new(self.since, ms)
    }

    /// What is left, in ms: at least, at most.
    pub fn left(&self, now: Moment) -> (i64, i64) {
        let ms = |span: Duration| i64::try_from(span.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
        let longest = ms(now.latest.saturating_sub(self.since.earliest)) + MARGIN_MS;
        let shortest = now.earliest.saturating_sub(self.since.latest);
        let shortest = (i64::try_from(shortest.as_millis()).unwrap_or(i64::MAX) - MARGIN_MS).max(0);
        (self.left.0.saturating_sub(longest), self.left.1.saturating_sub(shortest))
    }

    /// Whether it is over; none if that cannot be told.
    pub fn over(&self, now: Moment) -> Option<bool> {
        match self.left(now) {
            (_, most) if most <= 0 => Some(true),
            (least, _) if least > 0 => Some(false),
            _ => None,
        }
    }

    /// `Advance` takes this much of it.
    pub fn shorten(&mut self, by_ms: i64) {
        self.left = (self.left.0.saturating_sub(by_ms), self.left.1.saturating_sub(by_ms));
    }
}
