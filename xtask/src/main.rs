//! Reads the command line of `cargo xtask`.

mod codegen;
mod mongo;
mod process;
mod progress;
mod setup;
mod stores;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Set up, start, test and generate docproxy", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing on this machine: servers, Ruby, gems, npm packages, the embedded Mongo
    #[command(after_help = "Examples:\n  cargo xtask setup           install what is missing; a second run takes a second\n  cargo xtask setup --check   only tell what is missing")]
    Setup {
        /// Install nothing; exit 1 and name what is missing
        #[arg(long)]
        check: bool,
    },
    /// Write what is generated from contract/: the modules of the three languages, docs/openapi.json, docs/reference/
    #[command(after_help = "Examples:\n  cargo xtask codegen           after every change under contract/\n  cargo xtask codegen --check   what the tests ask")]
    Codegen {
        /// Change nothing; exit 1 and name the files that are out of date
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Setup { check } => setup::run(check),
        Command::Codegen { check } => codegen::run(check),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}
