//! The contract as plain facts: groups of named values and lists of records, ready for any language.

use super::contract::Contract;
use crate::digest::sha1;
use serde_json::Value;

/// A value every target language can write down.
#[derive(Clone)]
pub enum Fact {
    Integer(i64),
    Text(String),
    Texts(Vec<String>),
    Integers(Vec<i64>),
    /// A text that may be missing.
    MaybeText(Option<String>),
    /// An integer that may be missing.
    MaybeInteger(Option<i64>),
    Boolean(bool),
    /// A problem that may be missing, by its slug.
    MaybeProblem(Option<String>),
}

/// Named values of one subject: a module of constants.
pub struct Group {
    pub name: &'static str,
    pub text: &'static str,
    pub values: Vec<(String, Fact)>,
}

/// Records of one shape. With `named` each is also a constant of its own, called by its first field.
pub struct List {
    pub name: &'static str,
    pub record: &'static str,
    pub text: &'static str,
    pub named: bool,
    pub fields: Vec<&'static str>,
    pub rows: Vec<Vec<Fact>>,
}

pub struct Facts {
    pub version: &'static str,
    pub methods: Vec<String>,
    pub groups: Vec<Group>,
    pub lists: Vec<List>,
}

/// All facts of the contract, in a fixed order.
pub fn from(contract: &Contract) -> Facts {
    Facts {
        version: env!("CARGO_PKG_VERSION"),
        methods: contract.headers.methods.clone(),
        groups: groups(contract),
        lists: vec![
            problems(contract),
            scripts(contract),
            faults(contract),
            operations(contract),
            outcomes(contract),
            settings(contract),
            durability(contract),
        ],
    }
}

fn groups(contract: &Contract) -> Vec<Group> {
    let section = |table: &toml::Table, name: &str| table[name].as_table().expect("a section").clone();
    let limits = contract.limits.iter().map(|(name, limit)| (name.clone(), Fact::Integer(limit["value"].as_integer().expect("an integer"))));
    let keys = contract.keys.iter().filter_map(|(name, key)| Some((name.clone(), Fact::Texts(pieces(key.get("pattern")?.as_str()?)))));
    let mut record = section(&contract.keys, "record");
    record.remove("text");
    let mut event = toml::Table::new();
    for name in section(&contract.log, "event").keys() {
        event.insert(name.clone(), name.clone().into());
    }
    let group = |name, text, values: Vec<(String, Fact)>| Group { name, text, values };
    vec![
        group("limits", "Numbers that more than one place must agree on (contract/limits.toml).", limits.collect()),
        group("names", "Header names (contract/headers.toml).", scalars(&contract.headers.names)),
        group("media", "Media types.", scalars(&contract.headers.media)),
        group("cache_control", "Values of Cache-Control.", scalars(&contract.headers.cache_control)),
        group("cache_status", "Values of Cache-Status (RFC 9211).", scalars(&contract.headers.cache_status)),
        group("write_status", "Values of Write-Status.", scalars(&contract.headers.write_status)),
        group("keys", "Redis keys: the pieces around the collection, the generation and the id (contract/keys.toml).", keys.collect()),
        group("urls", "What a URL of the routing file looks like once its variables are filled in, by kind (contract/routing.schema.json).", urls(contract)),
        group("objects", "What is expected of the routing file's own objects (contract/routing.schema.json).", objects(contract)),
        group("record", "The parts of a cached record.", scalars(&record)),
        group("mysql", "SQL statements and error numbers (contract/store.toml).", scalars(&section(&contract.store, "mysql"))),
        group("mongodb", "MongoDB names and error numbers (contract/store.toml).", scalars(&section(&contract.store, "mongodb"))),
        group("exit", "Exit codes (contract/messages.toml).", scalars(&section(&contract.messages, "exit"))),
        group("line", "Lines on the terminal; names in braces are filled in.", scalars(&section(&contract.messages, "line"))),
        group("usage", "What is wrong with the arguments.", scalars(&section(&contract.messages, "usage"))),
        group("help", "The text of --help.", scalars(&section(&contract.messages, "help"))),
        group("event", "Names of log events (contract/log.toml).", scalars(&event)),
        group("dependency", "Names and states of dependencies in the log.", scalars(&section(&contract.log, "dependency"))),
        group("reason", "Why a proxy is not ready.", scalars(&section(&contract.log, "reason"))),
        group("stats", "Names of the counters.", scalars(&section(&contract.log, "stats"))),
    ]
}

