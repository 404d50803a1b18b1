//! Every file of a root is used by another one.

use super::Fault;
use super::imports::imports;
use super::rooms::EXPLAINED;
use super::rules::Rules;
use super::tree::{Language, Tree};
use std::collections::BTreeSet;

/// Files that nothing imports, and Rust files that no `mod` names.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for root in rules.root.iter().filter(|root| root.extension != "rs") {
        let known: BTreeSet<&str> = tree.rooms(root).map(|(path, _)| path).collect();
        let used: BTreeSet<String> = tree.rooms(root).flat_map(|(path, file)| imports(path, file, &known)).map(|import| import.to).collect();
        for (path, file) in tree.rooms(root).filter(|(path, _)| !root.is_entry(path) && !used.contains(*path)) {
            let wrong = format!("nothing imports {path}");
            faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
        }
    }
    for file in tree.sources().filter(|file| file.language() == Some(Language::Rust)) {
        if let Some(name) = unnamed(&file.path, tree) {
            let wrong = format!("no `mod {name}` makes this file part of its crate");
            faults.push(Fault { path: file.path.clone(), line: 1, wrong, explained: EXPLAINED });
        }
    }
}

/// The module's name, if it is one and no file around declares it.
fn unnamed<'a>(path: &'a str, tree: &Tree) -> Option<&'a str> {
    let (folder, name) = path.strip_suffix(".rs")?.rsplit_once('/')?;
    let (_, inside) = folder.split_once('/')?;
    let is_entry = matches!(name, "main" | "lib") && inside == "src" || inside == "tests";
    if is_entry || !inside.starts_with("src") && !inside.starts_with("tests") {
        return None;
    }
    let parents =
        if inside == "src" { vec![format!("{folder}/lib.rs"), format!("{folder}/main.rs")] } else { vec![format!("{folder}.rs"), format!("{folder}/mod.rs")] };
    let declares = |text: &str| text.lines().any(|line| line.ends_with(&format!("mod {name};")) || line.ends_with(&format!("mod r#{name};")));
    let named = tree.files.iter().any(|file| parents.contains(&file.path) && declares(&file.text));
    (!named).then_some(name)
}
