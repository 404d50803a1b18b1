//! The pages of operations with their outcomes, and of headers by answer.

use super::page::{Page, code, named, value};
use crate::codegen::contract::{Answer, Contract, Operation, Outcome};
use crate::codegen::path_of;

/// Operations and every outcome of each.
pub fn operations(contract: &Contract) -> Page {
    let text = "What can be asked for, and everything that can come of it. `any` holds what is decided before an operation is known.";
    let mut page = Page::new("operations", "Operations", text);
    let row = |operation: &Operation| {
        let path = operation.path.clone().unwrap_or_else(|| path_of(&operation.resource).to_owned());
        vec![code(&operation.name), operation.methods.join(" "), code(path), operation.body.as_ref().map_or(String::new(), code), operation.text.clone()]
    };
    page.table(&["operation", "methods", "path", "body", "what it does"], contract.operations.iter().filter(|operation| operation.name != "any").map(row));
    for operation in &contract.operations {
        page.heading(&format!("Outcomes of {}", operation.name));
        let row = |outcome: &Outcome| {
            let problem = outcome.problem.as_ref().map_or(String::new(), |slug| format!("[`{slug}`](errors.md)"));
            vec![outcome.status.to_string(), problem, outcome.needs.clone().unwrap_or_default()]
        };
        page.table(&["status", "problem", "only with"], operation.outcomes.iter().map(row));
    }
    page
}

/// Which header stands on which answer.
pub fn headers(contract: &Contract) -> Page {
    let text = "Which answer carries which header. Yes means always, an empty cell never, anything else its value or when. `Date` and `Connection` are the server's own.";
    let mut page = Page::new("headers", "Headers", text);
    let mut names: Vec<&String> = Vec::new();
    for name in contract.headers.answer.iter().flat_map(|answer| answer.headers.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let cell = |answer: &Answer, name: &str| match answer.headers.get(name).and_then(toml::Value::as_str) {
        None => String::new(),
        Some("Y") => "yes".to_owned(),
        Some(text) => text.strip_prefix("? ").map_or_else(|| code(text), str::to_owned),
    };
    let columns: Vec<&str> = std::iter::once("answer").chain(names.iter().map(|name| name.as_str())).collect();
    page.table(
        &columns,
        contract.headers.answer.iter().map(|answer| std::iter::once(answer.text.clone()).chain(names.iter().map(|name| cell(answer, name))).collect()),
    );
    page.heading("Values");
    let values = |title: &str, table: &toml::Table| {
        let listed = table.values().map(value).collect::<Vec<_>>().join(" · ");
        vec![title.to_owned(), listed]
    };
    let headers = &contract.headers;
    page.table(
        &["header", "values"],
        [
            values("`Content-Type`", &headers.media),
            values("`Cache-Control`", &headers.cache_control),
            values("`Cache-Status` (RFC 9211)", &headers.cache_status),
            values("`Write-Status`", &headers.write_status),
            vec!["`Allow`, in this order".to_owned(), headers.methods.iter().map(code).collect::<Vec<_>>().join(" ")],
        ],
    );
    page.heading("Names");
    page.paragraph("Headers that are sent or looked at, as they are written; case is ignored when they are read.");
    page.table(&["name here", "header"], named(&toml::Value::Table(headers.names.clone())));
    page
}
