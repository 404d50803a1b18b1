//! `cargo test conformance`: every case on every route as a test, the special tests, and the coverage at the end.

use crate::clauses;
use crate::coverage;
use crate::golden::{self, Golden, variants};
use crate::routes::Variant;
use crate::runner;
use crate::sequence::read::{Case, cases};
use crate::special::{self, Special};
use crate::targets::root;
use crate::world::World;
use libtest_mimic::{Arguments, Conclusion, Failed, Trial};
use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Exit codes: 2 the suite could not run, 66 nothing was selected.
const HARNESS: u8 = 2;
const NOTHING: u8 = 66;
/// Tests that run beside each other when the command line does not say; most of their time is waiting.
const LANES: usize = 4;
/// Tests whose time is told at the end.
const SLOWEST: usize = 10;

/// What the tests of a run share.
pub struct Run {
    pub runtime: Runtime,
    pub world: OnceLock<World>,
    golden: OnceLock<Golden>,
    /// Tests that disturb others hold it alone.
    alone: RwLock<()>,
    /// Tests that have not ended; the coverage waits for the others.
    open: Mutex<usize>,
    /// Whether nothing was filtered out.
    complete: OnceLock<bool>,
    ended: Condvar,
    /// How long each test took.
    times: Mutex<Vec<(Duration, String)>>,
}

/// One test before it is handed to libtest-mimic.
struct Test {
    name: String,
    case: Option<(Arc<Case>, Variant)>,
    trial: Trial,
}

/// Runs what the command line selects.
pub fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match execute(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("conformance: the suite could not run: {error:#}");
            ExitCode::from(HARNESS)
        }
    }
}

fn execute(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let run: &'static Run = Box::leak(Box::new(Run {
        runtime,
        world: OnceLock::new(),
        golden: OnceLock::new(),
        alone: RwLock::new(()),
        open: Mutex::new(0),
        complete: OnceLock::new(),
        ended: Condvar::new(),
        times: Mutex::default(),
    }));
    let (cases, specials) = (cases(&root().join("conformance/cases"))?, special::all());
    let (unnamed, clauses) = clauses::unnamed(&cases, &specials)?;
    let tests = tests(run, cases, specials)?;
    let all = tests.len();
    let selected: Vec<Test> = tests.into_iter().filter(|test| !arguments.is_filtered_out(&test.trial)).collect();
    let ours = arguments.filter.as_ref().is_none_or(|filter| filter.contains("conformance") || filter.contains("::"));
    if selected.is_empty() && ours {
        eprintln!("conformance: nothing is selected, and running nothing is not passing");
        return Ok(ExitCode::from(NOTHING));
    }
    let idle = selected.is_empty() || arguments.list;
    let complete = selected.len() == all;
    let _ = run.complete.set(complete);
    if !idle {
        *run.open.lock().expect("nobody holds it yet") = selected.len();
        let mut routes: HashMap<String, BTreeSet<Variant>> = HashMap::new();
        for (case, variant) in selected.iter().filter_map(|test| test.case.as_ref()) {
            routes.entry(case.name.clone()).or_default().insert(*variant);
        }
        let _ = run.golden.set(Golden::new(routes));
        let start = Instant::now();
        let world = run.runtime.block_on(World::start())?;
        let names: Vec<&str> = world.targets.iter().map(|target| target.name.as_str()).collect();
        println!("conformance: targets {}; stores: {}; started in {:.1} s", names.join(", "), world.provider, start.elapsed().as_secs_f64());
        let _ = run.world.set(world);
    }
    let planned = selected.len();
    let arguments = Arguments { test_threads: arguments.test_threads.or(Some(LANES)), ..arguments.clone() };
    let conclusion = libtest_mimic::run(&arguments, selected.into_iter().map(|test| test.trial).collect());
    if !idle {
        report(run, complete, planned, &conclusion);
        println!("conformance: {} of {clauses} clauses of the contract are named by a test", clauses - unnamed.len());
        unnamed.iter().for_each(|clause| println!("  not named: {clause}"));
    }
    Ok(conclusion.exit_code())
}

