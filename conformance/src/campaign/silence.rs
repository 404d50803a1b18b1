//! Targets that die or hang: notices it, and finds out which sequence it was.

use super::failures::{self, Unwatched};
use super::stage::{Lane, Stage};
use super::{Campaign, Generated};
use crate::checker::finding::{Finding, Oracle};
use crate::runner::Failure;
use crate::runner::round::Look;
use crate::sequence::{Sequence, write};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// From the end of a connection to the end of its process.
const DYING: Duration = Duration::from_millis(500);

/// The targets that died, or did not answer, if that is why a sequence failed; and what became of each.
pub async fn silent(stage: &Stage<'_>, failure: &Failure) -> BTreeMap<String, String> {
    let unanswered = match failure {
        Failure::Differs(finding) => finding.path.ends_with("status") && finding.values.iter().any(|(_, value)| value.as_deref() == Some("0")),
        Failure::Harness(_) => failure.no_answer().is_some(),
    };
    let began = Instant::now();
    loop {
        let subjects = stage.subjects();
        let ended: BTreeMap<String, String> = subjects.iter().filter_map(|subject| Some((subject.name.clone(), stage.ended(&subject.name)?))).collect();
        if !unanswered || !ended.is_empty() {
            return ended;
        }
        if began.elapsed() >= DYING {
            let hangs = failure.no_answer().map(|silence| (silence.target.clone(), silence.to_string()));
            return hangs.into_iter().collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The finding that this is.
pub fn finding(silent: BTreeMap<String, String>, sequence: &Sequence, step: usize) -> Finding {
    let kind = sequence.steps.get(step).map_or("", |step| step.action.kind()).to_owned();
    let text = silent.values().cloned().collect::<Vec<_>>().join("; ");
    Finding {
        oracle: Oracle::Alive,
        step,
        path: "alive".to_owned(),
        alone: silent.keys().cloned().collect(),
        text: format!("step {step} ({kind}): {text}"),
        values: silent.into_iter().map(|(name, fault)| (vec![name], Some(fault))).collect(),
        kind,
    }
}

impl Campaign<'_> {
    /// Starts silent targets anew, and plays the sequences that were under way alone. One that does it again is a failure
    /// like others; if none does, nobody knows why the target died, and that is not passed.
    ///
    /// # Errors
    /// When a target cannot be started anew, or no sequence does it again.
    pub(super) async fn accuse(&self) -> anyhow::Result<()> {
        let suspects = std::mem::take(&mut *self.suspects.lock().expect("no holder panics"));
        if suspects.is_empty() {
            return Ok(());
        }
        let silent = self.silent().await?;
        self.progress.say(&format!("{}; looking among the {} sequences that were under way", silent.join("; "), suspects.len()));
        let mut lane = Lane::default();
        for number in &suspects {
            let Generated { variant, sequence, .. } = self.workload.sequence(*number)?;
            let found = failures::play(self.stage, &mut lane, &sequence, variant, Look::Thrifty, &mut Unwatched).await?;
            if let Some(finding) = found {
                let same = finding.oracle == Oracle::Alive;
                self.failed(&mut lane, *number, finding, Look::Thrifty).await?;
                if same {
                    return Ok(());
                }
            }
        }
        std::fs::create_dir_all(&self.plan.failures).with_context(|| format!("{} cannot be made", self.plan.failures.display()))?;
        for number in &suspects {
            let path = self.plan.failures.join(format!("suspect-{}-{number}.json", self.plan.seed));
            std::fs::write(&path, write::text(&self.workload.sequence(*number)?.sequence)?)?;
        }
        let numbers: Vec<String> = suspects.iter().map(u64::to_string).collect();
        bail!(
            "{} in the middle of the run, and none of the sequences {} (seed {}) does it again alone; they are saved as {}/suspect-*.json, and the logs are in {}",
            silent.join("; "),
            numbers.join(", "),
            self.plan.seed,
            self.plan.failures.display(),
            self.stage.world.folder.display()
        );
    }

    /// What became of targets that do not answer; they run again afterwards.
    async fn silent(&self) -> anyhow::Result<Vec<String>> {
        let mut silent = Vec::new();
        for subject in self.stage.subjects() {
            let ended = self.stage.ended(&subject.name);
            let answers = subject.status("/_health/live").await.is_ok_and(|(status, _)| status == 200);
            if ended.is_none() && answers {
                continue;
            }
            silent.push(ended.unwrap_or_else(|| format!("{} does not answer", subject.name)));
            let last = silent.join("; ");
            self.stage.revive(&subject.name).await.with_context(|| last)?;
        }
        if silent.is_empty() {
            silent.push("a target did not answer a request, and answers again".to_owned());
        }
        Ok(silent)
    }
}
