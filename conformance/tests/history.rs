//! The checker of histories: what must pass, and what must not.

use conformance::history::check::{Kind, check, until};
use conformance::history::{Act, Base, By, NEVER, Operation, Outcome, Version};

/// A history in the words of the tests; times are in ms or whatever.
#[derive(Default)]
struct History(Vec<Operation>);

impl History {
    fn op(mut self, from: u64, to: u64, act: Act, outcome: Outcome) -> Self {
        self.0.push(Operation { by: By::Client(0, 0), invoked: from, returned: to, act, outcome });
        self
    }

    fn put(self, from: u64, to: u64, w: u64, base: Base) -> Self {
        self.op(from, to, Act::Put { w, base }, Outcome::Done)
    }

    fn maybe_put(self, from: u64, w: u64, base: Base) -> Self {
        self.op(from, NEVER, Act::Put { w, base }, Outcome::Maybe)
    }

    fn refused(self, from: u64, to: u64, w: u64) -> Self {
        self.op(from, to, Act::Put { w, base: Base::Unknown }, Outcome::Refused)
    }

    fn patch(self, from: u64, to: u64, w: u64, of: u64) -> Self {
        let etag = conformance::canonical::etag(Version { of, w }.text().as_bytes());
        let bytes: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&etag[2 * at..2 * at + 2], 16).expect("hex")).collect();
        self.op(from, to, Act::Patch { w, base: Base::Live, etag: bytes.try_into().ok() }, Outcome::Done)
    }

    fn delete(self, from: u64, to: u64) -> Self {
        self.op(from, to, Act::Delete { base: Base::Live }, Outcome::Done)
    }

    fn maybe_delete(self, from: u64) -> Self {
        self.op(from, NEVER, Act::Delete { base: Base::Unknown }, Outcome::Maybe)
    }

    fn read(self, from: u64, to: u64, of: u64, w: u64) -> Self {
        self.op(from, to, Act::Read(Some(Version { of, w })), Outcome::Done)
    }

    fn absent(self, from: u64, to: u64) -> Self {
        self.op(from, to, Act::Read(None), Outcome::Done)
    }

    fn at_the_end(mut self, from: u64, seen: Option<Version>) -> Self {
        self.0.push(Operation::read(By::Store, from, from + 1, seen));
        self
    }

    fn passes(self) {
        let found = check(&self.0);
        assert!(found.is_empty(), "{found:#?}");
    }

    fn fails(self, kind: Kind) {
        let found = check(&self.0);
        assert!(found.iter().any(|violation| violation.kind == kind), "expected {kind:?}: {found:#?}");
    }
}

fn is(w: u64) -> Base {
    Base::Is(Version::put(w))
}

fn start() -> History {
    History::default().put(10, 20, 1, Base::Absent)
}

#[test]
fn reads_after_writes_pass() {
    start().read(21, 22, 1, 1).put(30, 40, 2, Base::Live).read(41, 42, 2, 2).at_the_end(100, Some(Version::put(2))).passes();
}

#[test]
fn readers_beside_a_writer_may_see_either_version() {
    start().put(30, 60, 2, Base::Live).read(31, 35, 1, 1).read(36, 40, 2, 2).read(36, 41, 2, 2).passes();
}

#[test]
fn a_stale_read_fails() {
    start().put(30, 40, 2, Base::Live).read(41, 42, 1, 1).fails(Kind::Stale);
}

#[test]
fn going_back_beside_a_writer_fails() {
    start().put(30, 60, 2, Base::Live).read(31, 35, 2, 2).read(36, 40, 1, 1).fails(Kind::Stale);
}

#[test]
fn a_lost_write_fails() {
    start().put(30, 40, 2, Base::Live).at_the_end(100, Some(Version::put(1))).fails(Kind::Lost);
    start().at_the_end(100, None).fails(Kind::Lost);
    start().delete(30, 40).at_the_end(100, Some(Version::put(1))).fails(Kind::Lost);
}

#[test]
fn a_resurrected_value_fails() {
    start().delete(30, 40).read(41, 42, 1, 1).fails(Kind::Stale);
    start().delete(30, 40).absent(41, 42).put(50, 60, 2, Base::Absent).read(61, 62, 1, 1).fails(Kind::Stale);
}

#[test]
fn absence_after_a_create_fails() {
    start().absent(21, 22).fails(Kind::Stale);
    start().delete(30, 40).put(50, 60, 2, Base::Absent).absent(61, 62).fails(Kind::Stale);
}

#[test]
fn absence_passes_where_it_can_be_explained() {
    History::default()
        .absent(1, 2)
        .put(10, 20, 1, Base::Absent)
        .absent(11, 15)
        .delete(30, 40)
        .absent(35, 50)
        .put(45, 60, 2, Base::Absent)
        .absent(46, 47)
        .passes();
    start().maybe_delete(30).absent(50, 60).absent(70, 80).passes();
    start().maybe_delete(30).read(70, 80, 1, 1).absent(90, 91).passes();
}

#[test]
fn two_winners_fail() {
    start().put(30, 50, 2, is(1)).put(31, 52, 3, is(1)).fails(Kind::Winners);
    start().put(15, 25, 2, Base::Absent).fails(Kind::Winners);
    start().delete(30, 40).delete(31, 41).fails(Kind::Winners);
    start().put(30, 40, 2, is(1)).op(35, 45, Act::Delete { base: is(1) }, Outcome::Done).fails(Kind::Winners);
}

