//! What happens past the targets: time, vanished keys, values that others left.

use super::bodies;
use super::keys;
use crate::sequence::{Action, Body, Evict, Key, Place, Plant, Planted};
use proptest::prelude::*;
use proptest::sample::select;

/// Spans that let pass, whatever their sum up to `AT_ONCE`, no life end within a few seconds of now: lives of absence are
/// 54 to 66 s, those of values 270 to 330 s, those of plants 40 s, and what a proxy leaves for at most 20 s is over at once.
pub const SPANS_MS: [u64; 2] = [25_000, 70_000];

/// Spans that add up to more than this could end near the end of a value's life.
pub const AT_ONCE_MS: u64 = 245_000;

/// Longer than anything lives.
pub const LONG_MS: u64 = 340_000;

/// Time passes.
pub fn advance() -> BoxedStrategy<Action> {
    select(vec![SPANS_MS[0], SPANS_MS[0], SPANS_MS[1], LONG_MS]).prop_map(Action::Advance).boxed()
}

/// A cache entry runs out.
pub fn expire() -> BoxedStrategy<Action> {
    keys::pooled().prop_map(|key| Action::Expire(Key::Pool(key))).boxed()
}

/// One of a document's keys vanishes before its time.
pub fn evict() -> BoxedStrategy<Action> {
    (keys::pooled(), place()).prop_map(|(key, at)| Action::Evict(Evict { key: Key::Pool(key), at })).boxed()
}

fn place() -> BoxedStrategy<Place> {
    prop_oneof![3 => Just(Place::Entry), 1 => Just(Place::Lease), 1 => Just(Place::Writers)].boxed()
}

/// Something is put where a proxy will look.
pub fn plant() -> BoxedStrategy<Action> {
    (keys::pooled(), planted()).prop_map(|(key, what)| Action::Plant(Plant { key: Key::Pool(key), what })).boxed()
}

fn planted() -> BoxedStrategy<Planted> {
    // Well below what is left of any life that an entry may have, so that a second more or less decides nothing.
    let ttl_ms = 40_000;
    let document = || bodies::object().prop_map(Body::Json);
    let value = (1_u64..6, document()).prop_map(move |(n, body)| Planted::Entry { n, kind: "V".to_owned(), body: Some(body), etag: None, ttl_ms });
    let deleted = (1_u64..6).prop_map(move |n| Planted::Entry { n, kind: "T".to_owned(), body: None, etag: None, ttl_ms });
    let absent = Just(Planted::Entry { n: 0, kind: "N".to_owned(), body: None, etag: None, ttl_ms });
    let garbage = select(vec![
        "",
        "x",
        "1|V",
        "1|V||",
        "0|V|00000000000000000000000000000000|{}",
        "1|N||",
        "01|V|99914b932bd37a50b983c5e7c90ae93b|{}",
        "1|V|99914b932bd37a50b983c5e7c90ae93b|{}",
        "9007199254740992|T||",
        "1|T||x",
    ]);
    let bytes = (place(), garbage).prop_map(move |(at, text)| Planted::Bytes { at, bytes: Body::Text(text.to_owned()), ttl_ms });
    let wrong = place().prop_map(move |at| Planted::WrongType { at, ttl_ms });
    let writer = (select(vec![60_000_i64, -1_000]), any::<bool>()).prop_map(|(live_ms, overlapped)| Planted::Writer { live_ms, overlapped });
    let row = (select(vec![1_u64, 2, 7, 9_007_199_254_740_000]), prop::option::weighted(0.7, document())).prop_map(|(n, body)| Planted::Row { n, body });
    prop_oneof![6 => value, 2 => deleted, 2 => absent, 4 => bytes, 2 => wrong, 5 => writer, 6 => row, 2 => Just(Planted::NoRow {})].boxed()
}

/// Another reader's lease: whoever reads the document then waits as long as a lease lives.
pub fn lease() -> BoxedStrategy<Action> {
    keys::pooled().prop_map(|key| Action::Plant(Plant { key: Key::Pool(key), what: Planted::Lease { ttl_ms: 60_000 } })).boxed()
}

/// On write-behind versions follow the clock, so none may be beyond it; a writer in progress, which that mode never has,
/// becomes a version that waits.
pub fn behind(what: &mut Planted) {
    match what {
        Planted::Row { n, .. } => *n = (*n).min(BEFORE_THE_CLOCK),
        Planted::Writer { live_ms, overlapped: false } if *live_ms > 0 => *what = dirty("T", None),
        Planted::Writer { live_ms, .. } if *live_ms > 0 => *what = dirty("V", Some(Body::Json(serde_json::json!({"left": "by another"})))),
        _ => {}
    }
}

const BEFORE_THE_CLOCK: u64 = 999_999_999;

fn dirty(kind: &str, body: Option<Body>) -> Planted {
    Planted::Dirty { n: 3, kind: kind.to_owned(), body, queued: true }
}
