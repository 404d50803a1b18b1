//! What the model says about a request.

use crate::driver::answer::Answer;
use crate::generated::contract::Problem;

/// What must come of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Exactly this.
    Known(Box<Expected>),
    /// The model does not say, and why. `Model::adrift` tells whether it still knows the state.
    Unknown(&'static str),
}

/// The one right answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Status, every compared header, body. Where an id is due that the target chooses, it is `FRESH_ID`.
    pub answer: Answer,
    /// Redis commands that the request sends (protocol.md §6); none where that depends on timing or is nobody's promise.
    pub commands: Option<u32>,
    /// Whether the answer names an id that the target chooses: any UUID of version 4.
    pub fresh_id: bool,
}

/// Stands for an id that the target chooses.
pub const FRESH_ID: &str = "00000000-0000-4000-8000-000000000000";

impl Expected {
    pub(super) fn new(answer: Answer, commands: Option<u32>) -> Expected {
        Expected { answer, commands, fresh_id: false }
    }

    /// The answer with the id that the target chose; then call `Model::learn` with it.
    pub fn answer_with(&self, id: &str) -> Answer {
        let mut answer = self.answer.clone();
        answer.body = String::from_utf8_lossy(&answer.body).replace(FRESH_ID, id).into_bytes();
        for (_, value) in &mut answer.headers {
            *value = value.replace(FRESH_ID, id);
        }
        answer
    }
}

/// Whether a target may choose this id for a document: a UUID of version 4 in lower case (RFC 9562 §5.4).
pub fn is_fresh_id(id: &str) -> bool {
    id.len() == FRESH_ID.len()
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => b"89ab".contains(&byte),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Why a check ends a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    Refused(Problem),
    /// The same after as long as a lease may take.
    Late(Problem),
    /// The model does not say, and the state is not known any more.
    Unknown(&'static str),
    /// The model does not say, and nothing changes.
    Silent(&'static str),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Refused(problem)
    }
}
