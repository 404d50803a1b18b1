//! Which route a collection belongs to (contract.md §7).

/// What a route does with its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Off,
    WriteThrough,
}

/// What writes do while Redis is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCacheDown {
    Refuse,
    Bypass,
}

/// One route of the routing file, defaults filled in.
#[derive(Clone, Debug)]
pub struct Route {
    /// A collection, or the beginning of some followed by `*`.
    pub pattern: String,
    /// Name of the store.
    pub store: String,
    pub mode: Mode,
    pub ttl_ms: u64,
    /// 0: absence is not cached.
    pub negative_ttl_ms: u64,
    pub on_cache_down: OnCacheDown,
    pub require_match: bool,
}

impl Mode {
    /// The word of the routing file.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::WriteThrough => "write-through",
        }
    }
}

/// Index of the first pattern that matches the collection.
pub fn find<'a>(patterns: impl IntoIterator<Item = &'a str>, collection: &str) -> Option<usize> {
    patterns.into_iter().position(|pattern| covers(pattern, collection))
}

/// Whether a pattern matches a collection, or all that another pattern matches.
pub fn covers(pattern: &str, other: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => other.starts_with(beginning),
        None => pattern == other,
    }
}
