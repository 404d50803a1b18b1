//! The pages of the command line and of the log.

use super::page::{Page, code, named, value};
use crate::codegen::contract::Contract;

/// Arguments, exit codes and lines on the terminal.
pub fn command_line(contract: &Contract) -> Page {
    let messages = &contract.messages;
    let mut page = Page::new("command-line", "Command line", "The arguments, exit codes and lines on the terminal, the same for every implementation.");
    page.verbatim("", messages["help"]["text"].as_str().unwrap_or_default());
    page.heading("Exit codes");
    page.table(&["name", "code"], named(&messages["exit"]));
    page.heading("Lines");
    page.paragraph("`checked` goes to stdout, the others to stderr; names in braces are filled in.");
    page.table(&["name", "line"], named(&messages["line"]));
    page.heading("What is wrong with the arguments");
    page.paragraph("The `{what}` of a usage line; the first fault counts.");
    page.table(&["name", "text"], named(&messages["usage"]));
    page
}

/// Log lines, readiness reasons, counters.
pub fn log(contract: &Contract) -> Page {
    let log = &contract.log;
    let text = "One JSON object a line on stdout, members in canonical order; and the words that health and stats use.";
    let mut page = Page::new("log", "Log, health and stats", text);
    page.heading("Events");
    page.table(&["event", "members"], log["event"].as_table().into_iter().flatten().map(|(name, members)| vec![code(name), value(members)]));
    page.paragraph("`target` of a request comes without the values of `where`; a member that does not apply is null.");
    page.heading("Dependencies");
    page.table(&["name here", "in the log"], named(&log["dependency"]));
    page.heading("Why a proxy is not ready");
    page.table(&["name here", "in the answer of /_health/ready"], named(&log["reason"]));
    page.heading("Counters of /_stats");
    page.table(&["name here", "members"], named(&log["stats"]));
    page
}
