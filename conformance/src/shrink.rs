//! Makes a failing sequence as small as it gets while it fails in the same way.
//!
//! Cut after the failing step; confirm; leave out what is about other documents; delta debugging by halves, then pairs;
//! then simpler operands; and again, to a fixed point or until the budget is used up. A smaller sequence counts only if it
//! fails in the same class, since otherwise making it smaller would slip to another fault.

pub mod operands;
pub mod values;
pub mod without;

use crate::campaign::record;
use crate::checker::finding::{Class, Finding};
use crate::sequence::{Sequence, write};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use without::Orphans;

/// How often a failure is played again before anything is left out.
const CONFIRMATIONS: u32 = 3;
/// Pairs of steps are tried only where there are few.
const FEW: usize = 9;

/// What making small may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub executions: u32,
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { executions: 100, time: Duration::from_secs(60) }
    }
}

/// The smallest sequence that was found, with what is wrong when it is played.
#[derive(Clone, Debug)]
pub struct Shrunk {
    pub sequence: Sequence,
    pub finding: Finding,
    pub report: record::Shrink,
}

/// Makes a sequence small. `play` plays one, and says what is wrong.
///
/// # Errors
/// Those of `play`.
pub async fn shrink<P>(sequence: &Sequence, finding: Finding, budget: Budget, play: P) -> anyhow::Result<Shrunk>
where
    P: AsyncFnMut(&Sequence) -> anyhow::Result<Option<Finding>>,
{
    let from = sequence.steps.len();
    let best = without::cut(sequence, finding.step);
    let mut search =
        Search { class: finding.class(), best, finding, budget, executions: 0, began: Instant::now(), seen: HashSet::new(), exhausted: false, play };
    let confirmed = search.confirm().await?;
    if confirmed == CONFIRMATIONS {
        while search.round().await? {}
    }
    let report = record::Shrink {
        from,
        to: search.best.steps.len(),
        confirmed,
        executions: search.executions,
        ms: u64::try_from(search.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        exhausted: search.exhausted,
    };
    Ok(Shrunk { sequence: search.best, finding: search.finding, report })
}

struct Search<P> {
    class: Class,
    best: Sequence,
    finding: Finding,
    budget: Budget,
    executions: u32,
    began: Instant,
    /// Texts of what was tried.
    seen: HashSet<String>,
    exhausted: bool,
    play: P,
}

impl<P> Search<P>
where
    P: AsyncFnMut(&Sequence) -> anyhow::Result<Option<Finding>>,
{
    /// How often it fails again in the same way.
    async fn confirm(&mut self) -> anyhow::Result<u32> {
        let mut confirmed = 0;
        for _ in 0..CONFIRMATIONS {
            self.executions += 1;
            let best = self.best.clone();
            if let Some(finding) = (self.play)(&best).await?.filter(|finding| finding.class() == self.class) {
                confirmed += 1;
                self.finding = finding;
            }
        }
        Ok(confirmed)
    }

    /// One pass of everything; whether anything got smaller, so that another one is worth it.
    async fn round(&mut self) -> anyhow::Result<bool> {
        let before = write::text(&self.best)?;
        if self.executions == CONFIRMATIONS {
            self.coarse().await?;
        }
        self.halves().await?;
        self.pairs().await?;
        self.simpler().await?;
        Ok(!self.exhausted && write::text(&self.best)? != before)
    }

    /// The guesses that are right most often.
    async fn coarse(&mut self) -> anyhow::Result<()> {
        for guess in without::guesses(&self.best) {
            self.leave_out(&guess).await?;
        }
        Ok(())
    }

    /// Delta debugging: halves, quarters, …, single steps.
    async fn halves(&mut self) -> anyhow::Result<()> {
        let mut size = self.best.steps.len().div_ceil(2);
        while size > 0 {
            let mut end = self.best.steps.len().saturating_sub(1);
            while end > 0 {
                let start = end.saturating_sub(size);
                let gone: Vec<usize> = (start..end).collect();
                self.leave_out(&gone).await?;
                // What stands before is still to come, whether these have gone or not.
                end = start.min(self.best.steps.len().saturating_sub(1));
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
        Ok(())
    }

    /// Steps of which neither can go alone.
    async fn pairs(&mut self) -> anyhow::Result<()> {
        let mut first = 0;
        while first + 2 < self.best.steps.len() && self.best.steps.len() <= FEW {
            let mut second = first + 1;
            let mut gone = false;
            while second + 1 < self.best.steps.len() && !gone {
                gone = self.leave_out(&[first, second]).await?;
                second += 1;
            }
            first += usize::from(!gone);
        }
        Ok(())
    }

    /// Simpler operands, one after another, each on top of those that have held.
    async fn simpler(&mut self) -> anyhow::Result<()> {
        let mut position = 0;
        while let Some(candidate) = operands::candidates(&self.best).into_iter().nth(position) {
            if self.exhausted {
                return Ok(());
            }
            position = if self.holds(candidate).await? { 0 } else { position + 1 };
        }
        Ok(())
    }

    async fn leave_out(&mut self, gone: &[usize]) -> anyhow::Result<bool> {
        if gone.is_empty() || gone.len() >= self.best.steps.len() {
            return Ok(false);
        }
        let adopted = without::without(&self.best, gone, Orphans::Adopted)?;
        let lost = without::without(&self.best, gone, Orphans::Lost)?;
        Ok(self.holds(adopted).await? || self.holds(lost).await?)
    }

    /// Whether a smaller sequence fails in the same way; then it is the best.
    async fn holds(&mut self, candidate: Sequence) -> anyhow::Result<bool> {
        if !self.seen.insert(write::text(&candidate)?) {
            return Ok(false);
        }
        if self.executions >= self.budget.executions || self.began.elapsed() >= self.budget.time {
            self.exhausted = true;
            return Ok(false);
        }
        self.executions += 1;
        let found = (self.play)(&candidate).await?.filter(|finding| finding.class() == self.class);
        let Some(finding) = found else { return Ok(false) };
        self.best = without::cut(&candidate, finding.step);
        self.finding = finding;
        Ok(true)
    }
}
