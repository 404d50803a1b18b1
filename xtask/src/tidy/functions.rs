//! How long a function may be, measured by indentation: it ends where a line closes it as far left as it began.

use super::Fault;
use super::rules::Rules;
use super::sizes::EXPLAINED;
use super::tree::{File, Language, Tree};
use regex::Regex;
use std::sync::LazyLock;

/// How a function begins, by language: indentation, then its name.
static BEGINS: LazyLock<[(Language, Regex); 4]> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(text).expect("the pattern is constant");
    [
        (Language::Rust, pattern(r#"^(\s*)(?:pub(?:\([a-z: ]+\))? )?(?:default |const |async |unsafe |extern "C" )*fn (\w+)"#)),
        (Language::Go, pattern(r"^()func (?:\([^)]*\) )?(\w+)")),
        (Language::Ruby, pattern(r"^(\s*)(?:private |private_class_method |module_function |protected )?def ([\w.?!=<>+\[\]]+)")),
        // Functions, methods, and arrow functions with a name.
        (
            Language::JavaScript,
            pattern(
                r"^(\s*)(?:export )?(?:default )?(?:(?:async )?function\*? ?(\w+)|(?:const|let) (\w+) = (?:async )?(?:\([^)]*\)|\w+) => \{$|(?:static |async |get |set |\*)*(#?\w+)\([^()]*(?:\([^()]*\)[^()]*)*\) \{$)",
            ),
        ),
    ]
});

/// What looks like a method in JavaScript, and is none.
const KEYWORDS: [&str; 7] = ["if", "for", "while", "switch", "catch", "with", "function"];

/// Functions over the limit.
pub fn check(tree: &Tree, rules: &Rules, faults: &mut Vec<Fault>) {
    for file in tree.sources().filter(|file| !file.generated()) {
        for (line, name, length) in functions(file) {
            if length > rules.sizes.function_lines {
                let wrong = format!("{name} has {length} lines; {} at most, so split it", rules.sizes.function_lines);
                faults.push(Fault { path: file.path.clone(), line, wrong, explained: EXPLAINED });
            }
        }
    }
}

/// Each function's first line, name and length.
fn functions(file: &File) -> Vec<(usize, String, usize)> {
    let language = file.language().expect("sources have a language");
    let begins = &BEGINS.iter().find(|(each, _)| *each == language).expect("every language has a pattern").1;
    let lines: Vec<&str> = file.text.lines().collect();
    let mut functions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(found) = begins.captures(line) else { continue };
        let name = found.iter().skip(2).flatten().next().map_or("", |name| name.as_str());
        if KEYWORDS.contains(&name) {
            continue;
        }
        if let Some(length) = length(language, &lines[at..], &found[1]) {
            functions.push((at + 1, name.to_owned(), length));
        }
    }
    functions
}

/// The lines from the first to the closing one; None for a declaration without a body.
fn length(language: Language, lines: &[&str], indentation: &str) -> Option<usize> {
    let closing = if language == Language::Ruby { "end" } else { "}" };
    if language == Language::Ruby {
        // `def name(...) = value` and `def name; ...; end` end where they begin.
        let first = lines[0].trim_end();
        if first.contains(") = ") || first.ends_with(" end") {
            return Some(1);
        }
    } else {
        let head = lines.iter().position(|line| line.trim_end().ends_with(['{', '}', ';', ',']) && !line.trim_end().ends_with(','))?;
        if !lines[head].trim_end().ends_with('{') {
            return lines[head].trim_end().ends_with('}').then_some(head + 1);
        }
    }
    let ends = |line: &str| line.strip_prefix(indentation).is_some_and(|rest| rest.starts_with(closing));
    lines.iter().skip(1).position(|line| ends(line)).map(|at| at + 2)
}
