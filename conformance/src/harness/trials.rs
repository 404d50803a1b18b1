//! Makes a test of each case on each route, of each special test, of each gate; and of the coverage.

use super::book::{Ended as Came, Steps, unlike_snapshot};
use super::gate::{self, GATES, Gate};
use super::{Of, Run, Test};
use crate::coverage;
use crate::golden::{self, variants};
use crate::routes::Variant;
use crate::runner::{self, Failure};
use crate::sequence::read::Case;
use crate::special::Special;
use libtest_mimic::{Completion, Failed, Trial};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// Every test in the order in which it starts: beside each other first, alone after that, the coverage last.
///
/// # Errors
/// When two tests have the same name.
pub fn all(run: &'static Run, cases: &[Arc<Case>], specials: Vec<Special>) -> anyhow::Result<Vec<Test>> {
    let mut beside = Vec::new();
    let mut alone = Vec::new();
    for case in cases {
        for variant in variants(case) {
            let group = if case.sequence.runs_alone() { &mut alone } else { &mut beside };
            group.push(case_test(run, case.clone(), variant));
        }
    }
    alone.extend(GATES.into_iter().map(|gate| gate_test(run, gate)));
    alone.extend(specials.into_iter().map(|special| special_test(run, special)));
    beside.append(&mut alone);
    beside.push(coverage_test(run));
    let names: BTreeSet<&String> = beside.iter().map(|test| &test.name).collect();
    anyhow::ensure!(names.len() == beside.len(), "two tests have the same name");
    Ok(beside)
}

/// Counts a test as ended, however it ends, and notes how long it took.
struct Ended(&'static Run, Instant, String);

impl Ended {
    fn of(run: &'static Run, name: &str) -> Ended {
        Ended(run, Instant::now(), name.to_owned())
    }

    /// What came before was waiting for others.
    fn begins(&mut self) {
        self.1 = Instant::now();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.times.lock().expect("no holder panics").push((self.1.elapsed(), std::mem::take(&mut self.2)));
        *self.0.open.lock().expect("no holder panics") -= 1;
        self.0.ended.notify_all();
    }
}

fn case_test(run: &'static Run, case: Arc<Case>, variant: Variant) -> Test {
    let name = format!("conformance::{}::{}::{}", variant.mode_name(), variant.store_name(), case.name.replace('/', "::"));
    let of = Of::Case(case.clone(), variant);
    let trial = Trial::ignorable_test(name.clone(), move || {
        let mut ended = Ended::of(run, &format!("{} {}", golden::label(variant), case.name));
        if case.sequence.runs_alone() {
            let _alone = run.alone.write().unwrap_or_else(|poisoned| poisoned.into_inner());
            ended.begins();
            play(run, &case, variant)
        } else {
            let _beside = run.alone.read().unwrap_or_else(|poisoned| poisoned.into_inner());
            ended.begins();
            play(run, &case, variant)
        }
    });
    Test { name, of, trial }
}

fn play(run: &'static Run, case: &Case, variant: Variant) -> Result<Completion, Failed> {
    let world = run.world.get().ok_or("the world has not started")?;
    let (golden, book) = run.golden.get().zip(run.book.get()).ok_or("there are no snapshots")?;
    let began = Instant::now();
    let mut steps = Steps::default();
    let mut watch = |round: &runner::round::Round<'_>, index: usize, failed: bool| book.step(&mut steps, round, index, failed);
    let played = run.runtime.block_on(runner::run(world, case, variant, &mut watch));
    let (sections, failure) = match played {
        Ok(sections) => (Some(sections), None),
        Err(failure) => (None, Some(failure)),
    };
    let unlike = golden.settle(case, variant, sections);
    let finding = match failure {
        Some(Failure::Harness(error)) => {
            let told = Failure::Harness(error).to_string();
            book.fault(format!("{}, {}: {told}", case.name, golden::label(variant)));
            return Err(Failed::from(told));
        }
        Some(Failure::Differs(finding)) => Some(*finding),
        None => unlike.map(|text| unlike_snapshot(case, &world.targets.iter().map(|target| target.name.clone()).collect::<Vec<_>>(), &text)),
    };
    let text = finding.as_ref().map(|finding| finding.to_string());
    let known = book.case(Came { case, variant, took: began.elapsed(), finding, steps }).map_err(|error| Failed::from(format!("{error:#}")))?;
    match (text, known) {
        (None, _) => Ok(Completion::Completed),
        (Some(_), Some(known)) => Ok(Completion::ignored_with(known)),
        (Some(text), None) => Err(Failed::from(text)),
    }
}

fn special_test(run: &'static Run, special: Special) -> Test {
    let name = format!("conformance::{}", special.name);
    let trial = Trial::test(name.clone(), move || {
        let mut ended = Ended::of(run, special.name);
        let _alone = run.alone.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        ended.begins();
        let (world, book) = run.world.get().zip(run.book.get()).ok_or("the world has not started")?;
        let began = Instant::now();
        let error = run.runtime.block_on((special.run)(world)).err().map(|error| format!("{error:#}"));
        book.special(special.name, special.clauses, began.elapsed(), error.clone()).map_err(|error| Failed::from(format!("{error:#}")))?;
        error.map_or(Ok(()), |error| Err(Failed::from(error)))
    });
    Test { name, of: Of::Special, trial }
}

fn gate_test(run: &'static Run, gate: Gate) -> Test {
    let name = format!("conformance::generated::{}", gate.name);
    let trial = Trial::test(name.clone(), move || {
        let mut ended = Ended::of(run, &format!("generated::{}", gate.name));
        let _alone = run.alone.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        ended.begins();
        let (world, book) = run.world.get().zip(run.book.get()).ok_or("the world has not started")?;
        match run.runtime.block_on(gate::play(world, book, &gate)) {
            Ok(0) => Ok(()),
            Ok(found) => Err(Failed::from(format!("{found} differences in generated sequences; each is told above, with the case that was saved"))),
            Err(error) => {
                book.fault(format!("{}: {error:#}", gate.name));
                Err(Failed::from(format!("not a verdict, the suite could not go on: {error:#}")))
            }
        }
    });
    Test { name, of: Of::Gate(gate), trial }
}

/// Fails when an outcome that these modes can reach was not seen; it cannot be judged on a part of the tests.
fn coverage_test(run: &'static Run) -> Test {
    let name = "conformance::coverage".to_owned();
    let trial = Trial::test(name.clone(), move || {
        let open = run.open.lock().expect("no holder panics");
        drop(run.ended.wait_while(open, |open| *open > 1).expect("no holder panics"));
        let _ended = Ended::of(run, "coverage");
        let (missing, reachable) = coverage::uncovered();
        if missing.is_empty() || run.complete.get() != Some(&true) {
            return Ok(());
        }
        let told = format!("{} of {reachable} outcomes were not seen; the list stands at the end", missing.len());
        if let Some(book) = run.book.get() {
            book.fault(told.clone());
        }
        Err(Failed::from(told))
    });
    Test { name, of: Of::Coverage, trial }
}
