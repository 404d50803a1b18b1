//! The report as a static site that needs no script, no server, no other file than its own.

pub mod failure;
pub mod index;

use super::Report;
use super::contract::Contract;
use super::groups::groups;
use askama::Template;

/// A file of the site, by its name in the site's folder.
#[derive(Clone, Debug)]
pub struct Page {
    pub name: String,
    pub text: String,
}

/// All files: the index, a page for each difference, its case with its script beside it.
///
/// # Errors
/// None that are known; the template library may have some.
pub fn pages(report: &Report, contract: &Contract) -> anyhow::Result<Vec<Page>> {
    let groups = groups(report);
    let mut pages = vec![Page { name: "index.html".to_owned(), text: index::Index::new(report, contract, &groups).render()? }];
    for (at, group) in groups.iter().enumerate() {
        let around = failure::Around { before: at.checked_sub(1).map(|at| groups[at].page()), after: groups.get(at + 1).map(|next| next.page()) };
        pages.push(Page { name: group.page(), text: failure::FailurePage::new(report, group, around).render()? });
        let number = group.shown.number;
        if !group.shown.sequence.is_null() {
            pages.push(Page { name: format!("failure-{number}.json"), text: format!("{:#}\n", group.shown.sequence) });
        }
        if !group.shown.curl.is_empty() {
            pages.push(Page { name: format!("failure-{number}.sh"), text: group.shown.curl.clone() });
        }
    }
    Ok(pages)
}
