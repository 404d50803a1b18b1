//! A small tree with the rooms of three languages is tidy, and no longer so once one thing in it is changed by hand.

use std::fs;
use std::path::Path;
use xtask::tidy::faults;

/// A tree with the real rules and three rooms in each language.
struct Tree(tempfile::TempDir);

const GOOD: [(&str, &str); 13] = [
    ("server-rs/Cargo.toml", "[dependencies]\n"),
    ("server-rs/src/lib.rs", "//! The rooms.\n\nmod http;\nmod json;\nmod store {\n}\nmod store;\n"),
    ("server-rs/src/main.rs", "//! Starts it.\n"),
    ("server-rs/src/http.rs", "//! Speaks HTTP.\n\nuse crate::{json::{self, Value}, store};\n"),
    ("server-rs/src/json.rs", "//! Reads JSON.\n"),
    ("server-rs/src/store.rs", "//! Keeps documents.\n\nmod mongo;\nmod mysql;\n"),
    ("server-rs/src/store/mongo.rs", "//! Keeps them in MongoDB.\n\nuse super::super::json;\n"),
    ("server-rs/src/store/mysql.rs", "//! Keeps them in MySQL.\n"),
    ("conformance/Cargo.toml", "[dependencies]\nanyhow = \"1\"\n"),
    ("node-proxy/src/main.js", "/** Starts it. */\nimport './http.js';\n"),
    ("node-proxy/src/http.js", "/** Speaks HTTP. */\nimport {\n  read,\n} from './json.js';\nimport * as store from \"./store.js\";\n"),
    ("node-proxy/src/json.js", "/** Reads JSON. */\n"),
    ("node-proxy/src/store.js", "/** Keeps documents. */\nimport './store/mongo.js';\nimport './store/mysql.js';\n"),
];

const GOOD_RUBY: [(&str, &str); 8] = [
    ("node-proxy/src/store/mongo.js", "/** Keeps them in MongoDB. */\nimport '../json.js';\n"),
    ("node-proxy/src/store/mysql.js", "/** Keeps them in MySQL. */\n"),
    ("ruby-proxy/lib/main.rb", "# frozen_string_literal: true\n\n# Starts it.\nrequire_relative \"http\"\n"),
    ("ruby-proxy/lib/http.rb", "# Speaks HTTP.\nrequire_relative \"json\"\nrequire_relative \"store\"\n"),
    ("ruby-proxy/lib/json.rb", "# Reads JSON.\n"),
    ("ruby-proxy/lib/store.rb", "# Keeps documents.\nrequire_relative \"store/mongo\"\nrequire_relative \"store/mysql\"\n"),
    ("ruby-proxy/lib/store/mongo.rb", "# Keeps them in MongoDB.\nrequire_relative \"../json\"\n"),
    ("ruby-proxy/lib/store/mysql.rb", "# Keeps them in MySQL.\n"),
];

impl Tree {
    fn good() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        tree.write("xtask/tidy.toml", &fs::read_to_string(xtask::root().join("xtask/tidy.toml")).unwrap());
        for (path, text) in GOOD.iter().chain(&GOOD_RUBY) {
            tree.write(path, text);
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let before = fs::read_to_string(self.0.path().join(path)).unwrap();
        self.write(path, &(before + text));
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.0.path().join(from), self.0.path().join(to)).unwrap();
    }

    fn faults(&self) -> Vec<String> {
        faults(self.0.path()).unwrap().iter().map(ToString::to_string).collect()
    }

    /// Fails unless exactly one line is found, which has all these parts.
    #[track_caller]
    fn has_just(&self, parts: &[&str]) {
        let faults = self.faults();
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(parts.iter().all(|part| faults[0].contains(part)), "{} lacks one of {parts:?}", faults[0]);
    }
}

#[test]
fn a_good_tree_has_no_fault() {
    assert_eq!(Tree::good().faults(), Vec::<String>::new());
}

#[test]
fn this_repository_has_no_fault() {
    let faults: Vec<String> = faults(&xtask::root()).unwrap().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_rule_is_explained_where_its_faults_say() {
    let root = xtask::root();
    for (page, heading) in [
        ("ARCHITECTURE.md", "Rooms"),
        ("ARCHITECTURE.md", "Imports"),
        ("ARCHITECTURE.md", "Staying small"),
        ("ARCHITECTURE.md", "Names"),
        ("CONTRIBUTING.md", "House rules"),
    ] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        assert!(text.lines().any(|line| line == format!("## {heading}")), "{page} has no section {heading}");
    }
}

#[test]
fn a_room_renamed_in_one_language_is_missed_there_and_in_the_others() {
    let tree = Tree::good();
    tree.rename("ruby-proxy/lib/json.rb", "ruby-proxy/lib/parser.rb");
    let faults = tree.faults().join("\n");
    assert!(faults.contains("server-rs/src/json.rs:1: ruby lacks this file"), "{faults}");
    assert!(faults.contains("ruby-proxy/lib/parser.rb:1: rust and node lack this file"), "{faults}");
    assert!(faults.contains("ARCHITECTURE.md#rooms"), "{faults}");
}

#[test]
fn an_import_upwards_is_found_in_every_language() {
    let changes = [
        ("server-rs/src/json.rs", "use crate::{http};\n", "server-rs/src/json.rs:2"),
        ("server-rs/src/json.rs", "fn f() {\n    super::store::get();\n}\n", "server-rs/src/json.rs:3"),
        ("node-proxy/src/json.js", "import { x } from \"./http.js\";\n", "node-proxy/src/json.js:2"),
        ("node-proxy/src/json.js", "await import('./http.js');\n", "node-proxy/src/json.js:2"),
        ("ruby-proxy/lib/json.rb", "require_relative \"http\"\n", "ruby-proxy/lib/json.rb:2"),
    ];
    for (path, text, place) in changes {
        let tree = Tree::good();
        tree.append(path, text);
        tree.has_just(&[place, "which points upwards", "ARCHITECTURE.md#imports"]);
    }
}

