//! What becomes of a failure: it is made small, saved as a case, shown, and written down.

use super::beside::Beside;
use super::record::{self, Failure as Line, Origin, Route, Verdict};
use super::silence;
use super::stage::{Lane, Stage, Watch};
use crate::checker::finding::{Finding, Oracle};
use crate::routes::Variant;
use crate::runner::Failure;
use crate::runner::round::{Look, Round};
use crate::sequence::{Sequence, write};
use crate::shrink::{Budget, Shrunk, shrink};
use crate::targets::root;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an answer may take while a failure is made small of which it is known that there is none.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// Where a failure came from, and where it goes to.
#[derive(Clone, Debug)]
pub struct Fate {
    pub origin: Origin,
    pub variant: Variant,
    /// The folder that cases are saved in.
    pub folder: PathBuf,
    /// Further arguments of the command that plays it again.
    pub again: String,
    pub budget: Budget,
}

/// Nobody looks.
pub struct Unwatched;

impl Watch for Unwatched {
    fn step(&mut self, _: &Round, _: usize, _: bool) {}
}

/// Plays a sequence for its finding. A target that dies or hangs is a finding here, and is started anew.
///
/// # Errors
/// What the suite could not do.
pub async fn play(
    stage: &Stage<'_>,
    lane: &mut Lane,
    sequence: &Sequence,
    variant: Variant,
    look: Look,
    watch: &mut dyn Watch,
) -> anyhow::Result<Option<Finding>> {
    let mut at = At { step: 0, inner: watch };
    let Err(failure) = stage.play(lane, sequence, variant, look, None, &mut at).await else { return Ok(None) };
    let silent = silence::silent(stage, &failure).await;
    if !silent.is_empty() {
        for target in silent.keys() {
            stage.revive(target).await?;
        }
        return Ok(Some(silence::finding(silent, sequence, at.step)));
    }
    match failure {
        Failure::Differs(finding) => Ok(Some(*finding)),
        Failure::Harness(error) => Err(error),
    }
}

/// Remembers the last step.
struct At<'a> {
    step: usize,
    inner: &'a mut dyn Watch,
}

impl Watch for At<'_> {
    fn step(&mut self, round: &Round, index: usize, failed: bool) {
        self.step = index;
        self.inner.step(round, index, failed);
    }
}

/// Makes a failure small, saves it, and says all about it.
///
/// # Errors
/// What the suite could not do.
pub async fn settle(stage: &Stage<'_>, lane: &mut Lane, sequence: &Sequence, finding: Finding, look: Look, fate: &Fate) -> anyhow::Result<Line> {
    let (finding, look) = closer(stage, lane, sequence, finding, look, fate.variant).await?;
    if finding.oracle == Oracle::Alive {
        // Many plays would else wait as long as the first one.
        lane.patience = Some(SHORT_PATIENCE);
    }
    let playing = async |sequence: &Sequence| play(stage, lane, sequence, fate.variant, look, &mut Unwatched).await;
    let Shrunk { mut sequence, finding, report } = shrink(sequence, finding, fate.budget, playing).await?;
    let mut beside = Beside::default();
    play(stage, lane, &sequence, fate.variant, look, &mut beside).await?;
    lane.patience = None;
    sequence.why = why(&finding, &fate.origin);
    let path = save(&fate.folder, &sequence, &finding)?;
    let file = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
    Ok(Line {
        replay: Some(format!("cargo run -p conformance -- replay {file}{}", fate.again)),
        file: Some(file),
        sequence: serde_json::to_value(&sequence)?,
        side_by_side: beside.text,
        curl: beside.script.text(),
        shrink: Some(report),
        ..line(stage, &sequence, finding, fate)?
    })
}

/// Looks at everything after each step, so that a fault is seen where it is made; a sequence that is made small for a fault
/// that shows later keeps the step at which it shows.
///
/// # Errors
/// What the suite could not do.
pub async fn closer(
    stage: &Stage<'_>,
    lane: &mut Lane,
    sequence: &Sequence,
    finding: Finding,
    look: Look,
    variant: Variant,
) -> anyhow::Result<(Finding, Look)> {
    if look != Look::Thrifty || finding.oracle == Oracle::Alive {
        return Ok((finding, look));
    }
    let closer = play(stage, lane, sequence, variant, Look::Known, &mut Unwatched).await?;
    Ok(closer.map_or((finding, look), |closer| (closer, Look::Known)))
}

