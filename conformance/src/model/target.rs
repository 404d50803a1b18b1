//! What a request target names (contract.md §3).

use crate::generated::contract::{METHODS, OPERATIONS, Problem, limits};

/// What a path names.
#[derive(Clone, Debug, PartialEq)]
pub enum Resource {
    Document {
        collection: String,
        id: String,
    },
    Collection {
        collection: String,
    },
    Live,
    Ready,
    Stats,
    /// `*`
    Server,
}

impl Resource {
    /// As `contract/operations.toml` calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Resource::Document { .. } => "document",
            Resource::Collection { .. } => "collection",
            Resource::Live => "live",
            Resource::Ready => "ready",
            Resource::Stats => "stats",
            Resource::Server => "server",
        }
    }

    /// The collection whose route counts, if it is one that needs a route.
    pub fn collection(&self) -> Option<&str> {
        match self {
            Resource::Document { collection, .. } | Resource::Collection { collection } => Some(collection),
            _ => None,
        }
    }

    /// The methods that it takes, in the order of Allow.
    pub fn allowed(&self) -> Vec<&'static str> {
        let takes = |method: &str| {
            *self == Resource::Server
                || OPERATIONS.iter().any(|operation| (operation.resource == self.name() || operation.resource == "any") && operation.methods.contains(&method))
        };
        METHODS.iter().copied().filter(|method| takes(method)).collect()
    }
}

/// The method, the resource and the raw query of a request line.
pub type Line<'a> = (&'static str, Resource, &'a [u8]);

/// Reads method and target: checks 1 and 2 of contract.md §1.
///
/// # Errors
/// `unknown-method`, `target-too-long`, `bad-path`, `not-found`, in this order.
pub fn parse<'a>(method: &str, target: &'a [u8]) -> Result<Line<'a>, Problem> {
    let method = METHODS.iter().copied().find(|known| *known == method).ok_or(Problem::UnknownMethod)?;
    let (path, query) = match target.iter().position(|byte| *byte == b'?') {
        Some(mark) => (&target[..mark], &target[mark + 1..]),
        None => (target, &target[target.len()..]),
    };
    if target.len() > limits::TARGET_BYTES as usize || query.len() > limits::QUERY_BYTES as usize {
        return Err(Problem::TargetTooLong);
    }
    if !path.iter().all(u8::is_ascii_graphic) {
        return Err(Problem::BadPath);
    }
    if target == b"*" {
        let resource = if method == "OPTIONS" { Ok(Resource::Server) } else { Err(Problem::BadPath) };
        return resource.map(|resource| (method, resource, query));
    }
    Ok((method, resource(&segments(origin(path)?)?)?, query))
}

/// The path behind scheme and authority, if they are there.
fn origin(path: &[u8]) -> Result<&[u8], Problem> {
    let scheme = [&b"http://"[..], b"https://"].into_iter().find(|scheme| path.len() >= scheme.len() && path[..scheme.len()].eq_ignore_ascii_case(scheme));
    let path = match scheme {
        Some(scheme) => {
            let rest = &path[scheme.len()..];
            let slash = rest.iter().position(|byte| *byte == b'/');
            slash.map_or(&b"/"[..], |slash| &rest[slash..])
        }
        None => path,
    };
    if path.first() == Some(&b'/') { Ok(path) } else { Err(Problem::BadPath) }
}

/// Each segment, decoded once.
fn segments(path: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    path[1..].split(|byte| *byte == b'/').map(|segment| unescape(segment).ok_or(Problem::BadPath)).collect()
}

/// Percent-decoded bytes; none for a malformed escape.
pub fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let digit = |at: usize| rest.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        out.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = &rest[2..];
    }
    Some(out)
}

fn resource(segments: &[Vec<u8>]) -> Result<Resource, Problem> {
    let words: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    match words.as_slice() {
        [b"_health", b"live"] => Ok(Resource::Live),
        [b"_health", b"ready"] => Ok(Resource::Ready),
        [b"_stats"] => Ok(Resource::Stats),
        [b"v1", name] if !name.is_empty() => Ok(Resource::Collection { collection: collection(name)? }),
        [b"v1", name, key] if !name.is_empty() && !key.is_empty() => {
            Ok(Resource::Document { collection: collection(name)?, id: id(key).ok_or(Problem::BadPath)? })
        }
        _ => Err(Problem::NotFound),
    }
}

fn collection(name: &[u8]) -> Result<String, Problem> {
    let good = name.first().is_some_and(u8::is_ascii_lowercase)
        && name.len() <= limits::COLLECTION_BYTES as usize
        && name.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
    if good { Ok(String::from_utf8_lossy(name).into_owned()) } else { Err(Problem::BadPath) }
}

/// A document's id, if the bytes are one.
pub fn id(bytes: &[u8]) -> Option<String> {
    let good = bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.len() <= limits::ID_BYTES as usize
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(byte));
    good.then(|| String::from_utf8_lossy(bytes).into_owned())
}
