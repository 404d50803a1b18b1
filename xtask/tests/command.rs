//! What `cargo xtask` says to somebody who asks for help, or whose machine lacks something.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).env("RUST_BACKTRACE", "1");
    command
}

/// A tool that prints one line, whatever it is asked.
fn tool(folder: &Path, name: &str, says: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The one line of a failure.
#[track_caller]
fn line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("xtask: "), "{text}");
    text
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    for name in ["setup", "up", "test", "tidy", "codegen"] {
        let output = xtask(&[name, "--help"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(&format!("cargo xtask {name}")) && text.contains("Example"), "{text}");
    }
}

#[test]
fn missing_tools_are_named_in_one_line() {
    let empty = tempfile::tempdir().unwrap();
    let text = line(&xtask(&["setup", "--check"]).env("PATH", empty.path()).output().unwrap());
    for name in ["cargo is missing", "node is missing", "npm is missing", "go is missing"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_tool_that_is_too_old_is_named_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    for (name, says) in [("cargo", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)"), ("node", "v18.19.0"), ("npm", "10.2.3"), ("go", "go version go1.24.4 linux/amd64")] {
        tool(folder.path(), name, says);
    }
    let text = line(&xtask(&["setup", "--check"]).env("PATH", folder.path()).output().unwrap());
    assert!(text.contains("node is too old: v18.19.0 (wanted 20.0 or newer"), "{text}");
    assert!(!text.contains("cargo") && !text.contains("go is"), "{text}");
}

#[test]
fn a_step_that_does_not_exist_is_answered_with_those_that_do() {
    let text = line(&xtask(&["test", "nodes"]).output().unwrap());
    assert!(text.contains("no step nodes") && text.contains("node, ruby"), "{text}");
}
