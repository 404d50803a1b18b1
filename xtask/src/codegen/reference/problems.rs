//! The pages of errors, limits and clauses.

use super::page::{Page, code};
use crate::codegen::contract::{Clause, Contract, Error};

/// Every problem a client can be told.
pub fn errors(contract: &Contract) -> Page {
    let text = "Every problem a client can be told, in the order of the checks. The answer is `application/problem+json` (RFC 9457); `detail` is always the same sentence.";
    let mut page = Page::new("errors", "Errors", text);
    let operations = |error: &Error| {
        let takes = contract.operations.iter().filter(|operation| operation.outcomes.iter().any(|outcome| outcome.problem.as_ref() == Some(&error.slug)));
        takes.map(|operation| operation.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let row = |error: &Error| {
        let retry = error.retry_after_s.map_or(String::new(), |seconds| seconds.to_string());
        vec![error.status.to_string(), code(&error.slug), error.detail.clone(), retry, operations(error)]
    };
    page.table(&["status", "slug", "detail", "Retry-After (s)", "operations"], contract.errors.iter().map(row));
    page.paragraph("`type` is `urn:docproxy:` and the slug, `title` the slug in words. One answer in full:");
    if let Some(example) = contract.errors.iter().find(|error| error.status == 404) {
        page.verbatim("json", &example.body());
    }
    page
}

/// The numbers that more than one place must agree on.
pub fn limits(contract: &Contract) -> Page {
    let mut page = Page::new(
        "limits",
        "Limits",
        "Numbers that more than one place must agree on. Each name ends in the unit; times are never a matter of taste of one implementation.",
    );
    let row = |(name, limit): (&String, &toml::Value)| vec![code(name), limit["value"].to_string(), limit["text"].as_str().unwrap_or_default().to_owned()];
    page.table(&["limit", "value", "what for"], contract.limits.iter().map(row));
    page
}

/// What the contract promises, sentence by sentence.
pub fn clauses(contract: &Contract) -> Page {
    let text = "The contract in sentences that a test can show. A case of the suite names those that it shows, and the suite reports which are covered.";
    let mut page = Page::new("clauses", "Clauses", text);
    let row = |clause: &Clause| vec![code(&clause.id), clause.level.clone(), clause.text.clone(), clause.source.clone()];
    page.table(&["clause", "level", "what holds", "source"], contract.clauses.iter().map(row));
    page
}
