//! The schemas of bodies, names and header values.

use crate::codegen::contract::{Contract, Error};
use crate::digest::etag;
use serde_json::{Value, json};

/// The document of all examples, in canonical form.
pub const ADA: &str = r#"{"born":1815,"name":"Ada"}"#;

/// A reference to one of these schemas.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// All schemas by name.
pub fn all(contract: &Contract) -> Value {
    let mut all = names(contract);
    for group in [documents(contract), status(contract)] {
        all.as_object_mut().expect("an object").extend(group.as_object().expect("an object").clone());
    }
    all
}

fn names(contract: &Contract) -> Value {
    let limit = |name: &str| contract.limits[name]["value"].as_integer().expect("a number");
    let (collection, id) = (limit("collection_bytes"), limit("id_bytes"));
    json!({
        "Collection": {"type": "string", "pattern": format!("^[a-z][a-z0-9-]{{0,{}}}$", collection - 1), "minLength": 1, "maxLength": collection},
        "Id": {"type": "string", "pattern": format!("^[A-Za-z0-9][A-Za-z0-9._~-]{{0,{}}}$", id - 1), "minLength": 1, "maxLength": id},
        "Etag": {
            "type": "string", "pattern": "^[0-9a-f]{32}$", "examples": [etag(ADA)],
            "description": "The first 16 bytes of SHA-256 over the document's canonical form (RFC 8785), in hex; the header has it in double quotes.",
        },
    })
}

fn documents(contract: &Contract) -> Value {
    let limit = |name: &str| contract.limits[name]["value"].as_integer().expect("a number");
    let ada: Value = serde_json::from_str(ADA).expect("the example is JSON");
    json!({
        "Document": {
            "type": "object",
            "description": format!("Any JSON object of at most {} bytes and {} levels: strict JSON without repeated names (RFC 8259, RFC 7493), numbers as IEEE 754 doubles. Answered in canonical form (RFC 8785).", limit("body_bytes"), limit("depth_levels")),
            "examples": [ada],
        },
        "MergePatch": {
            "type": "object", "examples": [{"born": null, "died": 1852}],
            "description": "Members to set, and with null to remove (RFC 7396).",
        },
        "Filter": {
            "type": "object", "examples": [{"born": {"$lt": 1900}}],
            "description": format!("Paths with a value or with operators ($eq $ne $in $nin $gt $gte $lt $lte $beginsWith $all $exists), and $and, $or, $nor of filters; at most {} operators.", limit("where_operators")),
        },
        "Receipt": {
            "type": "object", "required": ["collection", "etag", "id"], "additionalProperties": false,
            "properties": {
                "collection": reference("Collection"), "id": reference("Id"),
                "etag": {"anyOf": [reference("Etag"), {"type": "null"}], "description": "Null where a delete was queued (write-behind)."},
            },
            "examples": [{"collection": "people", "etag": etag(ADA), "id": "ada"}],
        },
        "Page": {
            "type": "object", "required": ["items", "next"], "additionalProperties": false,
            "properties": {
                "items": {"type": "array", "maxItems": limit("list_max_items"), "items": {
                    "type": "object", "required": ["doc", "etag", "id"], "additionalProperties": false,
                    "properties": {"doc": reference("Document"), "etag": reference("Etag"), "id": reference("Id")},
                }},
                "next": {"anyOf": [reference("Id"), {"type": "null"}], "description": "Give it as `after` for the next page, which may be short or empty; null at the end."},
            },
            "examples": [{"items": [{"doc": ada, "etag": etag(ADA), "id": "ada"}], "next": null}],
        },
    })
}

fn status(contract: &Contract) -> Value {
    let slugs: Vec<String> = contract.errors.iter().map(|error| format!("urn:docproxy:{}", error.slug)).collect();
    let titles: Vec<String> = contract.errors.iter().map(Error::title).collect();
    let statuses: std::collections::BTreeSet<u16> = contract.errors.iter().map(|error| error.status).collect();
    let count = json!({"type": "integer", "minimum": 0});
    let counters = contract.log["stats"]["counters"].as_array().into_iter().flatten().filter_map(toml::Value::as_str);
    let mut stats = json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "fleet": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "Which routing file: proxies of one fleet have the same."},
            "implementation": {"type": "string"}, "version": {"type": "string"},
            "routes": {"type": "array", "items": {
                "type": "object", "additionalProperties": false,
                "required": ["cache", "match", "oldest_pending_ms", "pending", "refused", "store"],
                "properties": {
                    "cache": {"enum": contract.routing["properties"]["routes"]["items"]["properties"]["cache"]["enum"]},
                    "match": {"type": "string"}, "store": {"type": "string"},
                    "oldest_pending_ms": count, "pending": count, "refused": count,
                },
            }},
        },
    });
    for counter in counters {
        stats["properties"][counter] = count.clone();
    }
    stats["required"] = stats["properties"].as_object().expect("an object").keys().cloned().collect::<Vec<_>>().into();
    json!({
        "Problem": {
            "type": "object", "required": ["detail", "status", "title", "type"], "additionalProperties": false,
            "description": "RFC 9457; detail is one fixed sentence for each type.",
            "properties": {"detail": {"type": "string"}, "status": {"enum": statuses}, "title": {"enum": titles}, "type": {"enum": slugs}},
        },
        "Live": {"type": "object", "required": ["status"], "additionalProperties": false, "properties": {"status": {"const": "live"}}, "examples": [{"status": "live"}]},
        "Ready": {
            "type": "object", "required": ["reasons", "status"], "additionalProperties": false,
            "properties": {
                "reasons": {"type": "array", "items": {"type": "string"}, "description": format!("Sorted; from: {}.", reasons(contract))},
                "status": {"enum": ["ready", "not-ready"]},
            },
            "examples": [{"reasons": [], "status": "ready"}],
        },
        "Stats": stats,
    })
}

fn reasons(contract: &Contract) -> String {
    contract.log["reason"].as_table().into_iter().flatten().filter_map(|(_, reason)| reason.as_str()).collect::<Vec<_>>().join(", ")
}
