//! Holds the list of known divergences to what a run has shown.

use crate::campaign::failures::{self, Unwatched};
use crate::campaign::record::Fleet;
use crate::campaign::stage::{Lane, Stage};
use crate::divergences::judge::Run;
use crate::divergences::{List, SEQUENCES};
use crate::routes::Variant;
use crate::runner::round::Look;
use crate::sequence::{Mode, StoreKind, read};
use crate::targets::root;
use anyhow::Context;

/// Plays the example of each entry for sequences that no sequence has met, since that may be luck; then says what is wrong with the list.
///
/// # Errors
/// What the suite could not do.
pub async fn judge(stage: &Stage<'_>, known: &List, fleet: Fleet, all: usize, modes: &[Mode], stores: &[StoreKind]) -> anyhow::Result<Vec<String>> {
    let targets: Vec<String> = stage.subjects().iter().map(|subject| subject.name.clone()).collect();
    let unmatched = known.unmatched();
    // In a fleet it depends on whose turn it is whether an example shows anything.
    for index in known.in_scope(Run { targets: &targets, all, model: stage.model }).into_iter().filter(|_| fleet == Fleet::Separate) {
        let entry = &known.entries[index];
        let Some(example) = entry.example.as_ref().filter(|_| unmatched.contains(&index)) else { continue };
        let path = root().join(example);
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let sequence = read::parse(&text).with_context(|| path.display().to_string())?;
        for mode in sequence.modes.iter().filter(|mode| modes.contains(mode)) {
            for store in sequence.stores.iter().filter(|store| stores.contains(store)) {
                let variant = Variant { mode: *mode, store: *store };
                let found = failures::play(stage, &mut Lane::default(), &sequence, variant, Look::Known, &mut Unwatched).await?;
                found.inspect(|finding| drop(known.covers(finding, SEQUENCES)));
                known.reach(index);
            }
        }
    }
    Ok(known.complaints())
}