/// The last thing a run says.
fn report(run: &Run, complete: bool, planned: usize, conclusion: &Conclusion) {
    let Some(world) = run.world.get() else { return };
    let names: Vec<&str> = world.targets.iter().map(|target| target.name.as_str()).collect();
    let (passed, failed) = (conclusion.num_passed, conclusion.num_failed);
    println!(
        "conformance: on each of {}, stores by {}: {planned} planned, {} ran, {passed} passed, {failed} failed, {} skipped",
        names.join(", "),
        world.provider,
        passed + failed,
        conclusion.num_ignored
    );
    let (missing, reachable) = coverage::uncovered();
    println!(
        "conformance: {} of {reachable} outcomes that these modes can reach were seen{}",
        reachable - missing.len(),
        if complete { "" } else { " (only part was selected)" }
    );
    if complete {
        missing.iter().for_each(|outcome| println!("  not seen: {outcome}"));
    }
    let mut times = std::mem::take(&mut *run.times.lock().expect("no holder panics"));
    times.sort();
    let slowest: Vec<String> = times.iter().rev().take(SLOWEST).map(|(time, name)| format!("{:.1} s {name}", time.as_secs_f64())).collect();
    println!("conformance: the slowest: {}", slowest.join(", "));
    println!("conformance: logs are in {}", world.folder.display());
}

/// Every test in the order in which it starts: beside each other first, alone after that, the coverage last.
fn tests(run: &'static Run, cases: Vec<Case>, specials: Vec<Special>) -> anyhow::Result<Vec<Test>> {
    let mut beside = Vec::new();
    let mut alone = Vec::new();
    for case in cases {
        let case = Arc::new(case);
        for variant in variants(&case) {
            let group = if case.sequence.runs_alone() { &mut alone } else { &mut beside };
            group.push(case_test(run, case.clone(), variant));
        }
    }
    for special in specials {
        let name = format!("conformance::{}", special.name);
        let trial = Trial::test(name.clone(), move || {
            let _ended = Ended(run);
            let _alone = run.alone.write().unwrap_or_else(|poisoned| poisoned.into_inner());
            let world = run.world.get().ok_or("the world has not started")?;
            let _timed = Timed(run, Instant::now(), special.name.to_owned());
            run.runtime.block_on((special.run)(world)).map_err(|error| Failed::from(format!("{error:#}")))
        });
        alone.push(Test { name, case: None, trial });
    }
    beside.append(&mut alone);
    beside.push(coverage_test(run));
    let names: BTreeSet<&String> = beside.iter().map(|test| &test.name).collect();
    anyhow::ensure!(names.len() == beside.len(), "two tests have the same name");
    Ok(beside)
}

/// Notes how long a test takes.
struct Timed(&'static Run, Instant, String);

impl Drop for Timed {
    fn drop(&mut self) {
        self.0.times.lock().expect("no holder panics").push((self.1.elapsed(), std::mem::take(&mut self.2)));
    }
}

/// Counts a test as ended, however it ends.
struct Ended(&'static Run);

impl Drop for Ended {
    fn drop(&mut self) {
        *self.0.open.lock().expect("no holder panics") -= 1;
        self.0.ended.notify_all();
    }
}

fn case_test(run: &'static Run, case: Arc<Case>, variant: Variant) -> Test {
    let path = case.name.replace('/', "::");
    let name = format!("conformance::{}::{}::{path}", variant.mode_name(), variant.store_name());
    let of = (case.clone(), variant);
    let trial = Trial::test(name.clone(), move || {
        let _ended = Ended(run);
        let world = run.world.get().ok_or("the world has not started")?;
        let golden = run.golden.get().ok_or("there are no snapshots")?;
        let play = || {
            let _timed = Timed(run, Instant::now(), format!("{} {}", golden::label(variant), case.name));
            run.runtime.block_on(runner::run(world, &case, variant))
        };
        let played = if case.sequence.runs_alone() {
            let _alone = run.alone.write().unwrap_or_else(|poisoned| poisoned.into_inner());
            play()
        } else {
            let _beside = run.alone.read().unwrap_or_else(|poisoned| poisoned.into_inner());
            play()
        };
        let (sections, failure) = match played {
            Ok(sections) => (Some(sections), None),
            Err(failure) => (None, Some(failure)),
        };
        let golden = golden.settle(&case, variant, sections);
        match failure.map(|failure| failure.to_string()).or(golden) {
            Some(verdict) => Err(Failed::from(verdict)),
            None => Ok(()),
        }
    });
    Test { name, case: Some(of), trial }
}

/// Fails when an outcome that these modes can reach was not seen; it cannot be judged on a part of the tests.
fn coverage_test(run: &'static Run) -> Test {
    let name = "conformance::coverage".to_owned();
    let trial = Trial::test(name.clone(), move || {
        let open = run.open.lock().expect("no holder panics");
        drop(run.ended.wait_while(open, |open| *open > 1).expect("no holder panics"));
        let (missing, reachable) = coverage::uncovered();
        if missing.is_empty() || run.complete.get() != Some(&true) {
            return Ok(());
        }
        Err(Failed::from(format!("{} of {reachable} outcomes were not seen; the list stands at the end", missing.len())))
    });
    Test { name, case: None, trial }
}
