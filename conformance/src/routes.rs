//! The suite's routing file: a route for each cache mode, kind of store and profile, told apart by the collection's name.

use crate::sequence::{Mode, Profile, StoreKind};
use serde_json::{Value, json};

/// The lives that the routes have, which the state reader holds entries to: the default, and one long enough
/// that an entry does not run out by itself while a case is played.
pub const TTL_MS: u64 = 300_000;
pub const NEGATIVE_TTL_MS: u64 = 60_000;
/// Long enough for a busy machine; short where a case waits for it to pass (`store_timeout_ms` chooses).
pub const STORE_TIMEOUT_MS: u64 = 5_000;
const HASTY_TIMEOUT_MS: u64 = 700;
pub const REDIS_TIMEOUT_MS: u64 = 1_000;

/// How long a write waits in the queue: so long that nothing is stored by itself while a sequence is played, whatever
/// time that lets pass; or not long, where a case waits for it.
const DELAY_MS: u64 = 86_400_000;
const SOON_MS: u64 = 2_000;
/// Documents that may wait on the route that is soon full.
pub const FEW: u64 = 3;

const PROFILES: [Profile; 7] = [Profile::Plain, Profile::RequireMatch, Profile::CacheBypass, Profile::NoNegative, Profile::Hasty, Profile::Few, Profile::Soon];
const MODES: [Mode; 3] = [Mode::Off, Mode::WriteThrough, Mode::WriteBehind];

/// Where a target finds its dependencies.
#[derive(Clone, Debug)]
pub struct Urls {
    pub redis: String,
    pub mongodb: String,
    pub mysql: String,
}

/// A case on one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    pub mode: Mode,
    pub store: StoreKind,
}

impl Variant {
    pub fn mode_name(self) -> &'static str {
        self.mode.name()
    }

    pub fn store_name(self) -> &'static str {
        match self.store {
            StoreKind::Mongodb => "mongodb",
            StoreKind::Mysql => "mysql",
        }
    }
}

/// The timeout of the store behind a route.
pub fn store_timeout_ms(profile: Profile) -> u64 {
    if profile == Profile::Hasty { HASTY_TIMEOUT_MS } else { STORE_TIMEOUT_MS }
}

/// How long a write waits on a route of write-behind.
pub fn delay_ms(profile: Profile) -> u64 {
    if profile == Profile::Soon { SOON_MS } else { DELAY_MS }
}

/// Whether a mode has a route of this profile.
pub fn exists(mode: Mode, profile: Profile) -> bool {
    match profile {
        Profile::Plain | Profile::RequireMatch | Profile::Hasty => true,
        Profile::CacheBypass => mode == Mode::WriteThrough,
        Profile::NoNegative => mode != Mode::Off,
        Profile::Few | Profile::Soon => mode == Mode::WriteBehind,
    }
}

/// The beginning of the names of all collections on a route. All have the same length, so that a Content-Length
/// that counts the name is the same on every route.
pub fn prefix(variant: Variant, profile: Profile) -> String {
    let mode = match variant.mode {
        Mode::Off => "no",
        Mode::WriteThrough => "wt",
        Mode::WriteBehind => "wb",
    };
    let store = match variant.store {
        StoreKind::Mongodb => "m",
        StoreKind::Mysql => "s",
    };
    let profile = match profile {
        Profile::Plain => "pl",
        Profile::RequireMatch => "rm",
        Profile::CacheBypass => "cb",
        Profile::NoNegative => "nn",
        Profile::Hasty => "ha",
        Profile::Few => "fe",
        Profile::Soon => "so",
    };
    format!("{mode}-{store}-{profile}-")
}

/// The routing file for one target: two stores of each kind, the second of which is the same server with less patience.
pub fn routing_file(urls: &Urls) -> Value {
    let mut routes = Vec::new();
    for mode in MODES {
        for store in [StoreKind::Mongodb, StoreKind::Mysql] {
            routes.extend(PROFILES.iter().filter_map(|profile| route(Variant { mode, store }, *profile)));
        }
    }
    json!({
        "redis": {"url": urls.redis, "timeout_ms": REDIS_TIMEOUT_MS},
        "stores": {
            "m1": {"kind": "mongodb", "url": urls.mongodb, "timeout_ms": STORE_TIMEOUT_MS},
            "m2": {"kind": "mongodb", "url": urls.mongodb, "timeout_ms": HASTY_TIMEOUT_MS},
            "s1": {"kind": "mysql", "url": urls.mysql, "timeout_ms": STORE_TIMEOUT_MS},
            "s2": {"kind": "mysql", "url": urls.mysql, "timeout_ms": HASTY_TIMEOUT_MS},
        },
        "routes": routes,
    })
}

fn route(variant: Variant, profile: Profile) -> Option<Value> {
    if !exists(variant.mode, profile) {
        return None;
    }
    let kind = if variant.store == StoreKind::Mongodb { "m" } else { "s" };
    let number = if profile == Profile::Hasty { 2 } else { 1 };
    let mut route = json!({"match": format!("{}*", prefix(variant, profile)), "store": format!("{kind}{number}"), "cache": variant.mode_name()});
    if variant.mode != Mode::Off {
        route["negative_ttl_ms"] = json!(if profile == Profile::NoNegative { 0 } else { NEGATIVE_TTL_MS });
    }
    if variant.mode == Mode::WriteBehind {
        route["delay_ms"] = json!(delay_ms(profile));
    }
    match profile {
        Profile::RequireMatch => route["require_match"] = json!(true),
        Profile::CacheBypass => route["on_cache_down"] = json!("bypass"),
        Profile::Few => route["max_pending"] = json!(FEW),
        Profile::Plain | Profile::NoNegative | Profile::Hasty | Profile::Soon => {}
    }
    Some(route)
}
