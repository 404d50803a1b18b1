//! What an answer says about a document: pure, so that nothing of a storm hides in it.

use super::exchange::{Ask, Condition, Reply};
use crate::history::{Act, Base, Outcome, Version};

/// What was learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// What belongs into the history.
    pub acts: Vec<(Act, Outcome)>,
    /// What is wrong with the answer by itself.
    pub wrong: Option<String>,
    /// The proxy could not do its part now.
    pub is_unavailable: bool,
}

impl Meaning {
    fn done(act: Act) -> Meaning {
        Meaning { acts: vec![(act, Outcome::Done)], ..Meaning::default() }
    }

    fn wrong(text: String) -> Meaning {
        Meaning { wrong: Some(text), ..Meaning::default() }
    }

    fn unavailable() -> Meaning {
        Meaning { is_unavailable: true, ..Meaning::default() }
    }
}

/// Reads the answer to a request.
pub fn of(ask: Ask, reply: &Reply) -> Meaning {
    let Reply::Answer { status, etag, body, .. } = reply else {
        return match (write(ask, Base::Unknown, None), reply) {
            (Some(act), Reply::Silence) => Meaning { acts: vec![(assumed(act, ask), Outcome::Maybe)], ..Meaning::unavailable() },
            _ => Meaning::unavailable(),
        };
    };
    match (ask, *status) {
        (Ask::Get { .. }, 200) => seen(etag.as_deref(), body),
        (Ask::Get { known: Some(version), .. }, 304) => Meaning::done(Act::Read(Some(version))),
        (Ask::Get { .. }, 404) => Meaning::done(Act::Read(None)),
        (Ask::Get { .. }, 500 | 503) => Meaning::unavailable(),
        (_, 200 | 201 | 202 | 204) => written(ask, *status, reply),
        (_, 500) => unknown(ask),
        (_, 503) if reply.slug() == "outcome-unknown" => unknown(ask),
        (_, 503) => Meaning { is_unavailable: true, ..refused(ask) },
        (_, 412) if condition(ask) != Condition::None => refused(ask),
        (Ask::Patch { .. } | Ask::Delete { .. }, 404) => {
            let mut meaning = refused(ask);
            meaning.acts.push((Act::Read(None), Outcome::Done));
            meaning
        }
        _ => Meaning::wrong(format!("{ask:?} was answered with {status} {body}")),
    }
}

fn seen(etag: Option<&str>, body: &str) -> Meaning {
    match Version::parse(body) {
        Some(version) if etag == Some(&format!("\"{}\"", version.etag())) => Meaning::done(Act::Read(Some(version))),
        Some(version) => Meaning::wrong(format!("a GET of {} carries the ETag {etag:?}", version.w)),
        None => Meaning::wrong(format!("a GET answers what nobody wrote: {}", body.chars().take(200).collect::<String>())),
    }
}

fn condition(ask: Ask) -> Condition {
    match ask {
        Ask::Put { condition, .. } | Ask::Patch { condition, .. } | Ask::Delete { condition } => condition,
        Ask::Get { .. } | Ask::Post { .. } => Condition::None,
    }
}

/// The write that was asked for.
fn write(ask: Ask, base: Base, etag: Option<[u8; 16]>) -> Option<Act> {
    match ask {
        Ask::Get { .. } => None,
        Ask::Put { w, .. } | Ask::Post { w } => Some(Act::Put { w, base }),
        Ask::Patch { w, .. } => Some(Act::Patch { w, base, etag }),
        Ask::Delete { .. } => Some(Act::Delete { base }),
    }
}

/// If it took effect, then over what its precondition named.
fn assumed(act: Act, ask: Ask) -> Act {
    let base = match condition(ask) {
        Condition::None => Base::Unknown,
        Condition::Absent => Base::Absent,
        Condition::Is(version) => Base::Is(version),
    };
    write(ask, base, None).unwrap_or(act)
}

fn unknown(ask: Ask) -> Meaning {
    let act = write(ask, Base::Unknown, None).map(|act| (assumed(act, ask), Outcome::Maybe));
    Meaning { acts: act.into_iter().collect(), ..Meaning::unavailable() }
}

fn refused(ask: Ask) -> Meaning {
    let act = write(ask, Base::Unknown, None).filter(|act| !matches!(act, Act::Delete { .. }));
    Meaning { acts: act.map(|act| (act, Outcome::Refused)).into_iter().collect(), ..Meaning::default() }
}

fn written(ask: Ask, status: u16, reply: &Reply) -> Meaning {
    let base = match (condition(ask), status) {
        (Condition::Is(version), _) => Base::Is(version),
        (_, 200 | 204) => Base::Live,
        (_, 201) => Base::Absent,
        _ => Base::Unknown,
    };
    let receipt = reply.receipt();
    let right = match (ask, status) {
        (Ask::Put { w, condition }, 200) => receipt == Some(Version::put(w).etag()) && condition != Condition::Absent,
        (Ask::Put { w, condition }, 201) => receipt == Some(Version::put(w).etag()) && !matches!(condition, Condition::Is(_)),
        (Ask::Put { w, condition: Condition::None }, 202) => receipt == Some(Version::put(w).etag()),
        (Ask::Post { w }, 201) => receipt == Some(Version::put(w).etag()),
        (Ask::Patch { w, condition: Condition::Is(version) }, 200) => receipt == Some(Version { of: version.of, w }.etag()),
        (Ask::Patch { .. }, 200) => receipt.is_some(),
        (Ask::Delete { .. }, 204) | (Ask::Delete { condition: Condition::None }, 202) => true,
        _ => false,
    };
    match write(ask, base, receipt.as_deref().and_then(bytes)) {
        Some(act) if right => Meaning::done(act),
        _ => Meaning::wrong(format!("{ask:?} was answered with {status} and the entity tag {receipt:?}")),
    }
}

fn bytes(hex: &str) -> Option<[u8; 16]> {
    let bytes: Option<Vec<u8>> = (0..16).map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}
