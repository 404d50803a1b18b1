//! Writes the facts as an ES module.

use super::COMMAND;
use super::facts::{Fact, Facts, List};
use super::rust::{camel, first};
use serde_json::Value;
use std::fmt::Write;

/// The module's whole text.
pub fn emit(facts: &Facts) -> String {
    let mut out = format!("// Generated from contract/ by `{COMMAND}`; do not edit.\n\n");
    writeln!(out, "/** This version of the project. */\nexport const version = {};", quoted(facts.version)).unwrap();
    writeln!(out, "/** The methods this service knows, in the order of Allow. */\nexport const methods = {};", value(&Fact::Texts(facts.methods.clone())))
        .unwrap();
    for each in &facts.lists {
        list(&mut out, each);
    }
    for group in &facts.groups {
        writeln!(out, "\n/** {} */\nexport const {} = Object.freeze({{", group.text, native(group.name)).unwrap();
        for (name, fact) in &group.values {
            writeln!(out, "  {}: {},", native(name), value(fact)).unwrap();
        }
        out.push_str("});\n");
    }
    out
}

/// A named list is an object by native name, any other an array.
fn list(out: &mut String, list: &List) {
    let (open, close) = if list.named { ("{", "}") } else { ("[", "]") };
    writeln!(out, "\n/** {} */\nexport const {} = Object.freeze({open}", list.text, native(list.name)).unwrap();
    for row in &list.rows {
        let fields: Vec<_> = list.fields.iter().zip(row).map(|(field, fact)| format!("{}: {}", native(field), value(fact))).collect();
        let name = if list.named { format!("{}: ", native(first(row))) } else { String::new() };
        writeln!(out, "  {name}Object.freeze({{ {} }}),", fields.join(", ")).unwrap();
    }
    writeln!(out, "{close});").unwrap();
}

fn value(fact: &Fact) -> String {
    match fact {
        Fact::Integer(number) => number.to_string(),
        Fact::Text(text) => quoted(text),
        Fact::Texts(texts) => format!("Object.freeze([{}])", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        Fact::Integers(numbers) => format!("Object.freeze({numbers:?})"),
        Fact::MaybeText(text) | Fact::MaybeProblem(text) => text.as_ref().map_or("null".to_owned(), |text| quoted(text)),
        Fact::MaybeInteger(number) => number.map_or("null".to_owned(), |number| number.to_string()),
        Fact::Boolean(truth) => truth.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// `body-too-large` as `bodyTooLarge`.
fn native(name: &str) -> String {
    let camel = camel(name);
    camel[..1].to_lowercase() + &camel[1..]
}
