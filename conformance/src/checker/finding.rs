//! A difference that was found, with what makes it the same as another one.

use serde::{Deserialize, Serialize};

/// What was wrong, at which step, and with whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub oracle: Oracle,
    /// The index of the step, from 0.
    pub step: usize,
    /// The word that names the step's kind in a file.
    pub kind: String,
    /// The field that is wrong: `status`, `header etag`, `body /items/0/doc`, `cache <id> entry`, with ids replaced.
    pub path: String,
    /// Targets that stand alone; empty if all agree and the model says otherwise, or if no two agree.
    pub alone: Vec<String>,
    /// What each has there, the model included: names that agree, and their value (none: nothing is there).
    pub values: Vec<(Vec<String>, Option<String>)>,
    /// The verdict for people, several lines.
    pub text: String,
}

/// Who says that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oracle {
    /// The step's own expectation.
    Expectation,
    /// The contract's tables: which headers an answer carries, which outcomes an operation has.
    Tables,
    /// The model knows the answer, and a target gives another.
    Model,
    /// The targets' answers are not the same.
    Pairwise,
    /// What is stored is not the same, or not what the model says.
    Stored,
    /// Something that must hold at any time does not.
    Invariant,
    /// The number of Redis commands.
    Commands,
    /// A target died, or gave no answer.
    Alive,
}

/// What two findings have in common that have the same cause, as far as one can tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class {
    pub oracle: Oracle,
    pub kind: String,
    pub path: String,
    pub alone: Vec<String>,
}

impl Finding {
    /// The class that it belongs to.
    pub fn class(&self) -> Class {
        Class { oracle: self.oracle, kind: self.kind.clone(), path: self.path.clone(), alone: self.alone.clone() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let oracle = serde_json::to_value(self.oracle).unwrap_or_default();
        write!(out, "{}, {} of {}", oracle.as_str().unwrap_or_default(), self.path, self.kind)?;
        if self.alone.is_empty() { Ok(()) } else { write!(out, ", {} alone", self.alone.join(" and ")) }
    }
}