#[test]
fn one_winner_passes() {
    start().put(30, 50, 2, is(1)).op(31, 52, Act::Put { w: 3, base: is(1) }, Outcome::Refused).read(60, 61, 2, 2).passes();
    start().delete(30, 40).put(35, 45, 2, Base::Absent).delete(36, 50).passes();
}

#[test]
fn a_write_over_a_version_that_was_replaced_already_fails() {
    start().put(30, 40, 2, Base::Live).put(50, 60, 3, is(1)).fails(Kind::Stale);
}

#[test]
fn nothing_comes_between_a_version_and_what_replaced_it() {
    start().put(30, 40, 2, Base::Live).read(41, 42, 2, 2).put(25, 60, 3, is(1)).passes();
    start().put(30, 80, 2, is(1)).put(31, 40, 3, Base::Live).read(41, 42, 1, 1).fails(Kind::Stale);
}

#[test]
fn unknown_writes_may_take_effect_late_or_never() {
    start().maybe_put(30, 2, Base::Unknown).read(40, 41, 1, 1).read(50, 51, 2, 2).at_the_end(100, Some(Version::put(2))).passes();
    start().maybe_put(30, 2, Base::Unknown).at_the_end(100, Some(Version::put(1))).passes();
}

#[test]
fn unknown_writes_take_effect_once() {
    start().maybe_put(30, 2, Base::Unknown).read(40, 41, 2, 2).read(50, 51, 1, 1).fails(Kind::Stale);
    start().maybe_put(30, 2, Base::Unknown).read(40, 41, 2, 2).put(45, 46, 3, Base::Live).read(50, 51, 2, 2).fails(Kind::Stale);
}

#[test]
fn a_refused_write_must_never_be_seen() {
    start().refused(30, 40, 2).read(50, 51, 2, 2).fails(Kind::Refused);
    start().refused(30, 40, 2).read(50, 51, 1, 1).passes();
}

#[test]
fn what_nobody_wrote_must_not_be_read() {
    start().read(30, 31, 7, 7).fails(Kind::Unwritten);
    History::default().read(1, 2, 1, 1).put(10, 20, 1, Base::Absent).fails(Kind::Unwritten);
}

#[test]
fn patches_keep_what_they_were_made_over() {
    start().patch(30, 40, 2, 1).patch(50, 60, 3, 1).read(61, 62, 1, 3).put(70, 80, 4, Base::Live).read(81, 82, 4, 4).passes();
    // A patch decided over the older document loses the newer one.
    start().put(30, 40, 2, Base::Live).patch(50, 60, 3, 1).fails(Kind::Stale);
    start().patch(30, 60, 2, 1).put(31, 40, 3, Base::Live).read(41, 42, 3, 3).read(70, 71, 1, 2).fails(Kind::Stale);
    start().patch(30, 40, 2, 9).fails(Kind::Etag);
}

#[test]
fn an_unknown_patch_shows_what_it_was_made_over() {
    let patch = Act::Patch { w: 3, base: Base::Unknown, etag: None };
    start().put(30, 40, 2, Base::Live).op(32, NEVER, patch, Outcome::Maybe).read(50, 51, 2, 3).passes();
    start().put(30, 40, 2, Base::Live).op(42, NEVER, patch, Outcome::Maybe).read(50, 51, 1, 3).fails(Kind::Stale);
}

#[test]
fn an_unknown_write_that_was_patched_took_effect() {
    start().maybe_put(30, 2, Base::Unknown).patch(40, 50, 3, 2).read(60, 61, 2, 3).passes();
    start().maybe_put(30, 2, Base::Unknown).patch(40, 50, 3, 2).read(60, 61, 1, 1).fails(Kind::Stale);
    start().refused(30, 35, 2).patch(40, 50, 3, 2).fails(Kind::Refused);
}

#[test]
fn a_history_can_be_cut_off() {
    let history = start().put(30, 40, 2, Base::Live).put(35, 60, 3, Base::Live).read(50, 55, 1, 1);
    assert!(!check(&history.0).is_empty());
    let cut = until(&history.0, 45);
    assert_eq!(cut.len(), 3);
    assert_eq!((cut[2].returned, cut[2].outcome), (NEVER, Outcome::Maybe));
    assert!(check(&cut).is_empty());
}

#[test]
fn a_version_is_its_bytes() {
    for version in [Version::put(97), Version::put(1), Version { of: 49, w: 60 }] {
        assert_eq!(Version::parse(&version.text()), Some(version));
    }
    assert_eq!(Version::parse("{\"of\":1,\"pad\":\"\",\"w\":1}"), None);
}

/// Two hundred thousand operations of a register that behaves, by many clients, take no time to speak of.
#[test]
fn a_long_history_is_checked_fast() {
    let mut history = History::default();
    let mut now = 0;
    for w in 1..60_000_u64 {
        let base = if w == 1 { Base::Absent } else { Base::Live };
        history = history.put(now, now + 7, w, base).read(now + 5, now + 9, w, w).read(now + 8, now + 20, w, w);
        now += 10;
    }
    let began = std::time::Instant::now();
    history.passes();
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}
