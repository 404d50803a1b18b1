//! Says where targets, and the model if it knows, have different things, and who stands alone.

use super::finding::{Finding, Oracle};
use super::{Difference, Face, first_difference};

/// The name that the model has among the targets.
pub const MODEL: &str = "model";

/// What one target has, and what it should have.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub name: &'a str,
    pub found: Face,
    /// None where the model does not know.
    pub right: Option<Face>,
}

/// The first field that is not the same everywhere, or not as the model says.
pub fn difference(views: &[View]) -> Option<Difference> {
    if views.iter().any(|view| view.right.is_none()) {
        let faces: Vec<(&str, &Face)> = views.iter().map(|view| (view.name, &view.found)).collect();
        return first_difference(&faces);
    }
    // Each target has a right face of its own, since the ids that it chose are its own.
    let own = views.iter().filter_map(|view| first_difference(&[(MODEL, view.right.as_ref()?), (view.name, &view.found)]));
    let path = own.min_by_key(|difference| super::rank(&difference.path))?.path;
    let at = |face: &Face| face.iter().find(|(name, _)| *name == path).map(|(_, value)| value.clone());
    let mut groups = vec![(vec![MODEL.to_owned()], views.iter().find_map(|view| at(view.right.as_ref()?)))];
    for view in views {
        let found = at(&view.found);
        if view.right.as_ref().is_some_and(|right| at(right) == found) {
            groups[0].0.push(view.name.to_owned());
            continue;
        }
        match groups[1..].iter_mut().find(|(_, held)| *held == found) {
            Some((members, _)) => members.push(view.name.to_owned()),
            None => groups.push((vec![view.name.to_owned()], found)),
        }
    }
    Some(Difference { path, groups })
}

/// Who is to be looked at: those whom the model contradicts unless they are all and agree; without it, the fewest.
pub fn alone(difference: &Difference) -> Vec<String> {
    let groups = &difference.groups;
    match groups.iter().position(|(members, _)| members.iter().any(|name| name == MODEL)) {
        Some(right) => {
            let others: Vec<&(Vec<String>, Option<String>)> = groups.iter().enumerate().filter(|(index, _)| *index != right).map(|(_, group)| group).collect();
            let unanimous = others.len() == 1 && groups[right].0.len() == 1;
            if unanimous { Vec::new() } else { others.iter().flat_map(|(members, _)| members.clone()).collect() }
        }
        None => {
            let fewest = groups.iter().min_by_key(|(members, _)| members.len());
            let single = fewest.filter(|(fewest, _)| groups.len() == 2 && groups.iter().any(|(members, _)| members.len() > fewest.len()));
            single.map(|(members, _)| members.clone()).unwrap_or_default()
        }
    }
}

/// The finding that a difference is.
pub fn finding(oracle: Oracle, step: usize, kind: &str, difference: Difference) -> Finding {
    let text = difference.to_string().trim_end().to_owned();
    Finding { oracle, step, kind: kind.to_owned(), path: class_path(&difference), alone: alone(&difference), values: difference.groups, text }
}

/// The path without ids, and with the part of the value that differs: what stays the same when a sequence gets smaller.
fn class_path(difference: &Difference) -> String {
    let words: Vec<&str> = difference.path.split(' ').collect();
    let values: Vec<Option<&str>> = difference.groups.iter().map(|(_, value)| value.as_deref()).collect();
    match words[..] {
        ["store", _] => format!("store <id>{}", part(&values, |row| row.split(' ').map(str::to_owned).collect(), &["n"])),
        ["cache", _, place] => {
            let fields = |row: &str| {
                let bare = row.trim_end_matches(" other ttl").trim_end_matches(" without ttl");
                std::iter::once(row[bare.len()..].to_owned()).chain(bare.split('|').map(str::to_owned)).collect()
            };
            format!("cache <id> {place}{}", part(&values, fields, &["ttl", "n", "kind", "etag", "body"]))
        }
        ["cache", "stray", ..] => "cache stray".to_owned(),
        _ if difference.path.ends_with("body") => format!("{}{}", difference.path, super::known_path(difference)),
        _ => difference.path.clone(),
    }
}

/// The first part that differs between rows that are all there, by its name.
fn part(values: &[Option<&str>], split: impl Fn(&str) -> Vec<String>, names: &[&str]) -> String {
    let rows: Option<Vec<Vec<String>>> = values.iter().map(|value| value.map(&split)).collect();
    let Some(rows) = rows else { return String::new() };
    let longest = rows.iter().map(Vec::len).max().unwrap_or_default();
    let differs = (0..longest).find(|index| rows.windows(2).any(|pair| pair[0].get(*index) != pair[1].get(*index)));
    differs.map_or(String::new(), |index| format!(" {}", names.get(index).unwrap_or(&"content")))
}
