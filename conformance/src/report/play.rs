//! Takes apart the text of a play, so that a page can show where its steps begin, with the lines that differ.

/// One step of a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayedStep {
    /// `0 put`.
    pub heading: String,
    /// Whether the difference was found here.
    pub here: bool,
    pub lines: Vec<Line>,
}

/// A line with the class that it has on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub class: &'static str,
    pub text: String,
}

/// The mark of the step at which the difference was found.
const HERE: &str = "<-- here";

/// The steps of a play as `campaign::beside` writes it: a heading `--- 0 put`, requests behind `>`, what differs behind `!`.
pub fn steps(text: &str) -> Vec<PlayedStep> {
    let mut steps: Vec<PlayedStep> = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("--- ") {
            let (heading, here) = heading.strip_suffix(HERE).map_or((heading, false), |heading| (heading, true));
            steps.push(PlayedStep { heading: heading.trim().to_owned(), here, lines: Vec::new() });
        } else if let Some(step) = steps.last_mut().filter(|_| !line.trim().is_empty()) {
            step.lines.push(Line { class: class(line), text: line.to_owned() });
        }
    }
    steps
}

fn class(line: &str) -> &'static str {
    match line.as_bytes() {
        [b'>', ..] => "sent",
        [b'!', ..] => "differs",
        [b' ', b' ', b' ', b' ', b'|', ..] => "cells",
        _ => "same",
    }
}
