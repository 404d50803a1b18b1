//! Documents' ids: few, so that steps meet each other.

use super::FAR;
use crate::sequence::operands::IdOf;
use crate::sequence::{Key, StepRef};
use proptest::prelude::*;
use proptest::sample::select;

/// Ids that are allowed and unlike the pool's.
const ODD_IDS: [&str; 8] = [
    "A",
    "0",
    "a.b",
    "a~",
    "a_",
    "a-b",
    "00",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// Ids that are refused.
const BAD_IDS: [&str; 6] = [".", "..", "-a", "a%20", "a%", "%C3%A9"];

/// A key of the pool; which pool that is, small or large, the sequence decides later.
pub fn pooled() -> BoxedStrategy<u8> {
    prop_oneof![3 => 0_u8..64, 2 => Just(0)].boxed()
}

/// Which document a request is about.
pub fn key() -> BoxedStrategy<Key> {
    prop_oneof![
        40 => pooled().prop_map(Key::Pool),
        4 => any::<u16>().prop_map(|far| Key::Of(IdOf { id_of: StepRef::Index(FAR + usize::from(far)) })),
        1 => select(ODD_IDS.to_vec()).prop_map(|id| Key::Id(id.to_owned())),
        1 => select(BAD_IDS.to_vec()).prop_map(|id| Key::Id(id.to_owned())),
    ]
    .boxed()
}
