//! Writes the reference pages under docs/reference/.

mod answers;
mod page;
mod problems;
mod program;
mod settings;
mod storage;

use super::Generated;
use super::contract::Contract;
use page::Page;

/// Every page, and a list of them.
pub fn emit(contract: &Contract) -> Vec<Generated> {
    let pages = [
        answers::operations(contract),
        problems::errors(contract),
        answers::headers(contract),
        problems::limits(contract),
        settings::routing(contract),
        program::command_line(contract),
        program::log(contract),
        storage::redis(contract),
        storage::stores(contract),
        problems::clauses(contract),
    ];
    let index = index(&pages);
    pages.iter().chain([&index]).map(generated).collect()
}

fn index(pages: &[Page]) -> Page {
    let mut index =
        Page::new("README", "Reference", "Facts that all implementations share, by subject. What they mean together is told in [the guide](../guide).");
    index.table(&["page", "what it lists"], pages.iter().map(|page| vec![format!("[{}]({}.md)", page.title, page.name), page.text.clone()]));
    index
}

fn generated(page: &Page) -> Generated {
    Generated { path: format!("docs/reference/{}.md", page.name).into(), text: page.written() }
}
