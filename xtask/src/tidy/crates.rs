//! Crates that must not know each other have no way to.

use super::Fault;
use super::imports::EXPLAINED;
use super::rules::Rules;
use super::tree::Tree;

/// Manifests that name a forbidden crate, and sources that take in one of its files.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for apart in &rules.apart {
        let inside = format!("{}/", apart.name);
        for file in tree.files.iter().filter(|file| file.path.starts_with(&inside)) {
            for (line, text) in file.numbered() {
                if let Some(other) = apart.from.iter().find(|other| takes_in(&file.path, text, other)) {
                    let wrong = format!("{} imports {other}, which it must not know", apart.name);
                    faults.push(Fault { path: file.path.clone(), line, wrong, explained: EXPLAINED });
                }
            }
        }
    }
}

fn takes_in(path: &str, line: &str, other: &str) -> bool {
    let line = line.trim_start();
    if path.ends_with("/Cargo.toml") {
        let after = line.strip_prefix(other).unwrap_or("-");
        return after.starts_with([' ', '.', '=']) || line.contains(&format!("\"../{other}\""));
    }
    let code = path.ends_with(".rs") && (line.starts_with("#[path") || line.contains("include!(") || line.starts_with("use "));
    code && (line.contains(&format!("{other}/")) || line.starts_with(&format!("use {}::", other.replace('-', "_"))))
}
