//! Shows values beside each other, with the part marked in which they differ.

use super::words::{names, number};
use crate::checker::finding::Finding;

/// Characters that are shown of what is alike, on either side of the difference.
const AROUND: usize = 300;
/// Characters that are shown of what differs.
const MOST: usize = 4_000;

/// What one target has, or several that agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub names: String,
    /// None: nothing is there.
    pub text: Option<Marked>,
}

/// A text in three parts: alike, different, alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub before: String,
    pub different: String,
    pub after: String,
}

/// The values of a finding; what begins and ends alike in all of them is not marked.
pub fn values(finding: &Finding) -> Vec<Value> {
    let texts: Vec<Vec<char>> = finding.values.iter().filter_map(|(_, text)| text.as_ref()).map(|text| text.chars().collect()).collect();
    let shortest = texts.iter().map(Vec::len).min().unwrap_or_default();
    let alike = |at: &dyn Fn(&[char]) -> char| texts.windows(2).all(|pair| at(&pair[0]) == at(&pair[1]));
    let before = (0..shortest).find(|index| !alike(&|text| text[*index])).unwrap_or(shortest);
    let after = (0..shortest - before).find(|index| !alike(&|text| text[text.len() - 1 - index])).unwrap_or(shortest - before);
    let mut texts = texts.into_iter();
    let value = |(owners, text): &(Vec<String>, Option<String>)| {
        let text = text.as_ref().and_then(|_| texts.next());
        Value { names: names(owners), text: text.map(|text| marked(&text, before, after)) }
    };
    finding.values.iter().map(value).collect()
}

fn marked(text: &[char], before: usize, after: usize) -> Marked {
    let (head, rest) = text.split_at(before);
    let (middle, tail) = rest.split_at(rest.len() - after);
    let left_out = |count: usize| format!("[{} characters]", number(count as u64));
    let shown = |part: &[char]| part.iter().collect::<String>();
    Marked {
        before: if head.len() > AROUND { format!("{} … {}", left_out(head.len() - AROUND), shown(&head[head.len() - AROUND..])) } else { shown(head) },
        different: if middle.len() > MOST { format!("{} … {}", shown(&middle[..MOST]), left_out(middle.len() - MOST)) } else { shown(middle) },
        after: if tail.len() > AROUND { format!("{} … {}", shown(&tail[..AROUND]), left_out(tail.len() - AROUND)) } else { shown(tail) },
    }
}
