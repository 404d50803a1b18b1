//! The path of a field: member names joined by points, with escapes.

use crate::generated::contract::limits;
use serde_json::Value;

/// Names from the root inwards; at least one.
#[derive(Clone, Debug)]
pub struct Path(Vec<String>);

impl Path {
    /// Reads `a.b`, in which `\.`, `\\` and `\$` stand for themselves; none for any other escape.
    pub fn of(text: &str) -> Option<Path> {
        let mut names = vec![String::new()];
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let last = names.last_mut()?;
            match character {
                '.' => names.push(String::new()),
                '\\' => last.push(characters.next().filter(|escaped| ".\\$".contains(*escaped))?),
                _ => last.push(character),
            }
        }
        Some(Path(names))
    }

    /// Whether it has too many names for a store to look at.
    pub fn is_long(&self) -> bool {
        self.0.len() > limits::WHERE_PUSHDOWN_NAMES as usize
    }

    /// What lies there. A path never enters an array.
    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, name| value.as_object()?.get(name))
    }
}
