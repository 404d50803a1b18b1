//! The page of the routing file.

use super::page::{Page, code};
use crate::codegen::contract::Contract;
use crate::codegen::facts::{Fact, settings};

const EXAMPLE: &str = r#"{
  "listen": "127.0.0.1:8080",
  "redis": {"url": "redis://127.0.0.1:6379"},
  "stores": {
    "mongo": {"kind": "mongodb", "url": "mongodb://127.0.0.1:27017/docproxy"},
    "mysql": {"kind": "mysql", "url": "mysql://docproxy:${MYSQL_PASSWORD}@127.0.0.1:3306/docproxy"}
  },
  "routes": [
    {"match": "audit-*", "store": "mysql", "cache": "off"},
    {"match": "*", "store": "mongo", "cache": "write-through", "ttl_ms": 60000}
  ]
}"#;

/// Every key of the routing file, and why one is refused.
pub fn routing(contract: &Contract) -> Page {
    let text = "The one configuration of a proxy: where documents live and how they are cached. Keys are checked in this order, and a key that is not listed is refused.";
    let mut page = Page::new("routing", "Routing file", text);
    page.verbatim("json", EXAMPLE);
    let list = settings(contract);
    let at = |field: &str| list.fields.iter().position(|name| *name == field).expect("a field of the settings");
    let row = |row: &Vec<Fact>| {
        let [path, required] =
            [path(&row[at("group")], &row[at("key")]), if matches!(row[at("required")], Fact::Boolean(true)) { "yes".to_owned() } else { String::new() }];
        vec![
            code(&path),
            shown(&row[at("expected")]),
            required,
            default(&row[at("default")]),
            shown(&row[at("modes")]),
            description(contract, &row[at("group")], &row[at("key")]),
        ]
    };
    page.heading("Keys");
    page.table(&["key", "takes", "required", "default", "only with", "what it does"], list.rows.iter().map(row));
    page.heading("What a URL looks like");
    page.paragraph("`${NAME}` is replaced by the environment variable first; the result must match:");
    let urls = contract.routing["x-urls"].as_object().into_iter().flatten();
    page.table(&["kind", "pattern"], urls.map(|(kind, pattern)| vec![kind.clone(), code(pattern.as_str().unwrap_or_default())]));
    page.heading("Why a file is refused");
    let line = contract.messages["line"]["refused"].as_str().unwrap_or_default();
    page.paragraph(&format!("Exit code {}, and one line on stderr: {}. The first fault counts.", contract.messages["exit"]["refused"], code(line)));
    let fault = |(id, fault): (&String, &toml::Value)| vec![code(id), text_of(&fault["wrong"]), text_of(&fault["right"])];
    page.table(&["fault", "what is wrong", "what would be right"], contract.messages["fault"].as_table().into_iter().flatten().map(fault));
    page
}

fn text_of(value: &toml::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn shown(fact: &Fact) -> String {
    match fact {
        Fact::Text(text) => text.clone(),
        Fact::Texts(texts) => texts.join(", "),
        _ => String::new(),
    }
}

fn default(fact: &Fact) -> String {
    match fact {
        Fact::MaybeText(Some(text)) => code(text),
        _ => String::new(),
    }
}

/// Where a key stands in the file.
fn path(group: &Fact, key: &Fact) -> String {
    let before = match shown(group).as_str() {
        "root" => "",
        "redis" => "redis.",
        "store" => "stores.<name>.",
        "limits" => "limits.",
        "route" => "routes[].",
        other => unreachable!("{other} is no group of settings"),
    };
    before.to_owned() + &shown(key)
}

fn description(contract: &Contract, group: &Fact, key: &Fact) -> String {
    let properties = &contract.routing["properties"];
    let group = match shown(group).as_str() {
        "root" => properties,
        "redis" => &properties["redis"]["properties"],
        "store" => &properties["stores"]["additionalProperties"]["properties"],
        "limits" => &properties["limits"]["properties"],
        _ => &properties["routes"]["items"]["properties"],
    };
    group[shown(key).as_str()]["description"].as_str().unwrap_or_default().to_owned()
}
