//! What concurrent clients did with documents and learned of them, and whether one order explains it.

pub mod alternation;
pub mod blocks;
pub mod check;
pub mod values;
pub mod zones;

use crate::canonical;

/// Nanoseconds of a monotonic clock since the storm began.
pub type Moment = u64;

/// The end of an operation that was never answered, or whose outcome nobody was told.
pub const NEVER: Moment = Moment::MAX;

/// The content of a document. Every write has a number of its own, so two versions are never equal.
///
/// A PUT writes `{"of": its number, "pad": …, "w": its number}`, a PATCH changes `w` alone; so who reads a patched document
/// learns also which PUT it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// The PUT that the rest of the document comes from.
    pub of: u64,
    /// The last write.
    pub w: u64,
}

impl Version {
    /// What a PUT of this number writes.
    pub fn put(w: u64) -> Version {
        Version { of: w, w }
    }

    /// The canonical text.
    pub fn text(self) -> String {
        format!("{{\"of\":{},\"pad\":\"{}\",\"w\":{}}}", self.of, "x".repeat(pad_bytes(self.of)), self.w)
    }

    pub fn etag(self) -> String {
        canonical::etag(self.text().as_bytes())
    }

    /// The version with exactly these bytes.
    pub fn parse(text: &str) -> Option<Version> {
        let of = text.strip_prefix("{\"of\":")?.split_once(',')?.0.parse().ok()?;
        let w = text.strip_suffix('}')?.rsplit_once(":")?.1.parse().ok()?;
        let version = Version { of, w };
        (version.text() == text).then_some(version)
    }
}

/// Most documents are small, one in a hundred is not.
fn pad_bytes(of: u64) -> usize {
    if of.is_multiple_of(97) { 20_000 } else { (of % 50) as usize }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Numbers of the client and of the proxy that it asked.
    Client(u16, u8),
    /// At the end, past the proxies.
    Store,
    /// At the end, by this proxy.
    Closing(u8),
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged.
    Done,
    /// Unknown: it may take effect at any later time, or never.
    Maybe,
    /// Certainly not written.
    Refused,
}

/// What a write's answer or its precondition says of the version that it replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Unknown,
    Absent,
    Live,
    /// Exactly this one.
    Is(Version),
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Saw this version, or that there is none.
    Read(Option<Version>),
    Put {
        w: u64,
        base: Base,
    },
    /// The receipt's entity tag says what came of it.
    Patch {
        w: u64,
        base: Base,
        etag: Option<[u8; 16]>,
    },
    Delete {
        base: Base,
    },
}

/// One operation on one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub by: By,
    pub invoked: Moment,
    /// `NEVER` if the outcome is unknown.
    pub returned: Moment,
    pub act: Act,
    pub outcome: Outcome,
}

impl Operation {
    /// A read that was answered.
    pub fn read(by: By, invoked: Moment, returned: Moment, seen: Option<Version>) -> Operation {
        Operation { by, invoked, returned, act: Act::Read(seen), outcome: Outcome::Done }
    }

    /// The number of the version that it writes.
    pub fn writes(&self) -> Option<u64> {
        match self.act {
            Act::Put { w, .. } | Act::Patch { w, .. } => Some(w),
            Act::Read(_) | Act::Delete { .. } => None,
        }
    }

    fn base(&self) -> Base {
        match self.act {
            Act::Read(_) => Base::Unknown,
            Act::Put { base, .. } | Act::Patch { base, .. } | Act::Delete { base } => base,
        }
    }

    /// For people: who, what, when in ms.
    pub fn told(&self) -> String {
        let by = match self.by {
            By::Client(client, proxy) => format!("client {client} at proxy {proxy}"),
            By::Store => "the store at the end".to_owned(),
            By::Closing(proxy) => format!("proxy {proxy} at the end"),
        };
        let base = match self.base() {
            Base::Unknown => String::new(),
            Base::Absent => " over nothing".to_owned(),
            Base::Live => " over something".to_owned(),
            Base::Is(version) => format!(" over {}", version.w),
        };
        let what = match self.act {
            Act::Read(Some(version)) => format!("read {}", version.w),
            Act::Read(None) => "read that there is nothing".to_owned(),
            Act::Put { w, .. } => format!("PUT {w}{base}"),
            Act::Patch { w, .. } => format!("PATCH {w}{base}"),
            Act::Delete { .. } => format!("DELETE{base}"),
        };
        let ms = |moment: Moment| if moment == NEVER { "?".to_owned() } else { format!("{:.3}", moment as f64 / 1e6) };
        format!("{by}: {what}, {} to {} ms, {:?}", ms(self.invoked), ms(self.returned), self.outcome)
    }
}
