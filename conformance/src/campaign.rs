//! Campaigns: generated sequences in great number, played on all targets, each failure made small.

pub mod beside;
pub mod curl;
pub mod failures;
pub mod fleet;
pub mod header;
pub mod known;
pub mod ledger;
pub mod progress;
pub mod record;
pub mod silence;
pub mod stage;
pub mod sweep;
pub mod warm;

use crate::checker::finding::{Class, Finding, Oracle};
use crate::divergences::{List, SEQUENCES};
use crate::routes::{REDIS_TIMEOUT_MS, Variant};
use crate::runner::Failure;
use crate::runner::round::{Look, Round};
use crate::sequence::Sequence;
use crate::shrink::Budget;
use crate::workload::{Generated, Workload};
use failures::Fate;
use futures_util::future::join_all;
use ledger::{Came, Ledger};
use progress::Progress;
use record::Origin;
use stage::{Lane, Stage, Watch};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use sweep::Stray;

/// A step that takes longer may have met a time-out of its target, for no reason but a busy machine.
const SLOW: Duration = Duration::from_millis(REDIS_TIMEOUT_MS / 2);
/// A sequence that fails at a slow step is played so often, until it says something of the target.
const TRIES: usize = 3;
/// What is noted of a sequence that then passes.
const BUSY: &str = "a step so slow that it may have met a time-out; the sequence passed when it was played again";

/// How much is played, and with what.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    /// The number of the first sequence.
    pub first: u64,
    /// None: until the time is over.
    pub sequences: Option<u64>,
    pub time: Option<Duration>,
    pub lanes: usize,
    /// Kinds of failures after which no sequence begins any more.
    pub enough: usize,
    /// Where failures are saved.
    pub failures: PathBuf,
    /// Which targets, as arguments of the command that plays a failure again.
    pub again: String,
    pub budget: Budget,
}

/// A campaign that is going on.
struct Campaign<'a> {
    stage: &'a Stage<'a>,
    known: &'a List,
    workload: &'a Workload,
    plan: &'a Plan,
    progress: &'a Progress,
    ledger: &'a Mutex<Ledger>,
    next: AtomicU64,
    /// No sequence begins any more.
    halted: AtomicBool,
    classes: Mutex<BTreeSet<Class>>,
    known_classes: Mutex<BTreeSet<Class>>,
    /// Numbers of the sequences that were under way when a target fell silent.
    suspects: Mutex<Vec<u64>>,
}

/// Plays sequences until the plan is carried out, a target falls silent, or `stop` becomes true. How many have begun.
///
/// # Errors
/// What the suite could not do, a target that died for no reason that could be found included.
pub async fn run(
    stage: &Stage<'_>,
    known: &List,
    workload: &Workload,
    plan: &Plan,
    progress: &Progress,
    ledger: &Mutex<Ledger>,
    stop: &AtomicBool,
) -> anyhow::Result<u64> {
    let campaign = Campaign {
        stage,
        known,
        workload,
        plan,
        progress,
        ledger,
        next: AtomicU64::new(plan.first),
        halted: AtomicBool::new(false),
        classes: Mutex::default(),
        known_classes: Mutex::default(),
        suspects: Mutex::default(),
    };
    let lanes = join_all((0..plan.lanes.max(1)).map(|_| campaign.lane(stop))).await;
    lanes.into_iter().collect::<anyhow::Result<Vec<()>>>()?;
    campaign.accuse().await?;
    campaign.sweep().await?;
    Ok(campaign.next.load(Ordering::Relaxed) - plan.first)
}

/// Counts the steps of one sequence.
struct Counted<'a>(&'a Mutex<Ledger>);

impl Watch for Counted<'_> {
    fn step(&mut self, round: &Round, index: usize, _: bool) {
        self.0.lock().expect("no holder panics").step(round.sequence.steps[index].action.kind(), &round.last.played, round.last.foreseen.unsure);
    }
}