fn scalars(table: &toml::Table) -> Vec<(String, Fact)> {
    let fact = |value: &toml::Value| match value {
        toml::Value::Integer(number) => Fact::Integer(*number),
        toml::Value::Array(items) if items.iter().all(toml::Value::is_integer) => Fact::Integers(items.iter().filter_map(toml::Value::as_integer).collect()),
        toml::Value::Array(items) => Fact::Texts(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()),
        other => Fact::Text(other.as_str().expect("a text").to_owned()),
    };
    table.iter().map(|(name, value)| (name.clone(), fact(value))).collect()
}

fn urls(contract: &Contract) -> Vec<(String, Fact)> {
    let patterns = contract.routing["x-urls"].as_object().expect("x-urls");
    patterns.iter().map(|(kind, pattern)| (kind.clone(), Fact::Text(pattern.as_str().expect("a pattern").to_owned()))).collect()
}

fn objects(contract: &Contract) -> Vec<(String, Fact)> {
    let places = [("root", ""), ("store", "/properties/stores/additionalProperties"), ("route", "/properties/routes/items")];
    let expected = |place: &str| contract.routing.pointer(&format!("{place}/x-expected")).and_then(|text| text.as_str()).expect("x-expected");
    places.map(|(name, place)| (name.to_owned(), Fact::Text(expected(place).to_owned()))).into()
}

/// The literal pieces of a key pattern between its `<placeholders>`.
fn pieces(pattern: &str) -> Vec<String> {
    let mut rest = pattern;
    let mut pieces = Vec::new();
    while let Some((piece, tail)) = rest.split_once('<') {
        pieces.push(piece.to_owned());
        rest = tail.split_once('>').expect("a placeholder ends with >").1;
    }
    pieces.push(rest.to_owned());
    pieces
}

fn problems(contract: &Contract) -> List {
    let row = |error: &super::contract::Error| {
        vec![
            Fact::Text(error.slug.clone()),
            Fact::Integer(error.status.into()),
            Fact::MaybeInteger(error.retry_after_s.map(i64::from)),
            Fact::Text(error.body()),
        ]
    };
    List {
        name: "problems",
        record: "problem",
        text: "Every problem a client can be told (contract/errors.toml); body is the whole answer.",
        named: true,
        fields: vec!["slug", "status", "retry_after_s", "body"],
        rows: contract.errors.iter().map(row).collect(),
    }
}

fn durability(contract: &Contract) -> List {
    let settings = contract.keys["durability"].as_table().expect("a section");
    let row = |(name, value): (&String, &toml::Value)| vec![Fact::Text(name.clone()), Fact::Text(value.as_str().expect("a text").to_owned())];
    List {
        name: "durability",
        record: "durability",
        text: "What Redis must be set to where a route has durability aof (contract/keys.toml).",
        named: false,
        fields: vec!["name", "value"],
        rows: settings.iter().map(row).collect(),
    }
}

fn scripts(contract: &Contract) -> List {
    let row = |script: &super::contract::Script| vec![Fact::Text(script.name.clone()), Fact::Text(sha1(&script.text)), Fact::Text(script.text.clone())];
    List {
        name: "scripts",
        record: "script",
        text: "The Lua scripts (contract/scripts) with the digest that EVALSHA takes.",
        named: true,
        fields: vec!["name", "sha1", "text"],
        rows: contract.scripts.iter().map(row).collect(),
    }
}

