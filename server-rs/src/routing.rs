//! Which route a collection belongs to (contract.md §7).

/// What a route does with its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Off,
    WriteThrough,
    WriteBehind,
}

/// What writes do while Redis is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCacheDown {
    Refuse,
    Bypass,
}

/// What an acknowledged write survives while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The death of Redis.
    Aof,
    Relaxed,
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
    /// How long a write waits for later ones to join it.
    pub delay_ms: u64,
    /// Waiting documents of a collection, beyond which writes are refused.
    pub max_pending: u64,
    pub durability: Durability,
    pub require_match: bool,
}

impl Mode {
    /// The word of the routing file.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::WriteThrough => "write-through",
            Mode::WriteBehind => "write-behind",
        }
    }
}

impl Route {
    /// Whether Redis must keep what it acknowledged.
    pub fn is_durable(&self) -> bool {
        self.mode == Mode::WriteBehind && self.durability == Durability::Aof
    }
}

/// The route of a collection.
pub fn route_of<'a>(routes: &'a [Route], collection: &str) -> Option<&'a Route> {
    find(routes.iter().map(|route| route.pattern.as_str()), collection).map(|index| &routes[index])
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
