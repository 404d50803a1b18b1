//! Brings up the whole of docproxy on this machine, to play with, and takes it down again.

mod invitation;
mod routes;
mod stack;

use crate::process::{self, Service};
use crate::{interrupt, progress, setup, targets};
use anyhow::bail;
use stack::Stack;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const BUILDING: Duration = Duration::from_secs(1800);
const LOADING: Duration = Duration::from_secs(600);

/// How often the processes are looked after while nothing else happens.
const WATCHING: Duration = Duration::from_millis(100);

/// Sets up, builds, starts, loads the samples unless told otherwise, and stays until somebody asks for the end.
pub fn run(no_samples: bool) -> anyhow::Result<()> {
    setup::run(false)?;
    let folder = crate::root().join(format!(".local/run-{}", std::process::id()));
    progress::during("building (the first time takes minutes)", || build(!no_samples, &folder.join("log")))?;
    let mut stack = Stack::new(&folder);
    let result = serve(&mut stack, no_samples);
    let stopped = progress::during("stopping", || stack.stop(result.is_ok()));
    match result {
        // A Ctrl-C while things start is as good an end as one later.
        Err(_) if interrupt::asked() => stopped,
        other => other.and(stopped),
    }
}

/// Builds the proxy that has to be built, and what loads the samples.
fn build(with_loader: bool, logs: &Path) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--package", "server-rs"]).current_dir(crate::root());
    if with_loader {
        cargo.args(["--package", "conformance"]);
    }
    process::run(&mut cargo, &logs.join("build.log"), BUILDING)
}

fn serve(stack: &mut Stack, no_samples: bool) -> anyhow::Result<()> {
    stack.start_stores()?;
    stack.start_proxies(targets::read()?)?;
    if !no_samples {
        load(stack)?;
    }
    println!("{}", invitation::text(stack));
    while !interrupt::asked() {
        stack.must_run()?;
        std::thread::sleep(WATCHING);
    }
    Ok(())
}

/// Loads the samples through the first proxy; the suite has the program for it.
fn load(stack: &mut Stack) -> anyhow::Result<()> {
    let url = stack.proxies()[0].url();
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "conformance", "--", "load", "--url", &url]).current_dir(crate::root());
    eprintln!("loading the samples through {url} …");
    let mut loader = Service::show("loading the samples", &mut command)?;
    let deadline = std::time::Instant::now() + LOADING;
    let status = loop {
        if let Some(status) = loader.ended()? {
            break status;
        }
        interrupt::check()?;
        stack.must_run()?;
        if std::time::Instant::now() > deadline {
            bail!("loading the samples took longer than {} s", LOADING.as_secs());
        }
        std::thread::sleep(WATCHING);
    };
    if !status.success() {
        bail!("loading the samples failed ({})", process::ended(status));
    }
    Ok(())
}
