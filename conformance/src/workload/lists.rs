//! Lists: pages, cursors, filters.

use super::bodies::{self, NAMES};
use super::{FAR, keys};
use crate::sequence::operands::CursorOf;
use crate::sequence::{Action, After, List, StepRef};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Queries that the service looks at closely.
const ODD_QUERIES: [&str; 30] = [
    "",
    "limit=0",
    "limit=007",
    "limit=%2B5",
    "limit=1001",
    "limit=1000",
    "limit=-1",
    "limit=1.0",
    "limit=",
    "limit=99999999999999999999",
    "limit=1&limit=1",
    "limit=1&&after=a",
    "&",
    "after=",
    "after=%20",
    "after=a%2Fb",
    "after=-a",
    "after=a&after=a",
    "x=1",
    "Limit=1",
    "%6Cimit=1",
    "limit=%31",
    "after=%61",
    "limit",
    "where",
    "where=",
    "where=%7B%7D",
    "where=%zz",
    "where=%FF",
    "limit=1&where=%7B%7D&after=a",
];

/// Filters that are refused, as far as anything follows from the contract.
const BAD_FILTERS: [&str; 22] = [
    "[]",
    "1",
    "{\"a\":{}}",
    "{\"a\":{\"x\":1}}",
    "{\"$x\":1}",
    "{\"a\":{\"$x\":1}}",
    "{\"$and\":[]}",
    "{\"$or\":{}}",
    "{\"$nor\":[1]}",
    "{\"a\":{\"$gt\":null}}",
    "{\"a\":{\"$gt\":true}}",
    "{\"a\":{\"$in\":1}}",
    "{\"a\":{\"$all\":[]}}",
    "{\"a\":{\"$exists\":1}}",
    "{\"a\":{\"$beginsWith\":1}}",
    "{\"a\\\\b\":1}",
    "{\"a\":1,\"a\":1}",
    "{\"a\":{\"$eq\":1,\"b\":2}}",
    "{\"a\":1e400}",
    "{\"a\":9007199254740993}",
    "{\"\\\\x\":1}",
    "{\"a\":{\"$not\":{\"$eq\":1}}}",
];

/// A list of the collection.
pub fn list() -> BoxedStrategy<Action> {
    let limit = prop_oneof![4 => Just(None), 8 => (1_u64..4).prop_map(Some), 1 => select(vec![50, 1000]).prop_map(Some)];
    let after = prop_oneof![
        6 => Just(None),
        3 => keys::pooled().prop_map(|key| Some(After::Pool(key))),
        2 => any::<u16>().prop_map(|far| Some(After::Of(CursorOf { cursor_of: StepRef::Index(FAR + usize::from(far)) }))),
        1 => select(vec!["k", "zzz", "0", "A", "a.", "a~"]).prop_map(|text| Some(After::Text(text.to_owned()))),
    ];
    let parts = (limit, after, prop::option::weighted(0.6, filter()), prop::bool::weighted(0.1));
    let made = parts.prop_map(|(limit, after, r#where, head)| List { limit, after, r#where, head, ..List::default() });
    let followed = any::<u16>().prop_map(|far| List { next_of: Some(StepRef::Index(FAR + usize::from(far))), ..List::default() });
    let odd = select(ODD_QUERIES.to_vec()).prop_map(|query| List { query: Some(query.to_owned()), ..List::default() });
    let bad = select(BAD_FILTERS.to_vec()).prop_map(|filter| {
        let escaped = percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
        List { query: Some(format!("where={escaped}")), ..List::default() }
    });
    prop_oneof![14 => made, 4 => followed, 1 => odd, 1 => bad].prop_map(Action::List).boxed()
}

/// A filter that is right.
fn filter() -> BoxedStrategy<Value> {
    let field = prop_oneof![3 => (path(), value()).prop_map(|(path, value)| json!({path: value})), 5 => (path(), operators()).prop_map(|(path, held)| json!({path: held}))];
    let leaf = prop_oneof![1 => Just(json!({})), 12 => field];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let several = vec(inner.clone(), 1..4);
        prop_oneof![
            3 => (select(vec!["$and", "$or", "$nor"]), several).prop_map(|(word, filters)| json!({word: filters})),
            1 => (inner.clone(), inner).prop_map(|(one, other)| both(one, other)),
        ]
    })
    .boxed()
}

/// Two filters in one object, the second one's members over those of the first.
fn both(one: Value, other: Value) -> Value {
    let (Value::Object(mut members), Value::Object(further)) = (one, other) else { return json!({}) };
    members.extend(further);
    Value::Object(members)
}

fn path() -> BoxedStrategy<String> {
    let deeper = (select(NAMES.to_vec()), bodies::name()).prop_map(|(outer, inner)| format!("{outer}.{}", escaped(&inner)));
    prop_oneof![6 => select(NAMES.to_vec()).prop_map(str::to_owned), 2 => bodies::name().prop_map(|name| escaped(&name)), 2 => deeper].boxed()
}

fn escaped(name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('.', "\\.");
    if name.starts_with('$') { format!("\\{name}") } else { name }
}

/// A value that may stand without an operator: no object.
fn value() -> BoxedStrategy<Value> {
    prop_oneof![5 => (-1_i32..4).prop_map(Value::from), 3 => bodies::value().prop_map(|value| if value.is_object() { json!([value]) } else { value })].boxed()
}

fn operators() -> BoxedStrategy<Value> {
    vec(operator(), 1..3).prop_map(|operators| Value::Object(operators.into_iter().map(|(word, operand)| (word.to_owned(), operand)).collect())).boxed()
}

fn operator() -> BoxedStrategy<(&'static str, Value)> {
    let operand = || prop_oneof![2 => (-1_i32..4).prop_map(Value::from), 2 => bodies::value()];
    let ordered = prop_oneof![3 => super::numbers::number(), 1 => (-1_i32..4).prop_map(Value::from), 2 => bodies::text().prop_map(Value::String)];
    prop_oneof![
        3 => (select(vec!["$eq", "$ne"]), operand()),
        3 => (select(vec!["$in", "$nin"]), vec(operand(), 0..4).prop_map(Value::Array)),
        4 => (select(vec!["$gt", "$gte", "$lt", "$lte"]), ordered),
        2 => (Just("$beginsWith"), bodies::text().prop_map(Value::String)),
        1 => (Just("$all"), vec(operand(), 1..3).prop_map(Value::Array)),
        2 => (Just("$exists"), any::<bool>().prop_map(Value::Bool)),
    ]
    .boxed()
}