fn faults(contract: &Contract) -> List {
    let text = |fault: &toml::Value, part: &str| Fact::Text(fault[part].as_str().expect("a text").to_owned());
    let row = |(id, fault): (&String, &toml::Value)| vec![Fact::Text(id.clone()), text(fault, "wrong"), text(fault, "right")];
    List {
        name: "faults",
        record: "fault",
        text: "Why a routing file is refused (contract/messages.toml); names in braces are filled in.",
        named: true,
        fields: vec!["id", "wrong", "right"],
        rows: contract.messages["fault"].as_table().expect("a section").iter().map(row).collect(),
    }
}

fn operations(contract: &Contract) -> List {
    let row = |operation: &super::contract::Operation| {
        vec![
            Fact::Text(operation.name.clone()),
            Fact::Texts(operation.methods.clone()),
            Fact::Text(operation.resource.clone()),
            Fact::MaybeText(operation.path.clone()),
            Fact::MaybeText(operation.body.clone()),
        ]
    };
    List {
        name: "operations",
        record: "operation",
        text: "The operations (contract/operations.toml).",
        named: false,
        fields: vec!["name", "methods", "resource", "path", "body"],
        rows: contract.operations.iter().map(row).collect(),
    }
}

fn outcomes(contract: &Contract) -> List {
    let rows = contract.operations.iter().flat_map(|operation| {
        operation.outcomes.iter().map(|outcome| {
            vec![
                Fact::Text(operation.name.clone()),
                Fact::Integer(outcome.status.into()),
                Fact::MaybeProblem(outcome.problem.clone()),
                Fact::MaybeText(outcome.needs.clone()),
            ]
        })
    });
    List {
        name: "outcomes",
        record: "outcome",
        text: "Every outcome of every operation; needs names what must be there to reach it.",
        named: false,
        fields: vec!["operation", "status", "problem", "needs"],
        rows: rows.collect(),
    }
}

/// The keys of the routing file.
pub fn settings(contract: &Contract) -> List {
    let schema = &contract.routing;
    let store = &schema["properties"]["stores"]["additionalProperties"];
    let groups = [
        ("root", schema),
        ("redis", &schema["properties"]["redis"]),
        ("store", store),
        ("limits", &schema["properties"]["limits"]),
        ("route", &schema["properties"]["routes"]["items"]),
    ];
    List {
        name: "settings",
        record: "setting",
        text: "The keys of the routing file in the order in which they are checked (contract/routing.schema.json).",
        named: false,
        fields: vec!["group", "key", "kind", "required", "default", "minimum", "maximum", "allowed", "pattern", "expected", "modes"],
        rows: groups.iter().flat_map(|(group, schema)| settings_of(group, schema)).collect(),
    }
}

fn settings_of(group: &str, schema: &Value) -> Vec<Vec<Fact>> {
    let required = texts(&schema["required"]);
    let properties = schema["properties"].as_object().expect("properties");
    let row = |(key, setting): (&String, &Value)| {
        let default = match &setting["default"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        vec![
            Fact::Text(group.to_owned()),
            Fact::Text(key.clone()),
            Fact::Text(setting["type"].as_str().expect("a type").to_owned()),
            Fact::Boolean(required.contains(key)),
            Fact::MaybeText(default),
            Fact::MaybeInteger(setting["minimum"].as_i64()),
            Fact::MaybeInteger(setting["maximum"].as_i64()),
            Fact::Texts(texts(&setting["enum"])),
            Fact::MaybeText(setting["pattern"].as_str().map(str::to_owned)),
            Fact::Text(expected(setting)),
            Fact::Texts(texts(&setting["x-modes"])),
        ]
    };
    properties.iter().map(row).collect()
}

/// The sentence part that says what a setting takes.
pub fn expected(setting: &Value) -> String {
    if let Some(text) = setting["x-expected"].as_str() {
        return text.to_owned();
    }
    match setting["type"].as_str() {
        Some("integer") => format!("an integer from {} to {}", setting["minimum"], setting["maximum"]),
        Some("boolean") => "true or false".to_owned(),
        _ => format!("one of: {}", texts(&setting["enum"]).join(", ")),
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
