//! Cases for every body vector: a PUT of it, and a GET that shows what came of it.

use super::Vectors;
use super::outcomes::Outcomes;
use super::set::{Set, and, step, text};
use crate::digest::sha256;
use anyhow::Context;
use serde_json::{Value, json};

/// Bodies above this go to the store that takes them fast.
const SMALL: usize = 8192;

/// One vector under way.
struct Vector<'a> {
    key: String,
    body: &'a Value,
    bytes: Vec<u8>,
}

pub fn sets(outcomes: &Outcomes, vectors: &Vectors) -> anyhow::Result<Vec<Set>> {
    let (mut taken, mut refused, mut large) = (Vec::new(), Vec::new(), Vec::new());
    // The suite's targets have the usual limit.
    let most = outcomes.limit("body_bytes")?;
    let usual = |vector: &&Value| vector["input"].get("limit").is_none_or(|limit| *limit == most);
    let bodies = vectors.body.iter().filter(usual).map(|vector| (vector, &vector["input"]["body"]));
    let texts = vectors.json.iter().map(|vector| (vector, &vector["input"]));
    for (number, (vector, body)) in texts.chain(bodies).enumerate() {
        let name = vector["name"].as_str().context("a vector without a name")?;
        let group = group(outcomes, number, body, &vector["expect"]).with_context(|| name.to_owned())?;
        let big = bytes(body)?.len() > SMALL;
        let kind = if big {
            &mut large
        } else if vector["expect"].get("error").is_some() {
            &mut refused
        } else {
            &mut taken
        };
        kind.push(group);
    }
    let set = |name: &str, why: &str, clauses, stores, groups| Set {
        name: name.to_owned(),
        why: why.to_owned(),
        clauses,
        modes: &["write-through", "write-behind"],
        stores,
        profile: "plain",
        groups,
    };
    Ok(vec![
        set("bodies-that-are-taken", "A body is answered and kept in its canonical form.", TAKEN, &["mongodb", "mysql"], taken),
        set("bodies-that-are-refused", "A body that is no document is refused for its first fault, and nothing is kept.", REFUSED, &["mysql"], refused),
        set("bodies-that-are-large", "A large body is judged like a small one.", &["body-size-is-limited"], &["mysql"], large),
    ])
}

const TAKEN: &[&str] = &[
    "document-is-canonical",
    "etag-is-hash-of-canonical",
    "put-etag-only-if-canonical",
    "json-numbers-round-correctly",
    "json-root-is-object",
    "any-name-is-plain",
];
const REFUSED: &[&str] = &[
    "json-is-strict",
    "json-surrogates-are-paired",
    "json-names-are-unique",
    "json-name-without-nul",
    "json-depth-is-limited",
    "json-number-in-range",
    "json-integer-is-exact",
    "json-first-fault-wins",
];

fn group(outcomes: &Outcomes, number: usize, body: &Value, expect: &Value) -> anyhow::Result<Vec<Value>> {
    let vector = Vector { key: format!("v{number:03}"), body, bytes: bytes(body)? };
    if let Some(slug) = expect.get("error") {
        return vector.refused(outcomes, slug.as_str().context("error is a slug")?);
    }
    let canonical = &expect["canonical"];
    let value: Value = serde_json::from_slice(&bytes(canonical)?)?;
    if value.is_object() {
        return vector.taken(outcomes, canonical);
    }
    let mut steps = vector.refused(outcomes, "root-not-object")?;
    // Inside a document it is taken, unless that makes it too deep.
    if levels(&value) < outcomes.limit("depth_levels")? {
        let wrapped = |inner: &Value| json!({"parts": [text("{\"v\":"), inner, text("}")]});
        let (body, canonical) = (wrapped(body), wrapped(canonical));
        steps.pop();
        steps.extend(Vector { key: vector.key, bytes: bytes(&body)?, body: &body }.taken(outcomes, &canonical)?);
    }
    Ok(steps)
}

impl Vector<'_> {
    fn put(&self, expect: String) -> anyhow::Result<Value> {
        Ok(step("put", json!({"key": self.key, "body": operand(self.body)?}), expect))
    }

    fn refused(&self, outcomes: &Outcomes, slug: &str) -> anyhow::Result<Vec<Value>> {
        Ok(vec![self.put(outcomes.problem(slug)?)?, step("get", json!({"key": self.key}), outcomes.problem("document-not-found")?)])
    }

    fn taken(&self, outcomes: &Outcomes, canonical: &Value) -> anyhow::Result<Vec<Value>> {
        let text = bytes(canonical)?;
        let etag = format!("\"{}\"", &sha256(&text)[..32]);
        let with_put = if text == self.bytes { json!(etag) } else { Value::Null };
        let put = and(self.put(outcomes.created("put")?)?, "carries", json!({"ETag": with_put}));
        let get = and(step("get", json!({"key": self.key}), outcomes.done("get")?), "carries", json!({"ETag": etag}));
        Ok(vec![put, and(get, "sees", operand(canonical)?)])
    }
}

/// How deep a value is, itself counted.
fn levels(value: &Value) -> i64 {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

/// The bytes that a vector's operand stands for.
fn bytes(operand: &Value) -> anyhow::Result<Vec<u8>> {
    let (kind, inner) = operand.as_object().and_then(|members| members.iter().next()).context("an operand is an object with one member")?;
    match (kind.as_str(), inner) {
        ("text", Value::String(text)) => Ok(text.clone().into_bytes()),
        ("hex", Value::String(digits)) => {
            (0..digits.len()).step_by(2).map(|at| Ok(u8::from_str_radix(digits.get(at..at + 2).context("hex has an odd number of digits")?, 16)?)).collect()
        }
        ("parts", Value::Array(parts)) => Ok(parts.iter().map(bytes).collect::<anyhow::Result<Vec<_>>>()?.concat()),
        ("repeat", Value::Object(_)) => Ok(bytes(&inner["part"])?.repeat(usize::try_from(inner["times"].as_u64().context("times is a number")?)?)),
        _ => anyhow::bail!("{kind} is no kind of operand"),
    }
}

/// The same as an operand of a case, in whose texts `${` has a meaning.
fn operand(of: &Value) -> anyhow::Result<Value> {
    let special = |text: &Value| text.as_str().is_some_and(|text| text.contains("${"));
    Ok(if of.get("text").is_some_and(special) {
        json!({"hex": bytes(of)?.iter().map(|byte| format!("{byte:02x}")).collect::<String>()})
    } else if let Some(Value::Array(parts)) = of.get("parts") {
        json!({"parts": parts.iter().map(operand).collect::<anyhow::Result<Vec<_>>>()?})
    } else if let Some(repeat) = of.get("repeat") {
        json!({"repeat": {"part": operand(&repeat["part"])?, "times": repeat["times"]}})
    } else {
        of.clone()
    })
}
