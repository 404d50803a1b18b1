//! Writes the OpenAPI 3.1 description: every path, method, parameter, header, body and outcome of the contract.

mod answers;
mod inputs;
mod schemas;

use super::contract::{Contract, Operation};
use super::path_of;
use super::rust::camel;
use serde_json::{Map, Value, json};

const DESCRIPTION: &str = "JSON documents over REST. Which collection lies in which store, and how it is cached, is the operator's routing file; \
a client sees no difference. The same document has the same bytes and the same entity tag whichever implementation answers. \
`OPTIONS *` (204, all methods in Allow) has no place in this format.";

/// The document's text.
pub fn emit(contract: &Contract) -> String {
    let mut text = serde_json::to_string_pretty(&document(contract)).expect("a JSON value can be written");
    text.push('\n');
    text
}

fn document(contract: &Contract) -> Value {
    let listen = contract.routing["properties"]["listen"]["default"].as_str().unwrap_or_default();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "docproxy",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A web document store with one contract and several implementations",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "x-generated": format!("from contract/ by `{}`; do not edit", super::COMMAND),
        "servers": [{"url": format!("http://{listen}"), "description": "The address that a routing file without `listen` gives"}],
        "security": [],
        "tags": [
            {"name": "documents", "description": "One document"},
            {"name": "collections", "description": "Many documents"},
            {"name": "status", "description": "The process itself"},
        ],
        "paths": paths(contract),
        "components": {
            "schemas": schemas::all(contract),
            "parameters": inputs::parameters(contract),
            "examples": answers::examples(contract),
        },
    })
}

/// Every path with its methods, in the order of the operations.
fn paths(contract: &Contract) -> Value {
    let mut paths = Map::new();
    let options = contract.operations.iter().find(|operation| operation.name == "options").expect("the contract has options");
    for operation in contract.operations.iter().filter(|operation| operation.resource != "any") {
        let path = operation.path.as_deref().unwrap_or_else(|| path_of(&operation.resource));
        let item = paths.entry(path).or_insert_with(|| json!({"parameters": inputs::of_path(&operation.resource)}));
        for method in &operation.methods {
            item[method.to_lowercase()] = described(contract, operation, method, &operation.resource);
        }
        item["options"] = described(contract, options, "OPTIONS", &operation.resource);
    }
    Value::Object(paths)
}

fn described(contract: &Contract, operation: &Operation, method: &str, resource: &str) -> Value {
    let mut described = json!({
        "operationId": operation_id(operation, method, resource),
        "summary": if method == "HEAD" { format!("{}, headers only", operation.text) } else { operation.text.clone() },
        "tags": [match resource { "document" => "documents", "collection" => "collections", _ => "status" }],
    });
    let parameters = inputs::of_operation(&operation.name);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(media) = &operation.body {
        described["requestBody"] = inputs::body(operation, media);
    }
    described["responses"] = answers::responses(contract, operation, method, resource);
    described
}

/// A name for each pair of path and method: `getDocument`, `headLive`, `optionsCollection`.
fn operation_id(operation: &Operation, method: &str, resource: &str) -> String {
    let subject = camel(resource);
    match (operation.name.as_str(), method) {
        (_, "HEAD" | "OPTIONS") => method.to_lowercase() + &subject,
        ("create", _) => "createDocument".to_owned(),
        ("list", _) => "listDocuments".to_owned(),
        (name, _) if name == resource => name.to_owned(),
        (name, _) => name.to_owned() + &subject,
    }
}
