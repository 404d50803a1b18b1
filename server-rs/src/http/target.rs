//! Reads the request target: which resource is meant (contract.md §1 check 2, §3).

use crate::errors::Problem;
use crate::generated::contract::{METHODS, OPERATIONS, OperationFact, limits};

/// What a target names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    Document {
        collection: String,
        id: String,
    },
    Collection(String),
    Live,
    Ready,
    Stats,
    /// `*`: the service as a whole.
    Server,
}

/// A target taken apart; the query is still raw.
#[derive(Debug)]
pub struct Target<'a> {
    pub resource: Resource,
    pub query: &'a [u8],
}

impl Resource {
    /// The word of contract/operations.toml.
    pub const fn word(&self) -> &'static str {
        match self {
            Resource::Document { .. } => "document",
            Resource::Collection(_) => "collection",
            Resource::Live => "live",
            Resource::Ready => "ready",
            Resource::Stats => "stats",
            Resource::Server => "server",
        }
    }

    /// The operation of a method; None: the resource does not take it.
    pub fn operation(&self, method: &str) -> Option<&'static OperationFact> {
        let fits = |fact: &&OperationFact| fact.methods.contains(&method) && (fact.resource == self.word() || fact.resource == "any");
        OPERATIONS.iter().find(fits)
    }

    /// The value of Allow: all methods for the service as a whole.
    pub fn allow(&self) -> String {
        let allowed = |method: &&&str| *self == Resource::Server || self.operation(method).is_some();
        METHODS.iter().filter(allowed).copied().collect::<Vec<_>>().join(", ")
    }
}

/// Takes a target apart, as it stands in the request line.
///
/// # Errors
/// `UnknownMethod`, `TargetTooLong`, `BadPath`, `NotFound`.
pub fn parse<'a>(method: &str, target: &'a [u8]) -> Result<Target<'a>, Problem> {
    if !METHODS.contains(&method) {
        return Err(Problem::UnknownMethod);
    }
    let (path, query) = match target.iter().position(|byte| *byte == b'?') {
        Some(mark) => (&target[..mark], &target[mark + 1..]),
        None => (target, &b""[..]),
    };
    if target.len() as i64 > limits::TARGET_BYTES || query.len() as i64 > limits::QUERY_BYTES {
        return Err(Problem::TargetTooLong);
    }
    if !path.iter().all(|byte| matches!(byte, 0x21..=0x7E)) {
        return Err(Problem::BadPath);
    }
    let resource = match path {
        b"*" if method == "OPTIONS" => Resource::Server,
        _ => resource(without_authority(path)?)?,
    };
    Ok(Target { resource, query })
}

/// The path of an absolute target (RFC 9112 §3.2.2), any other as it is.
fn without_authority(path: &[u8]) -> Result<&[u8], Problem> {
    let after = |scheme: &str| {
        let (start, rest) = path.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme.as_bytes()).then_some(rest)
    };
    let Some(rest) = after("http://").or_else(|| after("https://")) else {
        return if path.starts_with(b"/") { Ok(path) } else { Err(Problem::BadPath) };
    };
    match rest.iter().position(|byte| *byte == b'/') {
        Some(0) => Err(Problem::BadPath),
        Some(slash) => Ok(&rest[slash..]),
        None if rest.is_empty() => Err(Problem::BadPath),
        None => Ok(b"/"),
    }
}

/// Segments are split raw, decoded once, then matched.
fn resource(path: &[u8]) -> Result<Resource, Problem> {
    let segments = path[1..].split(|byte| *byte == b'/').map(|segment| decode(segment).ok_or(Problem::BadPath));
    let segments = segments.collect::<Result<Vec<_>, _>>()?;
    let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    match segments.as_slice() {
        [b"_health", b"live"] => Ok(Resource::Live),
        [b"_health", b"ready"] => Ok(Resource::Ready),
        [b"_stats"] => Ok(Resource::Stats),
        [b"v1", collection] if !collection.is_empty() => Ok(Resource::Collection(collection_name(collection)?)),
        [b"v1", collection, id] if !collection.is_empty() && !id.is_empty() => {
            Ok(Resource::Document { collection: collection_name(collection)?, id: document_id(id).ok_or(Problem::BadPath)? })
        }
        _ => Err(Problem::NotFound),
    }
}

/// Bytes with each `%XX` decoded; None: an escape is malformed.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(if *byte == b'%' {
            let mut digit = || bytes.next().and_then(|byte| (*byte as char).to_digit(16));
            (digit()? * 16 + digit()?) as u8
        } else {
            *byte
        });
    }
    Some(decoded)
}

fn collection_name(bytes: &[u8]) -> Result<String, Problem> {
    let good = bytes.len() as i64 <= limits::COLLECTION_BYTES
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
    if good { Ok(String::from_utf8_lossy(bytes).into_owned()) } else { Err(Problem::BadPath) }
}

/// An id, if the bytes are one.
pub fn document_id(bytes: &[u8]) -> Option<String> {
    let good = bytes.len() as i64 <= limits::ID_BYTES
        && bytes.first()?.is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(byte));
    good.then(|| String::from_utf8_lossy(bytes).into_owned())
}
