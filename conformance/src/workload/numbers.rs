//! Numbers where readers, writers and stores tend to differ.

use proptest::prelude::*;
use serde_json::{Number, Value};

/// Edges of integers, of doubles, and of their spelling.
const EDGES: [f64; 30] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2_147_483_647.0,
    2_147_483_648.0,
    -2_147_483_648.0,
    -2_147_483_649.0,
    4_294_967_296.0,
    9_007_199_254_740_991.0,
    -9_007_199_254_740_991.0,
    9_007_199_254_740_992.0,
    9_007_199_254_740_994.0,
    1e20,
    1e21,
    1.5e21,
    -1e22,
    123_456_789_012_345_680_000.0,
    1e-6,
    1e-7,
    0.1,
    0.2,
    0.30000000000000004,
    1.5,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    4.35,
    100.0,
];

/// Spellings of numbers, right ones and wrong ones, some of which no double holds.
pub const SPELLINGS: [&str; 44] = [
    "1",
    "1.0",
    "1.00",
    "1e0",
    "1E0",
    "10e-1",
    "0.1e1",
    "100",
    "1e2",
    "1E+2",
    "-0",
    "-0.0",
    "0e5",
    "1e400",
    "-1E400",
    "1e-400",
    "1e309",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9007199254740992.0",
    "12345678901234567890",
    "100000000000000000000",
    "1000000000000000000000",
    "4.9406564584124654e-324",
    "2e-324",
    "0.1000000000000000055511151231257827",
    "01",
    "+1",
    ".5",
    "5.",
    "1e",
    "1e+",
    "0x10",
    "NaN",
    "Infinity",
    "-Infinity",
    "-",
    "1_000",
    "00",
    "1.2.3",
];

/// Any number that JSON can say.
pub fn number() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => proptest::sample::select(EDGES.to_vec()).prop_map(value),
        3 => (-3_i32..4).prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => proptest::num::f64::NORMAL.prop_map(value),
        1 => (any::<i32>(), -4_i32..5).prop_map(|(digits, places)| value(f64::from(digits) / 10_f64.powi(places))),
    ]
    .boxed()
}

fn value(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}
