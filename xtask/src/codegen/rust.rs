//! Writes the facts as a Rust module.

use super::COMMAND;
use super::facts::{Fact, Facts, Group, List};
use std::fmt::Write;

/// The module's whole text.
pub fn emit(facts: &Facts) -> String {
    let mut out = format!(
        "// Generated from contract/ by `{COMMAND}`; do not edit.\n#![allow(dead_code)]\n#![cfg_attr(rustfmt, rustfmt_skip)]\n//! The contract's facts.\n\n"
    );
    writeln!(out, "/// This version of the project.\npub const VERSION: &str = {:?};", facts.version).unwrap();
    writeln!(out, "/// The methods this service knows, in the order of Allow.\npub const METHODS: &[&str] = {};", value(&Fact::Texts(facts.methods.clone())))
        .unwrap();
    for list in &facts.lists {
        if list.record == "problem" { problems(&mut out, list) } else { records(&mut out, list) }
    }
    for each in &facts.groups {
        group(&mut out, each);
    }
    out
}

fn group(out: &mut String, group: &Group) {
    writeln!(out, "\n/// {}\npub mod {} {{", group.text, group.name).unwrap();
    for (name, fact) in &group.values {
        // A constant's references are static anyway.
        let kind = kind(fact).replace("'static ", "");
        writeln!(out, "    pub const {}: {kind} = {};", constant(name), value(fact)).unwrap();
    }
    out.push_str("}\n");
}

fn problems(out: &mut String, list: &List) {
    writeln!(out, "\n/// {}\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum Problem {{", list.text).unwrap();
    for row in &list.rows {
        writeln!(out, "    {},", camel(first(row))).unwrap();
    }
    out.push_str("}\n\nimpl Problem {\n    pub const ALL: &[Problem] = &[");
    out.push_str(&list.rows.iter().map(|row| format!("Problem::{}", camel(first(row)))).collect::<Vec<_>>().join(", "));
    out.push_str(
        "];\n\n    /// What is told about this problem.\n    pub const fn fact(self) -> &'static ProblemFact {\n        &PROBLEMS[self as usize]\n    }\n}\n",
    );
    record(out, list, "ProblemFact", "PROBLEMS");
}

fn records(out: &mut String, list: &List) {
    record(out, list, &format!("{}Fact", camel(list.record)), &constant(list.name));
    if !list.named {
        return;
    }
    writeln!(out, "\n/// {}\npub mod {} {{", list.text, list.name).unwrap();
    for (at, row) in list.rows.iter().enumerate() {
        writeln!(out, "    pub const {}: &super::{}Fact = &super::{}[{at}];", constant(first(row)), camel(list.record), constant(list.name)).unwrap();
    }
    out.push_str("}\n");
}

fn record(out: &mut String, list: &List, name: &str, constant: &str) {
    writeln!(out, "\n/// {}\n#[derive(Debug)]\npub struct {name} {{", list.text).unwrap();
    for (at, field) in list.fields.iter().enumerate() {
        writeln!(out, "    pub {field}: {},", kind(&list.rows[0][at])).unwrap();
    }
    writeln!(out, "}}\n\npub static {constant}: &[{name}] = &[").unwrap();
    for row in &list.rows {
        let fields: Vec<_> = list.fields.iter().zip(row).map(|(field, fact)| format!("{field}: {}", value(fact))).collect();
        writeln!(out, "    {name} {{ {} }},", fields.join(", ")).unwrap();
    }
    out.push_str("];\n");
}

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::Integer(_) => "i64",
        Fact::Text(_) => "&'static str",
        Fact::Texts(_) => "&'static [&'static str]",
        Fact::Integers(_) => "&'static [i64]",
        Fact::MaybeText(_) => "Option<&'static str>",
        Fact::MaybeInteger(_) => "Option<i64>",
        Fact::Boolean(_) => "bool",
        Fact::MaybeProblem(_) => "Option<Problem>",
    }
}

fn value(fact: &Fact) -> String {
    match fact {
        Fact::Integer(number) => number.to_string(),
        Fact::Text(text) => format!("{text:?}"),
        Fact::Texts(texts) => format!("&{texts:?}"),
        Fact::Integers(numbers) => format!("&{numbers:?}"),
        Fact::MaybeText(text) => format!("{text:?}"),
        Fact::MaybeInteger(number) => format!("{number:?}"),
        Fact::Boolean(truth) => truth.to_string(),
        Fact::MaybeProblem(slug) => slug.as_ref().map_or("None".to_owned(), |slug| format!("Some(Problem::{})", camel(slug))),
    }
}

/// The text of a record's first field, which names it.
pub fn first(row: &[Fact]) -> &str {
    match &row[0] {
        Fact::Text(text) => text,
        _ => unreachable!("a record's first field is a text"),
    }
}

/// `body-too-large` as `BODY_TOO_LARGE`.
pub fn constant(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// `body-too-large` as `BodyTooLarge`.
pub fn camel(name: &str) -> String {
    let part = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split(['-', '_']).map(part).collect()
}
