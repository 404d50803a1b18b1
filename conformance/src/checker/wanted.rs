//! Holds answers to what the step's author knew beforehand.

use crate::driver::Driver;
use crate::driver::answer::{Answer, readable};
use crate::generated::contract::{cache_status, names};
use crate::sequence::wanted::Cache;
use crate::sequence::{Mode, Wanted};
use serde_json::Value;

/// What is wrong with an answer by the step's `cache`, `sees`, `ids` and `carries`.
pub fn fault(driver: &Driver, wanted: &Wanted, answer: &Answer) -> anyhow::Result<Option<String>> {
    if let Some(cache) = wanted.cache {
        let expected = if driver.scope.variant.mode == Mode::Off { cache_status::BYPASS } else { value(cache) };
        if let Some(fault) = header(answer, names::CACHE_STATUS, Some(expected)) {
            return Ok(Some(fault));
        }
    }
    for (name, expected) in wanted.carries.iter().flatten() {
        let expected = expected.as_ref().map(|text| driver.text(text)).transpose()?;
        if let Some(fault) = header(answer, name, expected.as_deref()) {
            return Ok(Some(fault));
        }
    }
    if let Some(body) = &wanted.sees {
        let expected = driver.body(body)?;
        if answer.body != expected {
            let (expected, found) = (readable(&expected), readable(&answer.body));
            return Ok(Some(format!("expected the body {}, found {}", crate::transcript::short(&expected), crate::transcript::short(&found))));
        }
    }
    Ok(wanted.ids.as_ref().and_then(|ids| listed(ids, answer)))
}

fn header(answer: &Answer, name: &str, expected: Option<&str>) -> Option<String> {
    let found = answer.header(name);
    (found != expected).then(|| format!("expected {name}: {}, found {}", expected.unwrap_or("none"), found.unwrap_or("none")))
}

fn listed(ids: &[String], answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let items = body["items"].as_array().cloned().unwrap_or_default();
    let found: Vec<&str> = items.iter().filter_map(|item| item["id"].as_str()).collect();
    (found != ids).then(|| format!("expected the ids {}, found {}", ids.join(" "), found.join(" ")))
}

/// The value that a name of `contract/headers.toml` stands for.
fn value(cache: Cache) -> &'static str {
    match cache {
        Cache::Hit => cache_status::HIT,
        Cache::Pending => cache_status::PENDING,
        Cache::Stored => cache_status::STORED,
        Cache::Miss => cache_status::MISS,
        Cache::Collapsed => cache_status::COLLAPSED,
        Cache::Bypass => cache_status::BYPASS,
        Cache::CacheDown => cache_status::CACHE_DOWN,
        Cache::Request => cache_status::REQUEST,
    }
}