#[test]
fn a_store_may_not_import_its_sibling() {
    let changes = [
        ("server-rs/src/store/mysql.rs", "use crate::store::{mongo::Row};\n"),
        ("node-proxy/src/store/mysql.js", "import './mongo.js';\n"),
        ("ruby-proxy/lib/store/mysql.rb", "require_relative \"mongo\"\n"),
    ];
    for (path, text) in changes {
        let tree = Tree::good();
        tree.append(path, text);
        tree.has_just(&[path, "store/mysql imports its sibling store/mongo"]);
    }
}

#[test]
fn the_suite_may_not_depend_on_the_server() {
    let tree = Tree::good();
    tree.append("conformance/Cargo.toml", "server-rs = { path = \"../server-rs\" }\n");
    tree.has_just(&["conformance/Cargo.toml:3", "imports server-rs"]);
}

#[test]
fn a_link_in_a_comment_is_no_import() {
    let tree = Tree::good();
    tree.append("server-rs/src/json.rs", "/// See [`crate::http`].\n");
    tree.append("node-proxy/src/json.js", "// import './http.js'\n");
    assert_eq!(tree.faults(), Vec::<String>::new());
}

#[test]
fn a_long_function_is_found_in_every_language() {
    let body = "    x;\n".repeat(70);
    let ruby = "      x\n".repeat(70);
    let changes = [
        ("server-rs/src/json.rs", format!("pub async fn long(\n    a: u8,\n) -> u8 {{\n{body}}}\n")),
        ("node-proxy/src/json.js", format!("export async function long() {{\n{body}}}\n")),
        ("node-proxy/src/json.js", format!("class A {{\n  async long(a, b = f()) {{\n{body}  }}\n}}\n")),
        ("node-proxy/src/json.js", format!("const long = async (a) => {{\n{body}}};\n")),
        ("ruby-proxy/lib/json.rb", format!("module A\n  class B\n    def long(a)\n{ruby}    end\n  end\nend\n")),
    ];
    for (path, text) in changes {
        let tree = Tree::good();
        tree.append(path, &text);
        tree.has_just(&[path, "long has 7", "70 at most", "ARCHITECTURE.md#staying-small"]);
    }
}

#[test]
fn short_functions_one_after_another_are_no_long_one() {
    let tree = Tree::good();
    tree.append("server-rs/src/json.rs", &"fn a();\nfn b() {}\nfn c() {\n    d();\n}\n".repeat(40));
    tree.append("node-proxy/src/json.js", &"function a() {\n  if (x) {\n  }\n}\n".repeat(40));
    tree.append("ruby-proxy/lib/json.rb", &"def a = 1\ndef b(c) = 1\ndef d\n  1\nend\n".repeat(40));
    assert_eq!(tree.faults(), Vec::<String>::new());
}

#[test]
fn a_long_file_is_found_unless_it_is_generated() {
    let tree = Tree::good();
    tree.append("node-proxy/src/json.js", &"x;\n".repeat(400));
    tree.has_just(&["node-proxy/src/json.js:401", "401 lines; 400 at most"]);
    tree.write("node-proxy/src/json.js", &format!("// Generated from contract/ by a command.\n{}", "x;\n".repeat(600)));
    assert_eq!(tree.faults(), Vec::<String>::new());
}

#[test]
fn a_file_opens_with_a_sentence() {
    for (path, text) in [
        ("server-rs/src/json.rs", "use a;\n"),
        ("node-proxy/src/json.js", "// json\n"),
        ("ruby-proxy/lib/json.rb", "# frozen_string_literal: true\n\nmodule A\nend\n"),
    ] {
        let tree = Tree::good();
        tree.write(path, text);
        tree.has_just(&[path, "opens without a sentence"]);
    }
}

#[test]
fn a_file_that_nothing_uses_is_found() {
    let tree = Tree::good();
    tree.write("node-proxy/src/store/mysql/pool.js", "/** Keeps connections. */\n");
    tree.has_just(&["node-proxy/src/store/mysql/pool.js", "nothing imports store/mysql/pool"]);
    let tree = Tree::good();
    tree.write("server-rs/src/store/mysql/pool.rs", "//! Keeps connections.\n");
    tree.has_just(&["server-rs/src/store/mysql/pool.rs", "no `mod pool`"]);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    let tree = Tree::good();
    tree.write("docs/cache_utils.md", "Text.\n");
    tree.has_just(&["docs/cache_utils.md", "utils says nothing", "ARCHITECTURE.md#names"]);
}

#[test]
fn the_host_of_a_registry_is_found_in_any_file() {
    let tree = Tree::good();
    tree.write("node-proxy/package-lock.json", &format!("{{\n\"resolved\": \"https://registry.{}/x\"}}\n", "npmjs.org"));
    tree.has_just(&["node-proxy/package-lock.json:2", "host of a package registry", "CONTRIBUTING.md#house-rules"]);
}

#[test]
fn an_exception_without_a_reason_is_refused() {
    let tree = Tree::good();
    tree.append("xtask/tidy.toml", "\n[[alone]]\npath = \"extra\"\nreason = \"\"\n");
    assert!(faults(Path::new(tree.0.path())).unwrap_err().to_string().contains("no reason"));
}
