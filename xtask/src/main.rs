//! Reads the command line of `cargo xtask`.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::{codegen, interrupt, setup, test, tidy, up};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Set up, start, test and generate docproxy", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing on this machine: servers, Ruby, gems, npm packages, the embedded Mongo
    #[command(after_help = "Examples:
  cargo xtask setup            install what is missing; a second run takes a second
  cargo xtask setup --check    only tell what is missing")]
    Setup {
        /// Install nothing; exit 1 and name what is missing
        #[arg(long)]
        check: bool,
    },
    /// Set up, build, start the stores and the three proxies, load the samples; Ctrl-C stops it all
    #[command(after_help = "The stores take free ports, the proxies 8081, 8082 and 8083 or the next free ones. All data lies in a
folder of its own under .local/ and is thrown away at the end; the logs stay if something fails.

Examples:
  cargo xtask up                  all 5 448 sample documents
  cargo xtask up --no-samples     empty stores, ready a few seconds sooner")]
    Up {
        /// Load no documents
        #[arg(long)]
        no_samples: bool,
    },
    /// Set up, then run every test of every language and the conformance suite
    #[command(after_help = "All steps run even if one fails; the output of each goes to .local/test/<step>.log and its end is shown if
the step fails. Exit code 1 if any failed.

Examples:
  cargo xtask test                everything, as CI does
  cargo xtask test tidy node      these steps only
  cargo xtask test --list         the names of the steps")]
    Test {
        /// Names of the steps to run; none: all
        steps: Vec<String>,
        /// Name the steps and run none
        #[arg(long)]
        list: bool,
    },
    /// Check the rules that ARCHITECTURE.md sets for files, functions, rooms, imports and names
    #[command(after_help = "Every line says where the fault is, which rule it breaks and where that is explained. Sizes, rooms and
exceptions with their reasons are data: xtask/tidy.toml.

Example:
  cargo xtask tidy")]
    Tidy,
    /// Write what is generated from contract/: the modules of three languages, docs/openapi.json, docs/reference/, cases
    #[command(after_help = "Examples:
  cargo xtask codegen            after every change under contract/
  cargo xtask codegen --check    what the tests ask")]
    Codegen {
        /// Change nothing; exit 1 and name the files that are out of date
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let done = interrupt::watch().and_then(|()| match command {
        Command::Setup { check } => setup::run(check),
        Command::Up { no_samples } => up::run(no_samples),
        Command::Test { list: true, .. } => test::list(),
        Command::Test { steps, list: false } => test::run(&steps),
        Command::Tidy => tidy::run(),
        Command::Codegen { check } => codegen::run(check),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
