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

const PROFILES: [Profile; 5] = [Profile::Plain, Profile::RequireMatch, Profile::CacheBypass, Profile::NoNegative, Profile::Hasty];

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
        match self.mode {
            Mode::Off => "off",
            Mode::WriteThrough => "write-through",
        }
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

/// The beginning of the names of all collections on a route. All have the same length, so that a Content-Length
/// that counts the name is the same on every route.
pub fn prefix(variant: Variant, profile: Profile) -> String {
    let mode = match variant.mode {
        Mode::Off => "no",
        Mode::WriteThrough => "wt",
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
    };
    format!("{mode}-{store}-{profile}-")
}

/// The routing file for one target: two stores of each kind, the second of which is the same server with less patience.
pub fn routing_file(urls: &Urls) -> Value {
    let mut routes = Vec::new();
    for mode in [Mode::Off, Mode::WriteThrough] {
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
    if variant.mode == Mode::Off && matches!(profile, Profile::CacheBypass | Profile::NoNegative) {
        return None;
    }
    let kind = if variant.store == StoreKind::Mongodb { "m" } else { "s" };
    let number = if profile == Profile::Hasty { 2 } else { 1 };
    let mut route = json!({"match": format!("{}*", prefix(variant, profile)), "store": format!("{kind}{number}"), "cache": variant.mode_name()});
    if variant.mode == Mode::WriteThrough {
        route["negative_ttl_ms"] = json!(if profile == Profile::NoNegative { 0 } else { NEGATIVE_TTL_MS });
    }
    match profile {
        Profile::RequireMatch => route["require_match"] = json!(true),
        Profile::CacheBypass => route["on_cache_down"] = json!("bypass"),
        Profile::Plain | Profile::NoNegative | Profile::Hasty => {}
    }
    Some(route)
}
