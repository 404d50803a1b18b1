//! The suite's command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use conformance::commands::{USAGE, controls, list, replay, report, run, storm, story};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  cargo run -p conformance -- run                              1000 sequences on all targets of conformance/targets.toml
  cargo run -p conformance -- run --seconds 60 --store mysql   for a minute, on routes with MySQL only
  cargo run -p conformance -- run --seed 7 --first 41 --sequences 1
  cargo run -p conformance -- run --fleet mixed                each step by another target, over one set of stores
  cargo run -p conformance -- run --report report.ndjson
  cargo run -p conformance -- replay conformance/failures/put-status-node.json
  cargo run -p conformance -- storm --seconds 60               clients on one fleet while everything fails: nothing lost, nothing stale
  cargo run -p conformance -- report report.ndjson --out site --junit junit.xml
  cargo run -p conformance -- list

Exit codes: 0 all agree, 1 there is a difference, 2 the suite could not do its part, 64 usage, 66 nothing ran";

#[derive(Parser)]
#[command(name = "conformance", about = "Plays the same requests on several docproxies, and compares what they answer and store", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play generated sequences on all targets
    Run(Run),
    /// Play case files again, saved failures or others
    Replay(Replay),
    /// Let clients work on one fleet while everything around it fails, and check that no write is lost and no read is stale
    Storm(storm::Asked),
    /// Break copies of the proxies on purpose, in the ways that are known, and check that each is noticed within a minute
    Controls {
        /// Names of files in conformance/controls, without .patch; none: all
        names: Vec<String>,
        /// Another file than conformance/targets.toml
        #[arg(long, value_name = "FILE")]
        targets_file: Option<PathBuf>,
    },
    /// Show in under a minute that what was acknowledged outlives the cache and every process
    Story {
        /// Another file than conformance/targets.toml
        #[arg(long, value_name = "FILE")]
        targets_file: Option<PathBuf>,
    },
    /// Make a site, JUnit, a summary or a badge of a run's report
    Report(Report),
    /// List the cases with what each is there for (run them with `cargo test conformance`)
    List,
    /// Print the routing file for a target that runs already, on stores that the environment names
    Routing {
        /// The target's name in the file of targets
        target: String,
    },
    /// Load the sample documents into a running proxy
    Load {
        /// Where the proxy is, for example http://127.0.0.1:8080
        #[arg(long)]
        url: String,
        /// Stands before the collections' names
        #[arg(long, default_value = "")]
        collection_prefix: String,
    },
}

/// Which targets.
#[derive(Args)]
struct Targets {
    /// Only these targets, by name
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    targets: Vec<String>,
    /// Another file than conformance/targets.toml
    #[arg(long, value_name = "FILE")]
    targets_file: Option<PathBuf>,
    /// Write a report of the run, one JSON object a line
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Compare the targets with each other only
    #[arg(long)]
    without_model: bool,
}

#[derive(Args)]
struct Run {
    /// How many sequences [default: 1000, or as many as --seconds leaves time for]
    #[arg(long, value_name = "N")]
    sequences: Option<u64>,
    /// For how long
    #[arg(long, value_name = "S")]
    seconds: Option<u64>,
    /// What the sequences follow from [default: another one each time; it is printed]
    #[arg(long)]
    seed: Option<u64>,
    /// The number of the first sequence
    #[arg(long, default_value_t = 0, value_name = "N")]
    first: u64,
    /// Routes with this kind of store only
    #[arg(long)]
    store: Option<Store>,
    /// Routes with this cache mode only
    #[arg(long)]
    mode: Option<Mode>,
    /// Targets with stores of their own, or one fleet over shared stores
    #[arg(long, default_value = "separate")]
    fleet: Fleet,
    /// Sequences that are played beside each other
    #[arg(long, default_value_t = 8, value_name = "N")]
    lanes: usize,
    /// Kinds of failures after which no sequence begins any more: there is enough to do then
    #[arg(long, default_value_t = 10, value_name = "N")]
    enough: usize,
    /// Where failures are saved
    #[arg(long, default_value = "conformance/failures", value_name = "FOLDER")]
    failures: PathBuf,
    #[command(flatten)]
    targets: Targets,
}

#[derive(Args)]
struct Replay {
    /// Case files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How often each is played
    #[arg(long, default_value_t = 1, value_name = "N")]
    times: u64,
    #[command(flatten)]
    targets: Targets,
}

#[derive(Args)]
struct Report {
    /// What `run --report` or `replay --report` wrote
    file: PathBuf,
    #[command(flatten)]
    forms: Forms,
}

/// What is made of a report.
#[derive(Args)]
#[group(required = true, multiple = true)]
struct Forms {
    /// Folder of a static site: open its index.html
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Summary in Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Badge as SVG
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Store {
    Mysql,
    Mongodb,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Off,
    WriteThrough,
    WriteBehind,
}

impl From<Mode> for conformance::sequence::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Off => Self::Off,
            Mode::WriteThrough => Self::WriteThrough,
            Mode::WriteBehind => Self::WriteBehind,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Fleet {
    Separate,
    Mixed,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    ExitCode::from(match arguments.command {
        Command::Run(asked) => run::run(asked.into()),
        Command::Replay(asked) => replay::replay(&asked.into()),
        Command::Storm(asked) => storm::storm(&asked),
        Command::Story { targets_file } => story::story(targets_file),
        Command::Controls { names, targets_file } => controls::controls(&names, targets_file.as_ref()),
        Command::Report(asked) => report::report(&asked.into()),
        Command::List => list::list(),
        Command::Routing { target } => list::routing(&target),
        Command::Load { url, collection_prefix } => list::load(&url, &collection_prefix),
    })
}

impl From<Targets> for conformance::commands::Choice {
    fn from(targets: Targets) -> Self {
        Self { names: targets.targets, file: targets.targets_file, report: targets.report, model: !targets.without_model }
    }
}

impl From<Run> for run::Asked {
    fn from(asked: Run) -> run::Asked {
        use conformance::campaign::record;
        use conformance::sequence::{Mode as Modes, StoreKind};
        let (both_stores, all_modes) = (vec![StoreKind::Mongodb, StoreKind::Mysql], vec![Modes::Off, Modes::WriteThrough, Modes::WriteBehind]);
        run::Asked {
            sequences: asked.sequences,
            seconds: asked.seconds,
            seed: asked.seed,
            first: asked.first,
            stores: asked.store.map_or(both_stores, |store| vec![if matches!(store, Store::Mysql) { StoreKind::Mysql } else { StoreKind::Mongodb }]),
            modes: asked.mode.map_or(all_modes, |mode| vec![mode.into()]),
            fleet: if matches!(asked.fleet, Fleet::Mixed) { record::Fleet::Mixed } else { record::Fleet::Separate },
            lanes: asked.lanes,
            enough: asked.enough,
            failures: asked.failures,
            choice: asked.targets.into(),
        }
    }
}

impl From<Report> for report::Asked {
    fn from(Report { file, forms: Forms { out, junit, markdown, badge } }: Report) -> report::Asked {
        report::Asked { file, out, junit, markdown, badge }
    }
}

impl From<Replay> for replay::Asked {
    fn from(asked: Replay) -> replay::Asked {
        replay::Asked { files: asked.files, times: asked.times, choice: asked.targets.into() }
    }
}
