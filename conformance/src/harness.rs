//! `cargo test conformance`: every case on every route as a test, the special tests, generated sequences, and the coverage at the end.

pub mod book;
pub mod gate;
pub mod trials;

use crate::campaign::record::{Fleet, Footer, Outcome};
use crate::campaign::stage::Stage;
use crate::clauses;
use crate::coverage;
use crate::divergences;
use crate::golden::Golden;
use crate::routes::Variant;
use crate::sequence::read::{Case, cases};
use crate::special;
use crate::targets::{self, root};
use crate::world::World;
use book::Book;
use gate::Gate;
use libtest_mimic::{Arguments, Trial};
use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Tests that run beside each other when the command line does not say; most of their time is waiting.
const LANES: usize = 4;
/// Tests whose time is told at the end.
const SLOWEST: usize = 10;

/// What the tests of a run share.
pub struct Run {
    pub runtime: Runtime,
    pub world: OnceLock<World>,
    pub book: OnceLock<Book>,
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
pub struct Test {
    pub name: String,
    pub of: Of,
    pub trial: Trial,
}

/// What a test is about.
pub enum Of {
    Case(Arc<Case>, Variant),
    Special,
    Gate(Gate),
    Coverage,
}

impl Of {
    /// How much of the report's counts is about it.
    fn planned(&self) -> u64 {
        match self {
            Of::Case(..) | Of::Special => 1,
            Of::Gate(gate) => gate.sequences,
            Of::Coverage => 0,
        }
    }
}

/// Runs what the command line selects.
pub fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match execute(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("conformance: the suite could not run: {error:#}");
            ExitCode::from(Outcome::Harness.code())
        }
    }
}

fn execute(arguments: &Arguments) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let run: &'static Run = Box::leak(Box::new(Run {
        runtime,
        world: OnceLock::new(),
        book: OnceLock::new(),
        golden: OnceLock::new(),
        alone: RwLock::new(()),
        open: Mutex::new(0),
        complete: OnceLock::new(),
        ended: Condvar::new(),
        times: Mutex::default(),
    }));
    let (cases, specials) = (cases(&root().join("conformance/cases"))?, special::all());
    let (unnamed, clauses) = clauses::unnamed(&cases, &specials)?;
    let cases: Vec<Arc<Case>> = cases.into_iter().map(Arc::new).collect();
    let tests = trials::all(run, &cases, specials)?;
    let all = tests.len();
    let selected: Vec<Test> = tests.into_iter().filter(|test| !arguments.is_filtered_out(&test.trial)).collect();
    let ours = arguments.filter.as_ref().is_none_or(|filter| filter.contains("conformance") || filter.contains("::"));
    if selected.is_empty() && ours {
        eprintln!("conformance: nothing is selected, and running nothing is not passing");
        return Ok(Outcome::Nothing.code());
    }
    let idle = selected.is_empty() || arguments.list;
    let _ = run.complete.set(selected.len() == all);
    let planned = selected.iter().map(|test| test.of.planned()).sum();
    let beside = selected.iter().any(|test| matches!(&test.of, Of::Gate(gate) if gate.fleet == Fleet::Separate));
    if !idle {
        start(run, arguments, &selected, planned)?;
    }
    let arguments = Arguments { test_threads: arguments.test_threads.or(Some(LANES)), ..arguments.clone() };
    let conclusion = libtest_mimic::run(&arguments, selected.into_iter().map(|test| test.trial).collect());
    let (Some(world), Some(book)) = (run.world.get(), run.book.get()) else { return Ok(u8::from(conclusion.has_failed())) };
    let footer = run.runtime.block_on(async {
        let stage = if beside { Some(Stage::new(world, Fleet::Separate, true).await?) } else { None };
        book.close(&cases, stage.as_ref(), planned).await
    })?;
    report(run, world, book, &footer);
    println!("conformance: {} of {clauses} clauses of the contract are named by a test", clauses - unnamed.len());
    unnamed.iter().for_each(|clause| println!("  not named: {clause}"));
    Ok(footer.outcome.code().max(u8::from(conclusion.has_failed())))
}

/// Starts what the selected tests need.
fn start(run: &Run, arguments: &Arguments, selected: &[Test], planned: u64) -> anyhow::Result<()> {
    *run.open.lock().expect("nobody holds it yet") = selected.len();
    let mut routes: HashMap<String, BTreeSet<Variant>> = HashMap::new();
    for test in selected {
        if let Of::Case(case, variant) = &test.of {
            routes.entry(case.name.clone()).or_default().insert(*variant);
        }
    }
    let _ = run.golden.set(Golden::new(routes));
    let names: Vec<String> = targets::all(&targets::file())?.into_iter().map(|target| target.name).collect();
    let known = divergences::read::beside(&targets::file(), &names)?;
    let seed = gate::seed()?;
    let began = Instant::now();
    let command = format!("cargo test conformance {}", arguments.filter.as_deref().unwrap_or_default()).trim_end().to_owned();
    let (world, book) = run.runtime.block_on(async {
        let world = World::start().await?;
        let book = Book::open(&world, known, names.len(), command, seed, planned).await?;
        anyhow::Ok((world, book))
    })?;
    let names: Vec<&str> = world.targets.iter().map(|target| target.name.as_str()).collect();
    println!("conformance: targets {}; stores: {}; started in {:.1} s", names.join(", "), world.provider, began.elapsed().as_secs_f64());
    let (_, _) = (run.world.set(world), run.book.set(book));
    Ok(())
}

/// The last thing a run says.
fn report(run: &Run, world: &World, book: &Book, footer: &Footer) {
    let names: Vec<&str> = world.targets.iter().map(|target| target.name.as_str()).collect();
    let Footer { planned, ran, passed, failed, known, skipped, .. } = footer;
    println!(
        "conformance: cases and sequences on each of {}, stores by {}: {planned} planned, {ran} ran, {passed} passed, {failed} failed, {known} known to differ, {skipped} skipped",
        names.join(", "),
        world.provider,
    );
    if let Some(fault) = &footer.fault {
        println!("conformance: the suite could not do all of its part, which is no verdict on any target: {fault}");
    }
    let complete = run.complete.get() == Some(&true);
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
    println!("conformance: the report is {}; make pages of it with: cargo run -p conformance -- report {0} --out site", book.file.display());
}
