//! The command `storm`: concurrent clients on a mixed fleet while everything fails, and the check of what they saw.

use super::Choice;
use crate::campaign::record::Outcome;
use crate::sequence::{Mode, StoreKind};
use crate::storm::faults::{self, Fault};
use crate::storm::record::{Ledger, Tally};
use crate::storm::{self, Plan};
use crate::targets::Target;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// What was asked for.
#[derive(Args, Clone, Debug)]
pub struct Asked {
    /// What the clients and the faults follow from [default: another one each time; it is printed]
    #[arg(long)]
    pub seed: Option<u64>,
    /// For how long
    #[arg(long, default_value_t = 60, value_name = "S")]
    pub seconds: u64,
    /// How many work at the same time
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub clients: u64,
    /// How many documents they write again and again
    #[arg(long, default_value_t = 12, value_name = "N")]
    pub keys: u64,
    /// Each document is written once, for example 20000 of them
    #[arg(long)]
    pub once: bool,
    /// Cache modes: write-behind, write-through, off
    #[arg(long, default_value = "write-behind", value_delimiter = ',', value_parser = parsed::<Mode>, value_name = "MODE,…")]
    pub mode: Vec<Mode>,
    /// Kinds of stores
    #[arg(long, default_value = "mysql,mongodb", value_delimiter = ',', value_parser = parsed::<StoreKind>, value_name = "STORE,…")]
    pub store: Vec<StoreKind>,
    /// What goes wrong meanwhile: all, none, or some by name (a name that does not exist is answered with those that do)
    #[arg(long, default_value = "all", value_name = "FAULT,…")]
    pub faults: String,
    /// Only these targets, by name
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub targets: Vec<String>,
    /// Another file than conformance/targets.toml
    #[arg(long, value_name = "FILE")]
    pub targets_file: Option<PathBuf>,
    /// Write a report of the run, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// A word that the suite's case files know.
fn parsed<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(word.to_owned())).map_err(|error| error.to_string())
}

/// Runs a storm; its exit code.
pub fn storm(asked: &Asked) -> u8 {
    let faults = match faults::parse(&asked.faults) {
        Ok(faults) => faults,
        Err(error) => {
            eprintln!("conformance: --faults: {error}");
            return super::USAGE;
        }
    };
    match super::runtime().and_then(|runtime| runtime.block_on(run(asked, faults))) {
        Ok(outcome) => outcome.code(),
        Err(error) => super::not_begun(&error),
    }
}

impl Asked {
    /// The storm that these arguments name.
    pub fn plan(&self, faults: Vec<Fault>, targets: Vec<Target>) -> Plan {
        Plan {
            seed: self.seed.unwrap_or_else(super::run::fresh_seed),
            time: Duration::from_secs(self.seconds),
            clients: self.clients,
            keys: self.keys,
            once: self.once,
            modes: self.mode.clone(),
            stores: self.store.clone(),
            faults,
            targets,
            until_wrong: false,
        }
    }
}

async fn run(asked: &Asked, faults: Vec<Fault>) -> anyhow::Result<Outcome> {
    let choice = Choice { names: asked.targets.clone(), file: asked.targets_file.clone(), ..Choice::default() };
    let plan = asked.plan(faults, choice.targets()?);
    let command = command(&plan);
    println!("conformance: {command}");
    let targets: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
    let header = json!({"format": 1, "suite": env!("CARGO_PKG_VERSION"), "command": command, "seed": plan.seed, "targets": targets});
    let mut ledger = Ledger::open(asked.report.as_deref(), header, plan.time, false)?;
    let ran = storm::run(&plan, &mut ledger).await;
    let (tally, fault) = match ran {
        Ok(tally) => (tally, None),
        Err(error) => (Tally::default(), Some(format!("{error:#}"))),
    };
    let outcome = outcome(&tally, fault.is_some());
    ledger.close(&tally, outcome, fault.clone())?;
    match fault {
        Some(fault) => eprintln!("conformance: the suite could not go on, which is no verdict on any target: {fault}"),
        None => println!("{}", tally.told()),
    }
    Ok(outcome)
}

fn outcome(tally: &Tally, broke: bool) -> Outcome {
    match (broke, tally.is_wrong(), tally.acknowledged) {
        (true, ..) => Outcome::Harness,
        (false, true, _) => Outcome::Differ,
        (false, false, 0) => Outcome::Nothing,
        (false, false, _) => Outcome::Agree,
    }
}

/// The arguments that make the same storm again, as far as there is such a thing.
fn command(plan: &Plan) -> String {
    let names = |words: Vec<&str>| words.join(",");
    let mut words = vec![format!("storm --seed {} --seconds {} --clients {} --keys {}", plan.seed, plan.time.as_secs(), plan.clients, plan.keys)];
    words.extend(plan.once.then(|| "--once".to_owned()));
    words.push(format!("--mode {}", names(plan.modes.iter().map(|mode| mode.name()).collect())));
    words.push(format!("--store {}", names(plan.stores.iter().map(|store| if *store == StoreKind::Mysql { "mysql" } else { "mongodb" }).collect())));
    words.push(match plan.faults.len() {
        0 => "--faults none".to_owned(),
        count if count == faults::ALL.len() => "--faults all".to_owned(),
        _ => format!("--faults {}", names(plan.faults.iter().map(|fault| fault.name()).collect())),
    });
    words.join(" ")
}
