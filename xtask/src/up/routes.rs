//! The routing file of `up`: the samples on both stores, and a collection for whatever else there is to try.

use serde_json::{Value, json};

/// Collections by store and cache mode; everything not named lies in MongoDB, write-through.
pub fn file(redis: &str, mysql: &str, mongodb: &str) -> Value {
    json!({
        "redis": {"url": redis},
        "stores": {
            "mongo": {"kind": "mongodb", "url": mongodb},
            "mysql": {"kind": "mysql", "url": mysql},
        },
        "routes": [
            {"match": "countries", "store": "mysql", "cache": "write-through"},
            {"match": "licenses", "store": "mysql", "cache": "write-through"},
            {"match": "emojis", "store": "mongo", "cache": "write-through"},
            {"match": "types", "store": "mongo", "cache": "write-through"},
            {"match": "audit-*", "store": "mysql", "cache": "off"},
            {"match": "events-*", "store": "mongo", "cache": "off"},
            {"match": "sessions", "store": "mysql", "cache": "write-behind"},
            {"match": "strict-*", "store": "mysql", "cache": "write-through", "require_match": true},
            {"match": "*", "store": "mongo", "cache": "write-through"},
        ],
    })
}
