//! The suite's command line.

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Loads samples into a docproxy, and lists the suite's cases", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load the sample documents into a running proxy
    Load {
        /// Where the proxy is, for example http://127.0.0.1:8080
        #[arg(long)]
        url: String,
        /// Stands before the collections' names
        #[arg(long, default_value = "")]
        collection_prefix: String,
    },
    /// List the cases with what each is there for (run them with `cargo test conformance`)
    List,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Load { url, collection_prefix } => tokio::runtime::Runtime::new()?.block_on(conformance::load::load(&url, &collection_prefix)),
        Command::List => {
            for case in conformance::sequence::read::cases(&conformance::targets::root().join("conformance/cases"))? {
                println!("{}: {}", case.name, case.sequence.why);
            }
            Ok(())
        }
    }
}
