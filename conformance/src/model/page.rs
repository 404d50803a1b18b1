//! One page of a list: what it shows, and where the next one begins (query.md, "Paging").

use super::filter::{Filter, escaped};
use super::query::ListQuery;
use super::record::{Kind, Record};
use crate::canonical;
use crate::generated::contract::limits;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Bound;

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Ids, tags and canonical texts.
    items: Vec<(String, String, String)>,
    pub next: Option<String>,
}

impl Page {
    /// Reads a page from the rows of a collection; none where it depends on how much the store leaves out by itself.
    pub fn of(rows: &BTreeMap<String, Record>, query: &ListQuery) -> Option<Page> {
        let after = query.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let filter = query.filter.as_ref().map(|(_, filter)| filter);
        let mut page = Page::default();
        let (mut examined, mut bytes) = (0, 0);
        for (id, record) in rows.range::<str, _>((after, Bound::Unbounded)) {
            let Kind::Value { etag, body } = &record.kind else { continue };
            let wanted = filter.is_none_or(|filter| serde_json::from_str(body).is_ok_and(|document| filter.matches(&document)));
            if wanted && page.items.len() == query.limit {
                page.next = page.items.last().map(|(id, _, _)| id.clone());
                return Some(page);
            }
            if wanted {
                page.items.push((id.clone(), etag.clone(), body.to_string()));
            }
            examined += 1;
            bytes += body.len() as i64;
            if examined == limits::LIST_EXAMINED_ROWS || bytes >= limits::LIST_EXAMINED_BYTES {
                // What the store's own filter has left out is not examined.
                page.next = Some(id.clone());
                return filter.is_none_or(Filter::pushes_nothing).then_some(page);
            }
        }
        Some(page)
    }

    /// The body of the answer. A document stands in it as its text, untouched.
    pub fn body(&self) -> String {
        let text = |text: &str| canonical::text(&Value::String(text.to_owned()));
        let item = |(id, etag, doc): &(String, String, String)| format!("{{\"doc\":{doc},\"etag\":{},\"id\":{}}}", text(etag), text(id));
        let items: Vec<String> = self.items.iter().map(item).collect();
        format!("{{\"items\":[{}],\"next\":{}}}", items.join(","), canonical::text(&json!(self.next)))
    }
}

/// The value of Link for a page that has a next one; `filter` is canonical.
pub fn link(collection: &str, limit: usize, next: &str, filter: Option<&str>) -> String {
    let filter = filter.map(|filter| format!("&where={}", escaped(filter))).unwrap_or_default();
    format!("</v1/{collection}?limit={limit}&after={next}{filter}>; rel=\"next\"")
}