impl Campaign<'_> {
    async fn lane(&self, stop: &AtomicBool) -> anyhow::Result<()> {
        let mut lane = Lane::default();
        while let Some(number) = self.begin(stop) {
            let ended = self.one(&mut lane, number).await;
            if ended.is_err() {
                self.halted.store(true, Ordering::Relaxed);
            }
            ended?;
            if self.stage.traces.lock().expect("no holder panics").left.len() >= sweep::BATCH {
                self.sweep().await?;
            }
        }
        Ok(())
    }

    /// The number of the next sequence, if there is to be one.
    fn begin(&self, stop: &AtomicBool) -> Option<u64> {
        let over = self.plan.time.is_some_and(|time| self.ledger.lock().expect("no holder panics").elapsed() >= time);
        if over || stop.load(Ordering::Relaxed) || self.halted.load(Ordering::Relaxed) {
            return None;
        }
        let last = self.plan.sequences.map(|count| self.plan.first + count);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| last.is_none_or(|last| next < last).then_some(next + 1)).ok()
    }

    async fn one(&self, lane: &mut Lane, number: u64) -> anyhow::Result<()> {
        let Generated { variant, sequence, .. } = self.workload.sequence(number)?;
        let mut watch = Unsure { inner: Counted(self.ledger), unsure: false, slow: false };
        let played = self.stage.play(lane, &sequence, variant, Look::Thrifty, Some(number), &mut watch).await;
        let Err(failure) = played else { return self.ended(number, Came::Passed { unsure: watch.unsure }, &[]) };
        if !silence::silent(self.stage, &failure).await.is_empty() {
            self.halted.store(true, Ordering::Relaxed);
            self.suspects.lock().expect("no holder panics").push(number);
            return Ok(());
        }
        let finding = match failure {
            Failure::Differs(finding) if watch.slow => self.again(lane, &sequence, variant, *finding).await?,
            Failure::Differs(finding) => Some(*finding),
            Failure::Harness(error) => return Err(error),
        };
        match finding {
            Some(finding) => self.failed(lane, number, finding, Look::Thrifty).await,
            None => {
                *self.ledger.lock().expect("no holder panics").footer.unknown.entry(BUSY.to_owned()).or_default() += 1;
                self.ended(number, Came::Passed { unsure: true }, &[])
            }
        }
    }

    /// Plays a sequence again that failed at a slow step; none if it passes then.
    async fn again(&self, lane: &mut Lane, sequence: &Sequence, variant: Variant, mut finding: Finding) -> anyhow::Result<Option<Finding>> {
        for _ in 0..TRIES {
            let mut watch = Unsure { inner: Counted(self.ledger), unsure: false, slow: false };
            match failures::play(self.stage, lane, sequence, variant, Look::Thrifty, &mut watch).await? {
                None => return Ok(None),
                Some(found) => finding = found,
            }
            if !watch.slow {
                break;
            }
        }
        Ok(Some(finding))
    }

    fn ended(&self, number: u64, came: Came, failed: &[String]) -> anyhow::Result<()> {
        let mut ledger = self.ledger.lock().expect("no holder panics");
        ledger.ended(number, came, failed)?;
        self.progress.at(ledger.footer.ran, ledger.footer.failed, self.plan.sequences);
        Ok(())
    }

    fn fate(&self, number: u64) -> anyhow::Result<Fate> {
        let Generated { variant, .. } = self.workload.sequence(number)?;
        let origin = Origin::Sequence { seed: self.plan.seed, number };
        Ok(Fate { origin, variant, folder: self.plan.failures.clone(), again: self.plan.again.clone(), budget: self.plan.budget })
    }

    /// A sequence has failed: the first one of its class is made small.
    async fn failed(&self, lane: &mut Lane, number: u64, finding: Finding, look: Look) -> anyhow::Result<()> {
        let fate = self.fate(number)?;
        let sequence = self.workload.sequence(number)?.sequence;
        let (finding, look) = if self.known.entries.is_empty() {
            (finding, look)
        } else {
            let (finding, look) = failures::closer(self.stage, lane, &sequence, finding, look, fate.variant).await?;
            if let Some(known) = self.known.covers(&finding, SEQUENCES) {
                return self.known(number, failures::known(failures::line(self.stage, &sequence, finding, &fate)?, known));
            }
            (finding, look)
        };
        self.ended(number, Came::Failed, &finding.alone)?;
        let (fresh, classes) = {
            let mut classes = self.classes.lock().expect("no holder panics");
            (classes.insert(finding.class()), classes.len())
        };
        if !fresh {
            let class = finding.class();
            self.progress.say(&format!("sequence {number} fails like one before it: {class}"));
            let line = record::Failure { alike: true, ..failures::line(self.stage, &sequence, finding, &fate)? };
            return self.write(line);
        }
        if classes >= self.plan.enough && !self.halted.swap(true, Ordering::Relaxed) {
            self.progress.say(&format!("{classes} kinds of failures are enough; no sequence begins any more"));
        }
        let line = failures::settle(self.stage, lane, &sequence, finding, look, &fate).await?;
        self.classes.lock().expect("no holder panics").insert(line.finding.class());
        self.write(line)
    }

    /// A difference that the list covers is told once, and not made small.
    fn known(&self, number: u64, line: record::Failure) -> anyhow::Result<()> {
        self.ended(number, Came::Known, &line.finding.alone)?;
        let fresh = self.known_classes.lock().expect("no holder panics").insert(line.finding.class());
        self.write(record::Failure { alike: !fresh, ..line })
    }

    fn write(&self, mut line: record::Failure) -> anyhow::Result<()> {
        let mut ledger = self.ledger.lock().expect("no holder panics");
        line.number = ledger.next_failure();
        if !line.alike {
            self.progress.say(&failures::told(&line));
        }
        ledger.failure(line)
    }

    /// Clears away what sequences left. What lies where nothing belongs is a failure of the sequence that it comes from.
    async fn sweep(&self) -> anyhow::Result<()> {
        for Stray { target, what, number } in sweep::sweep(self.stage).await? {
            let finding = Finding {
                oracle: Oracle::Invariant,
                step: 0,
                kind: "sequence".to_owned(),
                path: "outside".to_owned(),
                alone: vec![target.clone()],
                values: vec![(vec![target.clone()], Some(what.clone()))],
                text: format!("outside of what its sequence knows, {target} has: {what}"),
            };
            match number {
                Some(number) => self.stray(number, finding).await?,
                None if self.classes.lock().expect("no holder panics").insert(finding.class()) => self.write(self.unowned(finding)?)?,
                None => {}
            }
        }
        Ok(())
    }

    /// The sequence is played again with a look at everything after each step.
    async fn stray(&self, number: u64, finding: Finding) -> anyhow::Result<()> {
        let Generated { variant, sequence, .. } = self.workload.sequence(number)?;
        let mut lane = Lane::default();
        let again = failures::play(self.stage, &mut lane, &sequence, variant, Look::Whole, &mut failures::Unwatched).await?;
        match again {
            Some(finding) => self.failed(&mut lane, number, finding, Look::Whole).await,
            None => self.write(failures::line(self.stage, &sequence, finding, &self.fate(number)?)?),
        }
    }

    fn unowned(&self, finding: Finding) -> anyhow::Result<record::Failure> {
        let Generated { sequence, .. } = self.workload.sequence(self.plan.first)?;
        let line = failures::line(self.stage, &sequence, finding, &self.fate(self.plan.first)?)?;
        Ok(record::Failure { sequence: serde_json::Value::Null, ..line })
    }
}

/// Notes whether the model did not know some answer, and whether the last step was slow.
struct Unsure<'a> {
    inner: Counted<'a>,
    unsure: bool,
    slow: bool,
}

impl Watch for Unsure<'_> {
    fn step(&mut self, round: &Round, index: usize, failed: bool) {
        self.unsure |= round.unsure > 0;
        self.slow = round.last.took >= SLOW;
        self.inner.step(round, index, failed);
    }
}
