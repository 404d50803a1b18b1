//! The program: arguments, exit codes, start, stop.

#[path = "main/health.rs"]
mod health;
#[path = "main/service.rs"]
mod service;

use std::io::Write;
use std::process::ExitCode;

use server_rs::config::arguments::{self, Arguments};
use server_rs::config::messages::fill;
use server_rs::config::{Config, routing_file};
use server_rs::generated::contract::{VERSION, exit, help, line};
use server_rs::log::{Level, Log};

/// Why the program ends: its exit code with the line for stderr.
pub struct End {
    code: i64,
    line: String,
}

impl End {
    pub fn new(code: i64, line: impl Into<String>) -> End {
        End { code, line: line.into() }
    }

    /// Something unforeseen, whose cause is in the log.
    pub fn internal(log: Log, cause: &str) -> End {
        log.failure(cause);
        End::new(exit::INTERNAL, line::INTERNAL)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::from(exit::STOPPED as u8),
        Err(end) => {
            eprintln!("{}", end.line);
            ExitCode::from(end.code as u8)
        }
    }
}

fn run() -> Result<(), End> {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let arguments = arguments::parse(&arguments).map_err(|line| End::new(exit::USAGE, line))?;
    if arguments.help {
        return say(help::TEXT);
    }
    if arguments.version {
        return say(&format!("docproxy {VERSION}\n"));
    }
    if let Some(listen) = &arguments.health {
        return health::ask(listen);
    }
    let file = arguments.config.clone().unwrap_or_default();
    let config = read_config(&file)?;
    if arguments.check {
        return say(&(fill(line::CHECKED, &[("file", &file)]) + "\n"));
    }
    serve(&arguments, config, &file)
}

/// What was asked for, on stdout; a reader that is gone is no failure.
fn say(text: &str) -> Result<(), End> {
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

fn read_config(file: &str) -> Result<Config, End> {
    let bytes = std::fs::read(file).map_err(|_| End::new(exit::UNREADABLE, fill(line::UNREADABLE, &[("file", file)])))?;
    let environment = |name: &str| std::env::var(name).ok();
    routing_file::parse(&bytes, &environment).map_err(|fault| End::new(exit::REFUSED, fault.line(file)))
}

fn serve(arguments: &Arguments, config: Config, file: &str) -> Result<(), End> {
    let log = Log::new(match arguments.log.as_deref() {
        Some("none") => Level::None,
        Some("events") => Level::Events,
        _ => Level::Requests,
    });
    let listen = arguments.listen.clone().unwrap_or_else(|| config.listen.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(arguments.workers.unwrap_or(1)).enable_all().build();
    let runtime = runtime.map_err(|error| End::internal(log, &error.to_string()))?;
    // On a task of its own, so that a panic becomes an exit code.
    let served = runtime.block_on(runtime.spawn(service::serve(config, listen, file.to_owned(), log)));
    runtime.shutdown_background();
    served.unwrap_or_else(|error| Err(End::internal(log, &error.to_string())))
}
