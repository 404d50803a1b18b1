//! Texts that no file of the repository may hold.

use super::Fault;
use super::rules::Rules;
use super::tree::Tree;

const EXPLAINED: &str = "CONTRIBUTING.md#house-rules";

/// Lines with a forbidden text.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for text in &rules.text {
        let wanted: Vec<String> = text.any.iter().map(|pieces| pieces.concat()).collect();
        for file in tree.files.iter().filter(|file| !text.except.iter().any(|exception| exception.covers(&file.path))) {
            for (line, content) in file.numbered() {
                if let Some(found) = wanted.iter().find(|wanted| content.contains(wanted.as_str())) {
                    let wrong = format!("`{found}` {}", text.rule);
                    faults.push(Fault { path: file.path.clone(), line, wrong, explained: EXPLAINED });
                }
            }
        }
    }
}
