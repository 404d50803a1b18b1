//! Finds out which sequence it was that ended a target, or made it hang.

use super::failures::{self, Unwatched};
use super::stage::{Lane, Look};
use super::{Campaign, Generated};
use crate::checker::finding::Oracle;
use crate::sequence::write;
use anyhow::{Context, bail};

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
        for subject in &self.stage.world.subjects {
            let ended = self.stage.world.ended(&subject.name);
            let answers = subject.status("/_health/live").await.is_ok_and(|(status, _)| status == 200);
            if ended.is_none() && answers {
                continue;
            }
            silent.push(ended.unwrap_or_else(|| format!("{} does not answer", subject.name)));
            let last = silent.join("; ");
            self.stage.world.revive(&subject.name).await.with_context(|| last)?;
        }
        if silent.is_empty() {
            silent.push("a target did not answer a request, and answers again".to_owned());
        }
        Ok(silent)
    }
}