/// A failure that is only counted, since one of its class was made small already.
///
/// # Errors
/// When the sequence cannot be written as JSON.
pub fn line(stage: &Stage<'_>, sequence: &Sequence, finding: Finding, fate: &Fate) -> anyhow::Result<Line> {
    line_of(&names(stage), sequence, finding, fate)
}

fn names(stage: &Stage<'_>) -> Vec<String> {
    stage.subjects().into_iter().map(|subject| subject.name.clone()).collect()
}

/// The same among targets of these names.
///
/// # Errors
/// When the sequence cannot be written as JSON.
pub fn line_of(targets: &[String], sequence: &Sequence, finding: Finding, fate: &Fate) -> anyhow::Result<Line> {
    Ok(Line {
        number: 0,
        of: fate.origin.clone(),
        route: Some(Route { mode: fate.variant.mode, store: fate.variant.store, profile: sequence.profile }),
        targets: verdicts(targets, &finding),
        finding,
        alike: false,
        known: None,
        shrink: None,
        file: None,
        replay: None,
        sequence: serde_json::to_value(sequence)?,
        side_by_side: String::new(),
        curl: String::new(),
    })
}

/// The line of a failure that may stand.
pub fn known(line: Line, why: String) -> Line {
    let of = |verdict| if verdict == Verdict::Failed { Verdict::Known } else { verdict };
    let targets = line.targets.into_iter().map(|(name, verdict)| (name, of(verdict))).collect();
    Line { known: Some(why), targets, ..line }
}

/// All have failed if nobody stands alone.
pub fn verdicts(targets: &[String], finding: &Finding) -> BTreeMap<String, Verdict> {
    let wrong = |name: &String| finding.alone.is_empty() || finding.alone.contains(name);
    targets.iter().map(|name| (name.clone(), if wrong(name) { Verdict::Failed } else { Verdict::Passed })).collect()
}

fn why(finding: &Finding, origin: &Origin) -> String {
    let from = match origin {
        Origin::Sequence { seed, number } => format!("sequence {number} of seed {seed}"),
        Origin::Case(name) => name.clone(),
    };
    format!("Found by {from}: {}.", finding.class())
}

/// Saves a case under a name that says its class; a number tells apart those of one class.
fn save(folder: &Path, sequence: &Sequence, finding: &Finding) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let words = format!("{} {} {}", finding.kind, finding.path, finding.alone.join(" ")).to_lowercase();
    let words: Vec<&str> = words.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(8).collect();
    let name = words.join("-");
    let free = (1..).map(|number| folder.join(if number == 1 { format!("{name}.json") } else { format!("{name}-{number}.json") })).find(|path| !path.exists());
    let path = free.context("no free name")?;
    std::fs::write(&path, write::text(sequence)?).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

/// A failure for people.
pub fn told(failure: &Line) -> String {
    let word = if failure.known.is_some() { "KNOWN DIVERGENCE" } else { "FAILURE" };
    let mut text = format!("\n{word} {}: {}\n{}\n", failure.number, failure.finding.class(), failure.finding.text);
    if let Some(known) = &failure.known {
        text.push_str(&format!("{known}\n"));
    }
    if let Some(record::Shrink { from, to, confirmed, executions, ms, exhausted }) = &failure.shrink {
        let end = if *exhausted { ", the budget is used up" } else { "" };
        text.push_str(&format!("{from} steps made {to} in {executions} plays and {:.1} s{end}; failed again in {confirmed} of 3\n", *ms as f64 / 1000.0));
    }
    text.push_str(&format!("\n{}", failure.side_by_side));
    if !failure.curl.is_empty() {
        text.push_str(&format!("The same requests by hand:\n\n{}\n", failure.curl));
    }
    if let (Some(file), Some(replay)) = (&failure.file, &failure.replay) {
        text.push_str(&format!("saved as {file}; play it again with:\n  {replay}\n"));
    }
    text
}
