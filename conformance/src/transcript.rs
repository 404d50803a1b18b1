//! Writes down what a sequence did, for people to read and for snapshots to keep.

use crate::canonical::hex;
use crate::checker::names::Names;
use crate::driver::Played;
use crate::driver::answer::readable;
use crate::driver::fill::Outgoing;
use crate::sequence::{Action, Compare};
use sha2::{Digest, Sha256};

const LONGEST: usize = 600;
const MOST_ROWS: usize = 20;

/// The growing text of one sequence on one route.
#[derive(Debug)]
pub struct Transcript {
    pub text: String,
    collection: String,
    address: String,
    random: Names,
    keyed: Names,
}

impl Transcript {
    pub fn new(collection: &str, address: &str) -> Transcript {
        Transcript { text: String::new(), collection: collection.to_owned(), address: address.to_owned(), random: Names::random(), keyed: Names::keyed() }
    }

    /// Adds a step: what was sent, what came back, which rows changed.
    pub fn add(&mut self, index: usize, action: &Action, played: &Played, compare: Compare, changes: &[String]) {
        let mut pairs: Vec<String> = Vec::new();
        for (number, answer) in played.answers.iter().enumerate() {
            let mut text = String::new();
            for line in played.sent.get(number).map(request_lines).unwrap_or_default() {
                text.push_str(&format!("> {}\n", self.short(&line)));
            }
            text.push('\n');
            for (path, value) in answer.face(compare) {
                let name = path.strip_prefix("header ").map(|name| format!("{name}: ")).unwrap_or_default();
                if !(path == "body" && value.is_empty()) {
                    text.push_str(&format!("{name}{}\n", self.short(&value)));
                }
            }
            pairs.push(text);
        }
        if matches!(action, Action::Together(_)) {
            pairs.sort();
        }
        let mut changes: Vec<String> = changes.iter().map(|change| self.neutral(change)).collect();
        // By what stands for a random id, not by the id; before the name is a sign and a space.
        changes.sort_by(|one, other| one[2..].split(": ").next().cmp(&other[2..].split(": ").next()));
        self.text.push_str(&format!("--- {index} {}\n{}", heading(action), pairs.join("\n")));
        if !changes.is_empty() {
            self.text.push('\n');
        }
        for change in rows(&changes) {
            self.text.push_str(&format!("{change}\n"));
        }
        self.text.push('\n');
    }

    fn short(&mut self, text: &str) -> String {
        short(&self.neutral(text))
    }

    /// Replaces what differs from route to route and from run to run.
    pub fn neutral(&mut self, text: &str) -> String {
        let text = text.replace(&self.collection, "COLL").replace(&self.address, "HOST");
        self.keyed.apply(&self.random.apply(&text))
    }
}

fn heading(action: &Action) -> String {
    if action.is_request() || matches!(action, Action::Raw(_) | Action::Together(_)) {
        return action.kind().to_owned();
    }
    let value = serde_json::to_value(action).unwrap_or_default();
    format!("{} {}", action.kind(), short(&value[action.kind()].to_string()))
}

fn request_lines(request: &Outgoing) -> Vec<String> {
    if let Some(raw) = &request.raw {
        let visible = |line: &str| line.trim_end_matches('\r').escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
        return String::from_utf8_lossy(raw).split('\n').map(visible).collect();
    }
    let mut lines = vec![format!("{} {}", request.method, request.target)];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend(request.body.as_ref().map(|body| readable(body)));
    lines
}

fn rows(changes: &[String]) -> Vec<String> {
    if changes.len() <= MOST_ROWS {
        return changes.iter().map(|change| short(change)).collect();
    }
    let mut rows: Vec<String> = changes.iter().take(3).map(|change| short(change)).collect();
    rows.push(format!("… {} rows in all, sha256 {}", changes.len(), digest(&changes.join("\n"))));
    rows
}

/// A text, cut when it is long, with a digest of the whole.
pub fn short(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(120).collect();
    format!("{head}… [{} bytes, sha256 {}]", text.len(), digest(text))
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes())[..8])
}
