//! Every vector of contract/vectors holds in this language.

#[path = "vectors/extended.rs"]
mod extended;
#[path = "vectors/operand.rs"]
mod operand;
#[path = "vectors/rooms.rs"]
mod rooms;
#[path = "vectors/wire.rs"]
mod wire;

use serde_json::Value;

/// Plays the input of one vector.
type Play = fn(&Value) -> Value;

/// The files with the room that each is about.
const FILES: &[(&str, Play)] = &[
    ("arguments", rooms::arguments),
    ("body", rooms::body),
    ("canonical", rooms::canonical),
    ("config", rooms::config),
    ("content_type", wire::content_type),
    ("etag", rooms::etag),
    ("filters", rooms::filters),
    ("idempotency", wire::idempotency),
    ("json", rooms::json),
    ("keys", rooms::keys),
    ("links", wire::links),
    ("lists", wire::lists),
    ("merge_patch", rooms::merge_patch),
    ("paths", wire::paths),
    ("preconditions", wire::preconditions),
    ("projection", rooms::projection),
    ("records", rooms::records),
    ("routing", rooms::routing),
    ("where", rooms::filter_matches),
];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/vectors");

#[test]
fn every_vector_holds() {
    let mut failures = Vec::new();
    for (file, play) in FILES {
        let text = std::fs::read(format!("{FOLDER}/{file}.json")).expect("the file of vectors is there");
        let vectors: Vec<Value> = serde_json::from_slice(&text).expect("a file of vectors is an array");
        for vector in &vectors {
            let (found, expected) = (play(&vector["input"]), &vector["expect"]);
            if !operand::agree(&found, expected) {
                failures.push(format!("{file}: {}\n  expected {}\n  found    {}", vector["name"], short(expected), short(&found)));
            }
        }
    }
    assert!(failures.is_empty(), "{} vectors do not hold:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_file_of_vectors_is_played() {
    let files = std::fs::read_dir(FOLDER).expect("the folder of vectors is there");
    for file in files {
        let name = file.expect("a file of vectors").file_name().to_string_lossy().replace(".json", "");
        assert!(FILES.iter().any(|(known, _)| *known == name), "nothing plays {name}.json");
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    text.chars().take(400).collect()
}
