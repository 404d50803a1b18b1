//! What a request carries: parameters of path and query, headers, bodies.

use super::schemas::{ADA, reference};
use crate::codegen::contract::{Contract, Operation};
use crate::digest::etag;
use serde_json::{Value, json};

/// All parameters by name, to be referred to.
pub fn parameters(contract: &Contract) -> Value {
    let limit = |name: &str| contract.limits[name]["value"].as_integer().expect("a number");
    json!({
        "collection": {
            "name": "collection", "in": "path", "required": true, "description": "The collection's name.",
            "schema": reference("Collection"), "example": "people",
        },
        "id": {
            "name": "id", "in": "path", "required": true, "description": "The document's id.",
            "schema": reference("Id"), "example": "ada",
        },
        "if_match": {
            "name": "If-Match", "in": "header",
            "description": "Entity tags, or `*`: act only if the document has one of them (strong comparison). Looked at before If-None-Match.",
            "schema": {"type": "string"}, "example": format!("\"{}\"", etag(ADA)),
        },
        "if_none_match": {
            "name": "If-None-Match", "in": "header",
            "description": "Entity tags, or `*`: act only if the document has none of them (weak comparison); reads then answer 304, writes 412. `*` on PUT: create only.",
            "schema": {"type": "string"}, "example": "*",
        },
        "cache_control": {
            "name": "Cache-Control", "in": "header",
            "description": "`no-cache` goes past the cache to the store; every other directive is ignored.",
            "schema": {"type": "string"}, "example": contract.headers.cache_control["document"].as_str(),
        },
        "idempotency_key": {
            "name": "Idempotency-Key", "in": "header",
            "description": "Visible ASCII characters without `\"`, or the same in double quotes: the same key with the same content creates one document however often it is sent.",
            "schema": {"type": "string", "pattern": "^([!#-~]+|\"[!#-~]+\")$", "minLength": 1, "maxLength": limit("idempotency_key_bytes") + 2}, "example": "order-4711",
        },
        "prefer": {
            "name": "Prefer", "in": "header",
            "description": format!("`wait=SECONDS` (RFC 7240), up to {}: first the writes that are pending now reach the store. Without meaning where nothing can be pending.", limit("prefer_wait_s")),
            "schema": {"type": "string"}, "example": "wait=5",
        },
        "limit": {
            "name": "limit", "in": "query", "description": "The most items of a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": limit("list_max_items"), "default": limit("list_default_items")}, "example": 10,
        },
        "after": {
            "name": "after", "in": "query", "description": "Only ids that come later in byte order; `next` of the page before.",
            "schema": reference("Id"), "example": "ada",
        },
        "where": {
            "name": "where", "in": "query", "description": "Only documents that this filter matches. Members are ANDed; a path is member names joined by dots.",
            "content": {"application/json": {"schema": reference("Filter"), "example": {"born": {"$lt": 1900}, "name": "Ada"}}},
        },
    })
}

fn named(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect()
}

/// The parameters that every method of a path has.
pub fn of_path(resource: &str) -> Vec<Value> {
    match resource {
        "document" => named(&["collection", "id"]),
        "collection" => named(&["collection"]),
        _ => Vec::new(),
    }
}

/// The parameters of one operation.
pub fn of_operation(name: &str) -> Vec<Value> {
    match name {
        "get" => named(&["if_match", "if_none_match", "cache_control"]),
        "put" | "patch" | "delete" => named(&["if_match", "if_none_match"]),
        "create" => named(&["idempotency_key"]),
        "list" => named(&["limit", "after", "where", "prefer"]),
        _ => Vec::new(),
    }
}

/// The body of an operation that takes one.
pub fn body(operation: &Operation, media: &str) -> Value {
    let (schema, example) = match operation.name.as_str() {
        "patch" => ("MergePatch", json!({"born": null, "died": 1852})),
        _ => ("Document", serde_json::from_str(ADA).expect("the example is JSON")),
    };
    let mut content = serde_json::Map::new();
    content.insert(media.to_owned(), json!({"schema": reference(schema), "example": example}));
    json!({"required": true, "content": content})
}
