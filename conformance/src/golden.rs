//! Golden transcripts: one snapshot for each case, in which routes with the same transcript share a section.

use crate::routes::Variant;
use crate::sequence::read::Case;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;

const FENCE: &str = "======== ";

/// Sections by label: `off mysql` for a transcript, `off mongodb, as stored` for documents.
pub type Sections = BTreeMap<String, String>;

/// Collects the transcripts of a run and compares them with the snapshots.
#[derive(Debug)]
pub struct Golden {
    /// Routes that are still to come, and sections so far, by case.
    pages: Mutex<HashMap<String, (BTreeSet<Variant>, Sections)>>,
}

impl Golden {
    /// `selected`: what this run plays of each case.
    pub fn new(selected: HashMap<String, BTreeSet<Variant>>) -> Golden {
        Golden { pages: Mutex::new(selected.into_iter().map(|(name, variants)| (name, (variants, Sections::new()))).collect()) }
    }

    /// Takes the sections of one route (none if it failed before); says what is wrong with them.
    /// The last route of a case also writes what insta wants written.
    pub fn settle(&self, case: &Case, variant: Variant, sections: Option<Sections>) -> Option<String> {
        if case.generated() {
            return None;
        }
        let kept = sections_of(&std::fs::read_to_string(path(case)).unwrap_or_default());
        let difference = sections.as_ref().and_then(|sections| differences(&kept, sections));
        let mut pages = self.pages.lock().expect("no holder panics");
        let (waiting, collected) = pages.get_mut(&case.name)?;
        waiting.remove(&variant);
        let failed = sections.is_none();
        collected.extend(sections.unwrap_or_default());
        let complete = waiting.is_empty().then(|| collected.clone());
        drop(pages);
        let outcome = complete.map(|collected| assert(case, &kept, collected));
        match (writes(!kept.is_empty()), outcome) {
            (true, Some(Err(()))) => Some("insta could not write the snapshot".to_owned()),
            (true, _) => None,
            (false, _) if failed => None,
            (false, _) => difference,
        }
    }
}

/// Whether insta has been told to write instead of to compare.
fn writes(exists: bool) -> bool {
    match std::env::var("INSTA_UPDATE").as_deref() {
        Ok("always" | "force") => true,
        Ok("unseen") => !exists,
        _ => false,
    }
}

fn folder(case: &Case) -> PathBuf {
    let group = case.name.split('/').next().unwrap_or_default();
    crate::targets::root().join("conformance/snapshots").join(group)
}

fn file_name(case: &Case) -> &str {
    case.name.rsplit('/').next().unwrap_or_default()
}

fn path(case: &Case) -> PathBuf {
    folder(case).join(format!("{}.snap", file_name(case)))
}

/// What a route's sections say other than the snapshot.
fn differences(kept: &Sections, sections: &Sections) -> Option<String> {
    let mut out = String::new();
    for (label, text) in sections {
        match kept.get(label) {
            None => out.push_str(&format!("no snapshot yet for {label}: read the new one and accept it (cargo insta review)\n")),
            Some(old) if old.trim() != text.trim() => {
                out.push_str(&format!("all targets agree, and the snapshot says otherwise ({label}):\n"));
                let diff = similar::TextDiff::from_lines(old.trim(), text.trim());
                out.push_str(&diff.unified_diff().context_radius(4).header("snapshot", "now").to_string());
            }
            Some(_) => {}
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Lets insta compare the whole page, and write it or leave it for review as it was told.
fn assert(case: &Case, kept: &Sections, collected: Sections) -> Result<(), ()> {
    let mut sections: Sections = kept.iter().filter(|(label, _)| belongs(case, label)).map(|(label, text)| (label.clone(), text.clone())).collect();
    sections.extend(collected);
    if sections.is_empty() {
        return Ok(());
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(folder(case));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(case.sequence.why.clone());
    let text = page(&sections);
    catch_unwind(AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(file_name(case), text)))).map_err(|_| ())
}

/// A section whose route the case no longer names goes with the next review.
fn belongs(case: &Case, label: &str) -> bool {
    let named = |variant: &Variant| label.starts_with(&self::label(*variant));
    variants(case).iter().any(named)
}

/// The routes of a case.
pub fn variants(case: &Case) -> Vec<Variant> {
    let sequence = &case.sequence;
    sequence.modes.iter().flat_map(|mode| sequence.stores.iter().map(|store| Variant { mode: *mode, store: *store })).collect()
}

/// How a route is named in snapshots.
pub fn label(variant: Variant) -> String {
    format!("{} {}", variant.mode_name(), variant.store_name())
}

/// The text of a snapshot: each section once, under all its labels.
fn page(sections: &Sections) -> String {
    let mut groups: Vec<(Vec<&str>, &str)> = Vec::new();
    for (label, text) in sections {
        match groups.iter_mut().find(|(_, held)| held == text) {
            Some((labels, _)) => labels.push(label),
            None => groups.push((vec![label], text)),
        }
    }
    groups.sort_by_key(|(labels, _)| labels.iter().any(|label| label.contains(',')));
    groups.iter().map(|(labels, text)| format!("{FENCE}{}\n\n{}\n\n", labels.join(" | "), text.trim())).collect()
}

/// The sections of a snapshot file.
fn sections_of(file: &str) -> Sections {
    let mut sections = Sections::new();
    for block in file.split(&format!("\n{FENCE}")).skip(1) {
        let (labels, text) = block.split_once('\n').unwrap_or((block, ""));
        for label in labels.split(" | ") {
            sections.insert(label.trim().to_owned(), text.trim().to_owned());
        }
    }
    sections
}
