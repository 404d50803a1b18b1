//! Compares what the targets did, and says who stands alone.

pub mod finding;
pub mod forms;
pub mod names;
pub mod variation;
pub mod verdict;
pub mod wanted;

use crate::driver::answer::Answer;
use crate::sequence::{Compare, Expect, Mode};

/// Fields with the path that names each.
pub type Face = Vec<(String, String)>;

/// The first difference between targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub path: String,
    /// Targets by what they have there; None: nothing.
    pub groups: Vec<(Vec<String>, Option<String>)>,
}

/// The first field that is not the same everywhere.
pub fn first_difference(faces: &[(&str, &Face)]) -> Option<Difference> {
    // Nearly always, and states can have ten thousand rows.
    if faces.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        return None;
    }
    let mut paths: Vec<&String> = Vec::new();
    for (_, face) in faces {
        for (path, _) in *face {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths.sort_by_key(|path| rank(path));
    paths.into_iter().find_map(|path| {
        let mut groups: Vec<(Vec<String>, Option<String>)> = Vec::new();
        for (target, face) in faces {
            let value = face.iter().find(|(name, _)| name == path).map(|(_, value)| value.clone());
            match groups.iter_mut().find(|(_, held)| *held == value) {
                Some((members, _)) => members.push((*target).to_owned()),
                None => groups.push((vec![(*target).to_owned()], value)),
            }
        }
        (groups.len() > 1).then(|| Difference { path: path.clone(), groups })
    })
}

/// Status and body first: they say more than a header that follows from them.
fn rank(path: &str) -> u8 {
    if path.ends_with("status") { 0 } else { u8::from(path.contains("header")) + 1 }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.groups.clone();
        sorted.sort_by_key(|(members, _)| members.len());
        let of_model = |members: &[String]| members.iter().any(|name| name == verdict::MODEL);
        match sorted.as_slice() {
            [(one, _), (other, _)] if of_model(one) && one.len() == 1 || of_model(other) && other.len() == 1 => {
                let all: Vec<&str> = one.iter().chain(other).map(String::as_str).filter(|name| *name != verdict::MODEL).collect();
                match all.as_slice() {
                    [single] => writeln!(out, "{}: {single} differs from the model", self.path)?,
                    _ => writeln!(out, "{}: all agree, the model says otherwise", self.path)?,
                }
            }
            [(alone, _), (rest, _)] if alone.len() < rest.len() => {
                let verb = if alone.len() == 1 { "differs" } else { "differ" };
                writeln!(out, "{}: {} {verb}, {} agree", self.path, alone.join(" and "), rest.join(" and "))?;
            }
            _ => writeln!(out, "{}: all differ", self.path)?,
        }
        let path = json_path(&sorted);
        for (members, value) in &self.groups {
            writeln!(out, "  {}{path}: {}", members.join(", "), value.as_deref().map_or("nothing".to_owned(), crate::transcript::short))?;
        }
        Ok(())
    }
}

/// Where two JSON texts differ first, to point at it.
fn json_path(groups: &[(Vec<String>, Option<String>)]) -> String {
    let values: Vec<serde_json::Value> = groups.iter().filter_map(|(_, text)| serde_json::from_str(text.as_deref()?).ok()).collect();
    match values.as_slice() {
        [left, right, ..] => format!(" {}", descend(left, right)).trim_end().to_owned(),
        _ => String::new(),
    }
}

/// The same as far as its names are the contract's own, without the numbers of items.
fn known_path(difference: &Difference) -> String {
    const NAMES: [&str; 11] = ["items", "next", "doc", "etag", "id", "collection", "type", "title", "status", "detail", "reasons"];
    let path = json_path(&difference.groups);
    let mut known = String::new();
    for segment in path.trim().split('/').skip(1) {
        match segment {
            segment if segment.parse::<usize>().is_ok() => {}
            segment if NAMES.contains(&segment) => known.push_str(&format!(" {segment}")),
            _ => break,
        }
        if segment == "doc" {
            break;
        }
    }
    known
}

fn descend(left: &serde_json::Value, right: &serde_json::Value) -> String {
    use serde_json::Value;
    match (left, right) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            let different = |name: &&String| one.get(*name) != other.get(*name);
            names
                .into_iter()
                .find(different)
                .map_or(String::new(), |name| format!("/{name}{}", descend(one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null))))
        }
        (Value::Array(one), Value::Array(other)) => {
            let at = one.iter().zip(other).position(|(left, right)| left != right).unwrap_or(one.len().min(other.len()));
            format!("/{at}{}", descend(one.get(at).unwrap_or(&Value::Null), other.get(at).unwrap_or(&Value::Null)))
        }
        _ => String::new(),
    }
}

/// The compared fields of a step's answers; those of `together` in an order of their own.
pub fn face(answers: &[Answer], compare: Compare, unordered: bool) -> Face {
    let mut faces: Vec<Face> = answers.iter().map(|answer| answer.face(compare)).collect();
    if unordered {
        faces.sort();
    }
    if let [only] = faces.as_slice() {
        return only.clone();
    }
    let numbered = faces.into_iter().enumerate();
    numbered.flat_map(|(number, face)| face.into_iter().map(move |(path, value)| (format!("answer {number} {path}"), value))).collect()
}

/// What is wrong with the answers by the step's own expectation.
pub fn unexpected(expect: &Expect, mode: Mode, answers: &[Answer]) -> Option<String> {
    let mut found: Vec<String> = answers.iter().map(Answer::outcome).collect();
    let mut wanted = match expect {
        Expect::One(one) => vec![one.clone(); found.len().max(1)],
        Expect::All(all) => all.clone(),
        Expect::ByMode(modes) => return modes.get(&mode).and_then(|expect| unexpected(expect, mode, answers)),
    };
    // The slug is wanted only where it is named.
    let bare = wanted.iter().all(|outcome| !outcome.replace(" or ", "").contains(' '));
    if bare {
        found.iter_mut().for_each(|outcome| outcome.truncate(outcome.find(' ').unwrap_or(outcome.len())));
    }
    wanted.sort();
    found.sort();
    let right = wanted.len() == found.len() && wanted.iter().zip(&found).all(|(wanted, found)| wanted.split(" or ").any(|one| one == found));
    (!right).then(|| format!("expected {}, found {}", wanted.join(", "), found.join(", ")))
}
