//! The badge: one word on a run, as a small SVG.

use super::Report;
use super::groups::known_and_new;
use super::words::{count, number};
use crate::campaign::record::Outcome;
use askama::Template;

const LABEL: &str = "conformance";
/// About what a character of 11 px takes in the fonts that browsers have, with the space at both ends.
const CHARACTER: usize = 7;
const SPACE: usize = 12;

#[derive(Template)]
#[template(path = "report/badge.svg")]
struct Badge<'a> {
    label: &'a str,
    message: &'a str,
    colour: &'a str,
    /// Pixels of the label, and of both parts.
    left: usize,
    right: usize,
}

/// The badge of a run.
///
/// # Errors
/// None that are known; the template library may have some.
pub fn svg(report: &Report) -> anyhow::Result<String> {
    let footer = &report.footer;
    let (message, colour) = match footer.outcome {
        Outcome::Agree if footer.known > 0 => (format!("{} agree, {} known to differ", number(footer.passed), number(footer.known)), "#6b5900"),
        Outcome::Agree => (format!("{} of {} agree", number(footer.passed), number(footer.planned)), "#2c7a3f"),
        Outcome::Differ => (count(known_and_new(report).1, "difference"), "#b3261e"),
        Outcome::Harness => ("no verdict".to_owned(), "#6b5900"),
        Outcome::Nothing => ("nothing ran".to_owned(), "#6b5900"),
    };
    let width = |text: &str| text.chars().count() * CHARACTER + SPACE;
    Ok(Badge { label: LABEL, message: &message, colour, left: width(LABEL), right: width(&message) }.render()?)
}
