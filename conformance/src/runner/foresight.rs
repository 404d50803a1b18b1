//! Asks the model before the targets are compared: one model for all of them, or one for each once they have chosen ids.

use super::round::Side;
use crate::driver::Played;
use crate::driver::answer::Answer;
use crate::model::{Model, Moment, Stored, Verdict, disturb, is_fresh_id};
use crate::sequence::{Action, Key};

/// The models of a sequence.
#[derive(Debug)]
pub struct Foresight {
    models: Vec<Model>,
}

/// What the model says of a step.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    /// The right answer of each side, or one for all; empty where it is not known.
    answers: Vec<Answer>,
    /// Redis commands of the request.
    pub commands: Option<u32>,
    /// Why the model does not know the answer, if there was a request and it does not.
    pub unsure: Option<&'static str>,
}

impl Foreseen {
    /// The right answer of the side of this index.
    pub fn answer(&self, side: usize) -> Option<&Answer> {
        self.answers.get(side).or(self.answers.first())
    }
}

impl Foresight {
    pub fn new(collection: &str) -> Foresight {
        Foresight { models: vec![Model::new(collection)] }
    }

    /// Tells the models what was done, and takes what must have come of it.
    pub fn step(&mut self, action: &Action, sides: &[Side], played: &[Played], at: Moment) -> anyhow::Result<Foreseen> {
        if !action.is_request() && !matches!(action, Action::Raw(_)) {
            self.disturb(action, sides, at)?;
            let unsure = matches!(action, Action::Together(_)).then_some("several requests at once");
            return Ok(Foreseen { unsure, ..Foreseen::default() });
        }
        let sent = |side: usize| played.get(side).and_then(|played| played.sent.first());
        let asked = self.models.iter_mut().enumerate().map(|(side, model)| sent(side).map(|sent| model.answer(sent, at)));
        let verdicts: Vec<Verdict> = asked.map(|verdict| verdict.unwrap_or(Verdict::Unknown("nothing was sent"))).collect();
        Ok(self.foreseen(verdicts, played))
    }

    fn foreseen(&mut self, mut verdicts: Vec<Verdict>, played: &[Played]) -> Foreseen {
        if self.models.len() == 1 && matches!(&verdicts[0], Verdict::Known(expected) if expected.fresh_id) {
            // Each target has chosen an id: from now on each has a model of its own.
            self.models = vec![self.models[0].clone(); played.len()];
            verdicts = vec![verdicts[0].clone(); played.len()];
        }
        let mut foreseen = Foreseen::default();
        for ((model, verdict), played) in self.models.iter_mut().zip(verdicts).zip(played) {
            let expected = match verdict {
                Verdict::Known(expected) => expected,
                Verdict::Unknown(why) => return Foreseen { unsure: Some(why), ..Foreseen::default() },
            };
            foreseen.commands = expected.commands;
            // An id that is none is seen as a difference: what is expected then has the model's own.
            let chosen = played.answers.first().and_then(|answer| answer.yields().id).filter(|id| expected.fresh_id && is_fresh_id(id));
            foreseen.answers.push(match chosen {
                Some(id) => {
                    model.learn(&id);
                    expected.answer_with(&id)
                }
                None => expected.answer,
            });
        }
        foreseen
    }

    fn disturb(&mut self, action: &Action, sides: &[Side], at: Moment) -> anyhow::Result<()> {
        for (model, side) in self.models.iter_mut().zip(sides) {
            let id = key(action).map(|key| side.driver.id(key)).unwrap_or_default();
            let body = disturb::body(action).map(|body| side.driver.body(body)).transpose()?;
            model.disturb(action, &id, body.as_deref(), at);
        }
        Ok(())
    }

    /// The right state of each side, or one for all; none where it is not known.
    pub fn stored(&self, at: Moment) -> Vec<Option<Stored>> {
        self.models.iter().map(|model| model.rows(at)).collect()
    }

    /// Models that do not know the state any more take the one that was found and that all agree on.
    pub fn catch_up(&mut self, sides: &[Side], at: Moment) {
        let adrift = self.models.iter().any(|model| model.adrift().is_some());
        if adrift && self.models.len() == 1 && sides.iter().any(|side| side.now.rows != sides[0].now.rows) {
            self.models = vec![self.models[0].clone(); sides.len()];
        }
        for (model, side) in self.models.iter_mut().zip(sides) {
            if model.adrift().is_some() {
                // Where nothing right can be like that, the model stays adrift.
                let _ = model.adopt(&side.now.rows, at);
            }
        }
    }
}

/// The key that a step past the targets is about.
fn key(action: &Action) -> Option<&Key> {
    match action {
        Action::Expire(key) => Some(key),
        Action::Evict(evict) => Some(&evict.key),
        Action::Plant(plant) => Some(&plant.key),
        _ => None,
    }
}
