//! Cases for every precondition on a document that is absent, live or deleted, with every method that looks at one.

use super::outcomes::Outcomes;
use super::set::{Set, step};
use anyhow::bail;
use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq)]
enum State {
    Absent,
    Live,
    Deleted,
}

/// What a field says.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    Any,
    Current,
    Weak,
    Other,
    /// The current tag among others.
    Listed,
    Malformed,
}

const STATES: [(State, &str); 3] = [(State::Absent, "absent"), (State::Live, "live"), (State::Deleted, "deleted")];
const FIELDS: [Field; 6] = [Field::Any, Field::Current, Field::Weak, Field::Other, Field::Listed, Field::Malformed];
const OTHER: &str = "\"0123456789abcdef0123456789abcdef\"";

type Pair = (Option<Field>, Option<Field>);

/// None, each field alone, and every way in which two well-formed ones can come out.
fn pairs() -> Vec<Pair> {
    let mut pairs: Vec<Pair> = vec![(None, None)];
    pairs.extend(FIELDS.map(|field| (Some(field), None)));
    pairs.extend(FIELDS.map(|field| (None, Some(field))));
    for if_match in [Field::Current, Field::Other] {
        pairs.extend([Field::Current, Field::Other, Field::Malformed].map(|if_none_match| (Some(if_match), Some(if_none_match))));
    }
    pairs
}

pub fn sets(outcomes: &Outcomes) -> anyhow::Result<Vec<Set>> {
    let mut groups = Vec::new();
    let operations = outcomes.0.operations.iter().filter(|operation| operation.resource == "document");
    for (operation, method) in operations.flat_map(|operation| operation.methods.iter().map(move |method| (operation.name.as_str(), method))) {
        for (state, name) in STATES {
            groups.push(Group { outcomes, operation, method, state, name, keys: 0, steps: Vec::new() }.played()?);
        }
    }
    Ok(vec![Set {
        name: "preconditions".to_owned(),
        why: "If-Match and If-None-Match are judged alike whatever the method, on a document that is absent, live or deleted.".to_owned(),
        clauses: &[
            "if-match-is-strong",
            "if-none-match-is-weak",
            "if-match-comes-first",
            "not-modified-on-reads",
            "precondition-failed-on-writes",
            "precondition-syntax-is-checked",
            "missing-document-comes-before-preconditions",
        ],
        modes: &["off", "write-through", "write-behind"],
        stores: &["mysql"],
        profile: "plain",
        groups,
    }])
}

/// All preconditions of one method on documents of one state.
struct Group<'a> {
    outcomes: &'a Outcomes<'a>,
    operation: &'a str,
    method: &'a str,
    state: State,
    name: &'a str,
    /// Documents used so far: a new one after each request that changes what there is.
    keys: usize,
    steps: Vec<Value>,
}

impl Group<'_> {
    fn played(mut self) -> anyhow::Result<Vec<Value>> {
        self.prepare()?;
        let pairs = pairs();
        for (index, pair) in pairs.iter().enumerate() {
            let problem = self.problem(*pair);
            let expect = match problem {
                Some("not-modified") => "304".to_owned(),
                Some(slug) if self.method == "HEAD" => self.outcomes.status_of(slug)?,
                Some(slug) => self.outcomes.problem(slug)?,
                None if self.method == "PUT" && self.state != State::Live => self.outcomes.created(self.operation)?,
                None => self.outcomes.done(self.operation)?,
            };
            let request = self.request(*pair)?;
            self.steps.push(step(&self.method.to_lowercase(), request, expect));
            let changed = problem.is_none() && (self.method == "DELETE" || self.method == "PUT" && self.state != State::Live);
            if changed && index + 1 < pairs.len() {
                self.keys += 1;
                self.prepare()?;
            }
        }
        Ok(self.steps)
    }

    fn key(&self) -> String {
        format!("{}-{}-{}", self.method.to_lowercase(), self.name, self.keys)
    }

    fn prepare(&mut self) -> anyhow::Result<()> {
        let key = self.key();
        if self.state != State::Absent {
            let created = self.outcomes.created("put")?;
            self.steps.push(json!({"put": {"key": key, "body": {"json": {"a": 1}}}, "as": key, "expect": created}));
        }
        if self.state == State::Deleted {
            self.steps.push(step("delete", json!({"key": key}), self.outcomes.done("delete")?));
        }
        Ok(())
    }

    /// The document's tag never changes: what is written is what is there.
    fn request(&self, (if_match, if_none_match): Pair) -> anyhow::Result<Value> {
        let mut request = json!({"key": self.key()});
        match self.method {
            "PUT" => request["body"] = json!({"json": {"a": 1}}),
            "PATCH" => request["body"] = json!({"json": {}}),
            "GET" | "HEAD" | "DELETE" => {}
            other => bail!("operations.toml: {other} of a document has no cases with preconditions; write them in xtask/src/codegen/cases/preconditions.rs"),
        }
        for (name, field) in [("if_match", if_match), ("if_none_match", if_none_match)] {
            if let Some(field) = field {
                request[name] = self.field(field);
            }
        }
        Ok(request)
    }

    fn field(&self, field: Field) -> Value {
        let current = match self.state {
            State::Absent => json!(OTHER),
            State::Live | State::Deleted => json!({"etag_of": self.key()}),
        };
        match field {
            Field::Any => json!("*"),
            Field::Current => current,
            Field::Weak if self.state == State::Absent => json!(format!("W/{OTHER}")),
            Field::Weak => json!({"etag_of": self.key(), "weak": true}),
            Field::Other => json!(OTHER),
            Field::Listed => json!(["\"x\"", current, "W/\"y\""]),
            Field::Malformed => json!("x"),
        }
    }

    /// Syntax first, then whether the document is there, then If-Match, then If-None-Match (RFC 9110 §13.2).
    fn problem(&self, (if_match, if_none_match): Pair) -> Option<&'static str> {
        let live = self.state == State::Live;
        let reads = self.method == "GET" || self.method == "HEAD";
        if [if_match, if_none_match].contains(&Some(Field::Malformed)) {
            return Some("bad-header");
        }
        if !live && self.method != "PUT" {
            return Some("document-not-found");
        }
        if if_match.is_some_and(|field| !live || matches!(field, Field::Weak | Field::Other)) {
            return Some("precondition-failed");
        }
        if if_none_match.is_some_and(|field| live && field != Field::Other) {
            return Some(if reads { "not-modified" } else { "precondition-failed" });
        }
        None
    }
}
