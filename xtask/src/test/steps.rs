//! The steps of `cargo xtask test`: what is run, where, and how long it may take.

use crate::mongo;
use std::process::Command;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// One step.
pub struct Step {
    pub name: &'static str,
    pub text: &'static str,
    pub command: Command,
    pub limit: Duration,
    /// Whether it runs tests that its output counts.
    pub counts: bool,
}

/// All steps: the quick ones first, the suite last.
pub fn all() -> Vec<Step> {
    let check = |name, text, command| Step { name, text, command, limit: 20 * MINUTE, counts: false };
    let tests = |name, text, command| Step { name, text, command, limit: 20 * MINUTE, counts: true };
    let suite = program("cargo", "test --package conformance --no-fail-fast", "");
    vec![
        check("codegen", "generated files are what contract/ says", myself("codegen --check")),
        check("tidy", "sizes, rooms, imports and names", myself("tidy")),
        check("format", "layout of the Rust code", program("cargo", "fmt --all -- --check", "")),
        check("clippy", "lints of the Rust code", program("cargo", "clippy --quiet --workspace --all-targets -- -D warnings", "")),
        tests("rust", "unit tests of server-rs and xtask", program("cargo", "test --package xtask --package server-rs --no-fail-fast", "")),
        tests("node", "tests of node-proxy", program("npm", "test", "node-proxy")),
        tests("ruby", "tests of ruby-proxy", program("ruby", "test/all.rb", "ruby-proxy")),
        tests("mongo", "tests of the embedded Mongo", mongo::test()),
        Step { limit: 60 * MINUTE, ..tests("conformance", "the suite, on all targets", suite) },
    ]
}

/// The program that runs now, with another subcommand.
fn myself(arguments: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the system knows the path of this program"));
    command.args(arguments.split(' '));
    command
}

fn program(name: &str, arguments: &str, folder: &str) -> Command {
    let mut command = Command::new(name);
    command.args(arguments.split(' ')).current_dir(crate::root().join(folder));
    command
}
