//! The command `run`: generated sequences on all targets.

use super::Choice;
use crate::campaign::known;
use crate::campaign::ledger::Ledger;
use crate::campaign::progress::Progress;
use crate::campaign::record::Fleet;
use crate::campaign::{self, Plan, warm};
use crate::sequence::{Mode, StoreKind};
use crate::shrink::Budget;
use crate::targets::root;
use crate::workload::Workload;
use crate::world::{Paths, World};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Sequences of a run that says neither how many nor how long.
const SEQUENCES: u64 = 1_000;

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub sequences: Option<u64>,
    pub seconds: Option<u64>,
    pub seed: Option<u64>,
    pub first: u64,
    pub stores: Vec<StoreKind>,
    pub modes: Vec<Mode>,
    pub fleet: Fleet,
    pub lanes: usize,
    pub enough: usize,
    /// From the root of the repository if it is relative.
    pub failures: PathBuf,
    pub choice: Choice,
}

/// Runs a campaign; its exit code.
pub fn run(asked: Asked) -> u8 {
    if let Some(code) = asked.choice.refused(asked.sequences == Some(0) || asked.seconds == Some(0)) {
        return code;
    }
    match super::runtime().and_then(|runtime| runtime.block_on(campaign(&asked))) {
        Ok(code) => code,
        Err(error) => super::not_begun(&error),
    }
}

async fn campaign(asked: &Asked) -> anyhow::Result<u8> {
    let seed = asked.seed.unwrap_or_else(fresh_seed);
    let sequences = asked.sequences.or(if asked.seconds.is_none() { Some(SEQUENCES) } else { None });
    let (list, all) = asked.choice.known()?;
    let world = World::start_with(asked.choice.targets()?, Paths::Direct).await?;
    let stage = warm::ready(&world, asked.fleet, asked.choice.model).await?;
    let header =
        super::header(&stage, super::Asked { command: command(asked, seed, sequences), seed: Some(seed), fleet: asked.fleet, planned: sequences }).await?;
    let names: Vec<&str> = header.targets.iter().map(|target| target.name.as_str()).collect();
    println!("conformance: targets {}; stores: {}; {}", names.join(", "), header.provider, header.command);
    let ledger = Mutex::new(Ledger::open(asked.choice.report.as_deref(), header)?);
    let plan = Plan {
        seed,
        first: asked.first,
        sequences,
        time: asked.seconds.map(Duration::from_secs),
        lanes: asked.lanes,
        enough: asked.enough,
        failures: root().join(&asked.failures),
        again: asked.choice.again(),
        budget: Budget::default(),
    };
    let workload = Workload::new(seed, &asked.modes, &asked.stores);
    let progress = Progress::new(sequences, asked.seconds);
    let stop = AtomicBool::new(false);
    let running = campaign::run(&stage, &list, &workload, &plan, &progress, &ledger, &stop);
    let ended = until_interrupted(running, &stop).await;
    progress.end();
    let (begun, mut fault) = match ended {
        Ok(begun) if stop.load(Ordering::Relaxed) => (begun, Some(anyhow::anyhow!("it was interrupted"))),
        Ok(begun) => (begun, None),
        Err(error) => (0, Some(error)),
    };
    let judged = if fault.is_none() && begun > 0 { known::judge(&stage, &list, asked.fleet, all, &asked.modes, &asked.stores).await } else { Ok(Vec::new()) };
    let complaints = judged.unwrap_or_else(|error| {
        fault = Some(error);
        Vec::new()
    });
    let ledger = ledger.into_inner().expect("no holder panics");
    let planned = if asked.seconds.is_some() { begun } else { sequences.unwrap_or(begun) };
    let code = super::conclude(ledger, planned, fault, complaints, "sequences");
    drop(stage);
    if code == 0 {
        world.clean();
    }
    Ok(code)
}

/// Waits for the end; an interrupt lets what has begun end, and a second one does not.
async fn until_interrupted<T>(running: impl Future<Output = T>, stop: &AtomicBool) -> T {
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => return ended,
        _ = tokio::signal::ctrl_c() => {}
    }
    eprintln!("conformance: no sequence begins any more; interrupt again to end at once");
    stop.store(true, Ordering::Relaxed);
    tokio::select! {
        ended = &mut running => ended,
        _ = tokio::signal::ctrl_c() => std::process::exit(130),
    }
}

/// The arguments that give the same sequences again.
fn command(asked: &Asked, seed: u64, sequences: Option<u64>) -> String {
    let mut words = vec![format!("run --seed {seed}")];
    words.extend((asked.first > 0).then(|| format!("--first {}", asked.first)));
    words.extend(sequences.map(|count| format!("--sequences {count}")));
    words.extend(asked.seconds.map(|seconds| format!("--seconds {seconds}")));
    if let [store] = asked.stores.as_slice() {
        words.push(format!("--store {}", if *store == StoreKind::Mysql { "mysql" } else { "mongodb" }));
    }
    if let [mode] = asked.modes.as_slice() {
        words.push(format!("--mode {}", mode.name()));
    }
    words.extend((asked.fleet == Fleet::Mixed).then(|| "--fleet mixed".to_owned()));
    words.join(" ") + &asked.choice.again()
}

/// Six digits or so, which are easy to pass on.
pub fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (u64::from(now.subsec_nanos()) ^ now.as_secs()) % 1_000_000
}
