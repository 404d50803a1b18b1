//! Writes the facts as a Ruby module.

use super::COMMAND;
use super::facts::{Fact, Facts, List};
use super::rust::{camel, first};
use std::fmt::Write;

/// The module's whole text.
pub fn emit(facts: &Facts) -> String {
    let mut out = format!(
        "# Generated from contract/ by `{COMMAND}`; do not edit.\n# frozen_string_literal: true\n\nmodule Docproxy\n  # The contract's facts.\n  module Contract\n"
    );
    writeln!(out, "    # This version of the project.\n    VERSION = {}", quoted(facts.version)).unwrap();
    writeln!(out, "    # The methods this service knows, in the order of Allow.\n    METHODS = {}", value(&Fact::Texts(facts.methods.clone()))).unwrap();
    for each in &facts.lists {
        list(&mut out, each);
    }
    for group in &facts.groups {
        writeln!(out, "\n    # {}\n    module {}", group.text, camel(group.name)).unwrap();
        for (name, fact) in &group.values {
            writeln!(out, "      {} = {}", constant(name), value(fact)).unwrap();
        }
        out.push_str("    end\n");
    }
    out.push_str("  end\nend\n");
    out
}

/// A named list is a module of constants with ALL, any other a constant array.
fn list(out: &mut String, list: &List) {
    let record = camel(list.record);
    let fields: Vec<_> = list.fields.iter().map(|field| format!(":{field}")).collect();
    writeln!(out, "\n    # {}\n    {record} = Struct.new({})", list.text, fields.join(", ")).unwrap();
    let row = |row: &Vec<Fact>| format!("{record}.new({}).freeze", row.iter().map(value).collect::<Vec<_>>().join(", "));
    if !list.named {
        writeln!(out, "    {} = [", constant(list.name)).unwrap();
        for each in &list.rows {
            writeln!(out, "      {},", row(each)).unwrap();
        }
        out.push_str("    ].freeze\n");
        return;
    }
    writeln!(out, "\n    # {}\n    module {}", list.text, camel(list.name)).unwrap();
    for each in &list.rows {
        writeln!(out, "      {} = {}", constant(first(each)), row(each)).unwrap();
    }
    let names: Vec<_> = list.rows.iter().map(|row| constant(first(row))).collect();
    writeln!(out, "      ALL = [{}].freeze\n    end", names.join(", ")).unwrap();
}

fn value(fact: &Fact) -> String {
    match fact {
        Fact::Integer(number) => number.to_string(),
        Fact::Text(text) => quoted(text),
        Fact::Texts(texts) => format!("[{}].freeze", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        Fact::Integers(numbers) => format!("{numbers:?}.freeze"),
        Fact::MaybeText(text) | Fact::MaybeProblem(text) => text.as_ref().map_or("nil".to_owned(), |text| quoted(text)),
        Fact::MaybeInteger(number) => number.map_or("nil".to_owned(), |number| number.to_string()),
        Fact::Boolean(truth) => truth.to_string(),
    }
}

/// BEGIN and END are keywords of Ruby, and cannot name a constant.
fn constant(name: &str) -> String {
    let constant = super::rust::constant(name);
    if matches!(constant.as_str(), "BEGIN" | "END") { constant + "_" } else { constant }
}

/// A double-quoted literal; # is escaped because Ruby would interpolate.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '"' | '\\' | '#' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out + "\""
}
