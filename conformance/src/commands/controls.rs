//! The command `controls`: every known-bad variant has to be noticed.

use super::storm::Asked;
use super::{Choice, replay};
use crate::campaign::record::Outcome;
use crate::controls::{Control, Proof, read};
use crate::storm::record::{Ledger, Tally};
use crate::storm::{self, faults};
use crate::targets::Target;
use anyhow::Context;
use clap::Parser;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A known-bad variant that is not noticed within this is not noticed.
const WITHIN: Duration = Duration::from_secs(60);

/// The arguments of a storm, as a patch names them.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Arguments {
    #[command(flatten)]
    asked: Asked,
}

/// Plays these variants, or all; the exit code says whether each was noticed.
pub fn controls(names: &[String], targets_file: Option<&PathBuf>) -> u8 {
    match all(names, targets_file) {
        Ok(outcome) => outcome.code(),
        Err(error) => super::not_begun(&error),
    }
}

fn all(names: &[String], targets_file: Option<&PathBuf>) -> anyhow::Result<Outcome> {
    let controls = read()?;
    if let Some(stranger) = names.iter().find(|name| !controls.iter().any(|control| control.name == **name)) {
        anyhow::bail!("there is no control {stranger}; there are {}", controls.iter().map(|control| control.name.as_str()).collect::<Vec<_>>().join(", "));
    }
    let targets = Choice { file: targets_file.cloned(), ..Choice::default() }.targets()?;
    let (mut noticed, mut passed_by) = (0, Vec::new());
    for control in controls.iter().filter(|control| names.is_empty() || names.contains(&control.name)) {
        println!("{}: {}", control.name, control.why);
        let folder = std::env::temp_dir().join(format!("docproxy-conformance-{}", std::process::id())).join(format!("control-{}", control.name));
        let broken = control.prepare(&targets, &folder).with_context(|| control.name.clone())?;
        let verdict = one(control, broken, &folder).with_context(|| control.name.clone())?;
        let _ = std::fs::remove_dir_all(&folder);
        match verdict {
            Some(how) => {
                println!("  noticed {how}");
                noticed += 1;
            }
            None => {
                println!("  NOT noticed within {} s", WITHIN.as_secs());
                passed_by.push(control.name.as_str());
            }
        }
    }
    println!(
        "conformance: {noticed} known-bad variants noticed, {} not{}",
        passed_by.len(),
        passed_by.iter().map(|name| format!(" {name}")).collect::<String>()
    );
    Ok(match (noticed, passed_by.is_empty()) {
        (0, true) => Outcome::Nothing,
        (_, true) => Outcome::Agree,
        (_, false) => Outcome::Differ,
    })
}

/// How it was noticed, if it was.
fn one(control: &Control, targets: Vec<Target>, folder: &Path) -> anyhow::Result<Option<String>> {
    match &control.proof {
        Proof::Storm(arguments) => {
            let began = Instant::now();
            let tally = under_storm(arguments, targets)?;
            let kinds: Vec<String> = tally.violations.iter().map(|(kind, count)| format!("{count} {kind:?}").to_lowercase()).collect();
            let stuck = (tally.stuck > 0).then(|| format!("{} stuck", tally.stuck));
            let what = kinds.into_iter().chain(stuck).collect::<Vec<_>>().join(", ");
            let spent = (tally.ms as f64 / 1000.0, began.elapsed().as_secs_f64());
            Ok(tally
                .is_wrong()
                .then(|| format!("after {:.1} s of storm ({:.1} s with start and check): {what}; {} writes", spent.0, spent.1, tally.acknowledged)))
        }
        Proof::Case(file) => {
            let began = Instant::now();
            let targets_file = folder.join("targets-of-the-control.toml");
            std::fs::write(
                &targets_file,
                toml::to_string(
                    &json!({"target": targets.iter().map(|target| json!({"name": target.name, "command": target.command, "install": target.install})).collect::<Vec<_>>()}),
                )?,
            )?;
            let choice = Choice { file: Some(targets_file), model: true, ..Choice::default() };
            let code = replay::replay(&replay::Asked { files: vec![file.clone()], times: 1, choice });
            anyhow::ensure!(code == 0 || code == Outcome::Differ.code(), "the case could not be played");
            Ok((code == Outcome::Differ.code()).then(|| format!("by the case {} after {:.1} s", file.display(), began.elapsed().as_secs_f64())))
        }
    }
}

fn under_storm(arguments: &str, targets: Vec<Target>) -> anyhow::Result<Tally> {
    let asked = Arguments::try_parse_from(arguments.split(' ').filter(|word| !word.is_empty()))?.asked;
    let faults = faults::parse(&asked.faults).map_err(anyhow::Error::msg)?;
    let plan = storm::Plan { time: WITHIN, until_wrong: true, ..asked.plan(faults, targets) };
    let mut ledger = Ledger::open(None, json!({}), plan.time, true)?;
    super::runtime()?.block_on(storm::run(&plan, &mut ledger))
}
