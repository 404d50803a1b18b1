//! A set of steps that belong together, cut into files of a size that a person can still follow.

use super::FOLDER;
use crate::codegen::{COMMAND, Generated};
use serde_json::{Value, json};

/// Steps of one file. A group that is longer has a file of its own.
const STEPS: usize = 40;

/// Groups of steps that share where and why they are played.
pub struct Set {
    /// The name of its file, or of its files before their number.
    pub name: String,
    /// One sentence: what a target that fails here does wrong.
    pub why: String,
    pub clauses: &'static [&'static str],
    pub modes: &'static [&'static str],
    pub stores: &'static [&'static str],
    pub profile: &'static str,
    /// Each is played in one file, because its later steps build on its earlier ones.
    pub groups: Vec<Vec<Value>>,
}

impl Set {
    /// Its files; none if it has no steps.
    pub fn files(&self) -> Vec<Generated> {
        let mut parts: Vec<Vec<&Value>> = Vec::new();
        for group in self.groups.iter().filter(|group| !group.is_empty()) {
            match parts.iter_mut().find(|part| part.len() + group.len() <= STEPS) {
                Some(part) => part.extend(group),
                None => parts.push(group.iter().collect()),
            }
        }
        let name = |number: usize| if parts.len() == 1 { self.name.clone() } else { format!("{}-{:02}", self.name, number + 1) };
        let file = |(number, steps): (usize, &Vec<&Value>)| Generated { path: format!("{FOLDER}/{}.json", name(number)).into(), text: self.text(steps) };
        parts.iter().enumerate().map(file).collect()
    }

    /// One step a line, so that a change of the contract shows as a change of lines.
    fn text(&self, steps: &[&Value]) -> String {
        let why = json!(format!("{} Written by `{COMMAND}` from contract/; do not edit.", self.why));
        let head = [
            format!("\"why\": {why}"),
            format!("\"clauses\": {}", json!(self.clauses)),
            format!("\"modes\": {}", json!(self.modes)),
            format!("\"stores\": {}", json!(self.stores)),
            format!("\"profile\": {}", json!(self.profile)),
        ];
        let steps: Vec<String> = steps.iter().map(|step| format!("    {step}")).collect();
        format!("{{\n  {},\n  \"steps\": [\n{}\n  ]\n}}\n", head.join(",\n  "), steps.join(",\n"))
    }
}

/// A step of a kind, and the status (and problem) that it must come to.
pub fn step(kind: &str, operands: Value, expect: impl Into<String>) -> Value {
    json!({kind: operands, "expect": expect.into()})
}

/// The same step, which also says what else its answer has.
pub fn and(mut step: Value, member: &str, value: Value) -> Value {
    step[member] = value;
    step
}

/// A request as bytes on a socket, for what no client library would send.
pub fn raw(lines: Vec<String>, expect: impl Into<String>) -> Value {
    step("raw", json!({"lines": lines}), expect)
}

/// A text body.
pub fn text(text: impl Into<String>) -> Value {
    json!({"text": text.into()})
}

/// A part many times.
pub fn repeat(part: &str, times: i64) -> Value {
    json!({"repeat": {"part": {"text": part}, "times": times}})
}

/// An object of so many levels.
pub fn nested(levels: i64) -> Value {
    json!({"parts": [repeat("{\"a\":", levels - 1), text("{}"), repeat("}", levels - 1)]})
}
