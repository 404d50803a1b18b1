//! Just enough of MongoDB's wire protocol to recognise a write, and to answer it with an error.

use mongodb::bson::{Document, doc, serialize_to_vec};
use std::collections::HashMap;
use tokio::io::{AsyncRead, AsyncReadExt};

const OP_MSG: i32 = 2013;
const LARGEST: usize = 64 * 1024 * 1024;

/// An error number that is answered to writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: i32,
    /// Only to those that have this in them.
    pub holding: Option<String>,
}

impl Refusal {
    fn is_of(&self, message: &[u8]) -> bool {
        let has = |part: &String| !part.is_empty() && message.windows(part.len()).any(|window| window == part.as_bytes());
        self.holding.as_ref().is_none_or(has)
    }
}

/// What happens to a message.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    Pass,
    /// It is not delivered, and nothing is answered.
    Swallow,
    /// It is not delivered; this is the answer.
    Answer(Vec<u8>),
}

/// The next whole message, header included.
pub async fn next(from: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await.ok()?;
    let total = usize::try_from(i32::from_le_bytes(length)).ok().filter(|total| (16..=LARGEST).contains(total))?;
    let mut message = vec![0; total];
    message[..4].copy_from_slice(&length);
    from.read_exact(&mut message[4..]).await.ok()?;
    Some(message)
}

/// Decides about one message of a client.
pub fn judge(message: &[u8], unanswered_writes: bool, refusals: &HashMap<String, Refusal>) -> Verdict {
    let Some((command, collection)) = command(message) else { return Verdict::Pass };
    if !matches!(command.as_str(), "insert" | "update" | "findAndModify" | "delete") {
        return Verdict::Pass;
    }
    if unanswered_writes {
        return Verdict::Swallow;
    }
    match refusals.get(&collection) {
        Some(refusal) if refusal.is_of(message) => Verdict::Answer(answer(message, refusal.code)),
        _ => Verdict::Pass,
    }
}

/// Name and value of the first element of a message's command document.
fn command(message: &[u8]) -> Option<(String, String)> {
    if number(message, 12)? != OP_MSG {
        return None;
    }
    let mut at = 20;
    while *message.get(at)? == 1 {
        at += 1 + usize::try_from(number(message, at + 1)?).ok()?;
    }
    let element = message.get(at + 5..)?;
    let (2, rest) = element.split_first()? else { return None };
    let name_end = rest.iter().position(|byte| *byte == 0)?;
    let value = rest.get(name_end + 5..)?;
    let value_end = value.iter().position(|byte| *byte == 0)?;
    Some((String::from_utf8(rest[..name_end].to_vec()).ok()?, String::from_utf8(value[..value_end].to_vec()).ok()?))
}

fn number(message: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(message.get(at..at + 4)?.try_into().ok()?))
}

/// Errors about a document come per write, errors about the server for the command as a whole.
fn answer(message: &[u8], code: i32) -> Vec<u8> {
    let body: Document = match code {
        121 | 11000 => doc! { "n": 0, "nModified": 0, "writeErrors": [{ "index": 0, "code": code, "errmsg": "made by the suite" }], "ok": 1.0 },
        _ => doc! { "ok": 0.0, "code": code, "errmsg": "made by the suite" },
    };
    let body = serialize_to_vec(&body).expect("a small document");
    let mut answer = Vec::new();
    for field in [(21 + body.len()) as i32, 0, number(message, 4).unwrap_or_default(), OP_MSG, 0] {
        answer.extend(field.to_le_bytes());
    }
    answer.push(0);
    answer.extend(body);
    answer
}
