//! Simpler bodies, filters and plants.

use crate::sequence::operands::Repeat;
use crate::sequence::{Body, Planted};
use serde_json::{Map, Value, json};

/// Simpler bodies, the simplest first.
pub fn bodies(body: &Body) -> Vec<Body> {
    let mut all = vec![Body::Json(json!({}))];
    match body {
        Body::Json(value) => all.extend(values(value).into_iter().map(Body::Json)),
        Body::Text(text) => {
            // What an odd spelling says is simpler in the canonical one.
            all.extend(serde_json::from_str::<Value>(text).ok().filter(Value::is_object).map(Body::Json));
            all.extend(texts(text).into_iter().map(Body::Text));
        }
        Body::Parts(parts) => all.extend(parts.iter().enumerate().flat_map(|(index, part)| {
            let Body::Repeat(repeat) = part else { return Vec::new() };
            let fewer = [0, 1, repeat.times / 2].into_iter().filter(|times| *times < repeat.times);
            fewer
                .map(|times| {
                    let mut fewer = parts.clone();
                    fewer[index] = Body::Repeat(Box::new(Repeat { part: repeat.part.clone(), times }));
                    Body::Parts(fewer)
                })
                .collect()
        })),
        Body::Hex(_) | Body::Repeat(_) => {}
    }
    all.retain(|candidate| candidate != body);
    all
}

/// Simpler values of any type.
pub fn values(value: &Value) -> Vec<Value> {
    let mut all = match value {
        Value::Object(members) => {
            let alone = members.iter().filter(|_| members.len() > 1).map(|(name, inner)| json!({name: inner}));
            let fewer = (0..members.len()).map(|gone| {
                Value::Object(members.iter().enumerate().filter(|(index, _)| *index != gone).map(|(_, (name, inner))| (name.clone(), inner.clone())).collect())
            });
            let inner = members.iter().flat_map(|(name, inner)| values(inner).into_iter().map(|simpler| with(members, name, simpler)));
            alone.chain(fewer).chain(inner).collect()
        }
        Value::Array(items) => {
            let fewer =
                (0..items.len()).map(|gone| Value::Array(items.iter().enumerate().filter(|(index, _)| *index != gone).map(|(_, item)| item.clone()).collect()));
            let inner = items.iter().enumerate().flat_map(|(index, item)| {
                values(item).into_iter().map(move |simpler| {
                    let mut changed = items.clone();
                    changed[index] = simpler;
                    Value::Array(changed)
                })
            });
            [json!(0), json!([])].into_iter().chain(fewer).chain(inner).collect()
        }
        Value::String(text) => [json!(0)].into_iter().chain(texts(text).into_iter().map(Value::String)).collect(),
        Value::Number(number) if number.as_f64() == Some(0.0) && number.is_i64() => Vec::new(),
        Value::Number(_) => vec![json!(0), json!(1)],
        Value::Null | Value::Bool(_) => vec![json!(0)],
    };
    // Of two as short the one with more zeros is simpler.
    all.retain(|candidate| candidate != value && (size(candidate), candidate.to_string()) < (size(value), value.to_string()));
    all
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

fn with(members: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut changed = members.clone();
    changed.insert(name.to_owned(), value);
    Value::Object(changed)
}

/// Either half of a text, and short ones without a character.
fn texts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let middle = characters.len() / 2;
    let mut all: Vec<String> = vec![characters[..middle].iter().collect(), characters[middle..].iter().collect()];
    if characters.len() <= 12 {
        all.extend(
            (0..characters.len()).map(|gone| characters.iter().enumerate().filter(|(index, _)| *index != gone).map(|(_, character)| character).collect()),
        );
    }
    all.retain(|candidate| candidate != text);
    all
}

/// Simpler filters, some of which are none.
pub fn filters(filter: &Value) -> Vec<Value> {
    let Value::Object(members) = filter else { return Vec::new() };
    let mut all = vec![json!({})];
    // What stands in an $and can stand alone.
    all.extend(members.values().filter_map(Value::as_array).flatten().filter(|inner| inner.is_object()).cloned());
    all.extend(values(filter));
    all
}

/// Simpler plants of the same kind.
pub fn planted(what: &Planted) -> Vec<Planted> {
    match what {
        Planted::Entry { n, kind, body: Some(body), etag, ttl_ms } => {
            let entry = |body| Planted::Entry { n: *n, kind: kind.clone(), body: Some(body), etag: etag.clone(), ttl_ms: *ttl_ms };
            bodies(body).into_iter().map(entry).collect()
        }
        Planted::Row { n, body } => {
            let mut all = vec![Planted::Row { n: 1, body: body.clone() }];
            all.extend(body.iter().flat_map(bodies).map(|body| Planted::Row { n: *n, body: Some(body) }));
            all.retain(|candidate| !matches!((candidate, n), (Planted::Row { n: 1, body: same }, 1) if same == body));
            all
        }
        Planted::Writer { live_ms, overlapped: true } => vec![Planted::Writer { live_ms: *live_ms, overlapped: false }],
        _ => Vec::new(),
    }
}
