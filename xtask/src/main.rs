//! Sets up, launches, generates and checks; imports none of the crates it launches.

mod codegen;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Set up, start, test and generate docproxy", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write what is generated from contract/ (or, with --check, fail where it is out of date)
    Codegen {
        /// Change nothing; exit 1 and name the files that are out of date
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Codegen { check } => codegen::run(check),
    }
}
