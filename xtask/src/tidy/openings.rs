//! Every source file opens with a sentence that says its job.

use super::Fault;
use super::sizes::EXPLAINED;
use super::tree::{File, Language, Tree};

/// Files whose first comment is missing or no sentence.
pub fn check(tree: &Tree, faults: &mut Vec<Fault>) {
    for file in tree.sources().filter(|file| !file.generated()) {
        if !opens_with_a_sentence(file) {
            let wrong = "opens without a sentence that says its one job".to_owned();
            faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
        }
    }
}

fn opens_with_a_sentence(file: &File) -> bool {
    let markers: &[&str] = match file.language() {
        Some(Language::Rust) => &["//!"],
        Some(Language::JavaScript) => &["//", "/*", "*"],
        Some(Language::Go) => &["//"],
        _ => &["#"],
    };
    let comment = file.text.lines().map(str::trim).skip_while(|line| is_for_machines(line));
    let comment: Vec<&str> = comment.take_while(|line| markers.iter().any(|marker| line.starts_with(marker))).collect();
    // The end of a sentence ends a line or is followed by a space.
    comment.iter().any(|line| line.trim_end_matches("*/").trim_end().ends_with('.') || line.contains(". "))
}

/// Lines that people skip: the interpreter's, and Ruby's magic comments.
fn is_for_machines(line: &str) -> bool {
    line.is_empty() || line.starts_with("#!") || line.starts_with("# frozen_string_literal") || line.contains("use strict")
}
