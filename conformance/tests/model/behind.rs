//! The model of write-behind: what waits, what it costs, how it reaches the store, how it is found again.

use conformance::driver::fill::Outgoing;
use conformance::generated::contract::{cache_status, write_status};
use conformance::model::{Model, Moment, Verdict};
use conformance::sequence::{Action, Drain, Evict, Key, Place, read};
use conformance::state::State;
use conformance::state::clock::Clock;
use std::time::Duration;

const ROUTE: &str = "wb-s-pl-time";
const FEW: &str = "wb-s-fe-time";

/// A model with a clock of its own.
struct Played {
    model: Model,
    route: &'static str,
    at: u64,
}

impl Played {
    fn new(route: &'static str) -> Played {
        Played { model: Model::new(route), route, at: 0 }
    }

    fn now(&mut self) -> Moment {
        self.at += 20;
        Moment { earliest: Duration::from_millis(self.at), latest: Duration::from_millis(self.at + 10) }
    }

    /// Method and id, a header, a body: status, what Cache-Status or Write-Status or Pending-Writes says, commands.
    fn ask(&mut self, line: &str, header: Option<(&str, &str)>, body: Option<&str>) -> (u16, String, Option<u32>) {
        let (method, id) = line.split_once(' ').unwrap_or((line, ""));
        let media = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let mut headers = vec![("Content-Type".to_owned(), media.to_owned())];
        headers.extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let target = if id.is_empty() { format!("/v1/{}", self.route) } else { format!("/v1/{}/{id}", self.route) };
        let request = Outgoing { method: method.to_owned(), target, headers, body: body.map(|body| body.as_bytes().to_vec()), raw: None };
        let now = self.now();
        match self.model.answer(&request, now) {
            Verdict::Known(expected) => {
                let answer = &expected.answer;
                let said = ["cache-status", "write-status", "pending-writes"].iter().find_map(|name| answer.header(name));
                (answer.status, said.unwrap_or_default().to_owned(), expected.commands)
            }
            Verdict::Unknown(why) => panic!("{line}: {why}"),
        }
    }

    fn does(&mut self, action: &Action, id: &str) {
        let now = self.now();
        self.model.disturb(action, id, None, now);
    }

    fn written(&mut self, step: &str) {
        let sequence = read::parse(&format!("{{\"why\":\"x\",\"steps\":[{step}]}}")).expect("a step");
        self.does(&sequence.steps[0].action, "");
    }

    fn rows(&mut self) -> Vec<String> {
        let now = self.now();
        let stored = self.model.rows(now).expect("not adrift");
        stored.rows.iter().filter(|(name, _)| !name.starts_with("cache ")).map(|(name, row)| format!("{name}: {row}")).collect()
    }
}

fn queued(status: u16, commands: u32) -> (u16, String, Option<u32>) {
    (status, write_status::QUEUED.to_owned(), Some(commands))
}

#[test]
fn requests_cost_what_the_protocol_says() {
    let mut played = Played::new(ROUTE);
    assert_eq!(played.ask("PUT a", None, Some("{}")), queued(201, 3), "its base is not known");
    assert_eq!(played.ask("PUT a", None, Some("{}")), queued(200, 1));
    assert_eq!(played.ask("PUT a", Some(("If-Match", "*")), Some("{}")), queued(200, 2));
    assert_eq!(played.ask("PATCH a", None, Some("{\"a\":1}")), queued(200, 2));
    assert_eq!(played.ask("GET a", None, None), (200, cache_status::HIT.to_owned(), Some(1)));
    played.does(&Action::Expire(Key::Pool(0)), "a");
    assert_eq!(played.ask("GET a", None, None), (200, cache_status::PENDING.to_owned(), Some(2)));
    assert_eq!(played.ask("GET a", Some(("Cache-Control", "no-cache")), None), (200, cache_status::PENDING.to_owned(), Some(1)));
    assert_eq!(played.ask("GET b", None, None), (404, cache_status::STORED.to_owned(), Some(3)));
    assert_eq!(played.ask("DELETE a", None, None), queued(204, 1));
    assert_eq!(played.ask("DELETE c", None, None), (404, String::new(), Some(3)));
    assert_eq!(played.ask("POST", Some(("Idempotency-Key", "k")), Some("{}")), queued(201, 3));
    assert_eq!(played.ask("POST", Some(("Idempotency-Key", "k")), Some("{}")), queued(201, 1));
    assert_eq!(played.ask("GET", None, None), (200, "2".to_owned(), Some(0)));
}

#[test]
fn what_waits_is_stored_once_with_its_last_version() {
    let mut played = Played::new(ROUTE);
    played.ask("PUT a", None, Some("{\"i\":1}"));
    played.does(&Action::Advance(70_000), "");
    played.ask("PUT a", None, Some("{\"i\":2}"));
    let etag = conformance::canonical::etag(b"{\"i\":2}");
    let waiting = [
        format!("queue a dirty: #2|V|{etag}|{{\"i\":2}}"),
        "queue a due: set an advance ago".to_owned(),
        "queue a since: set an advance ago".to_owned(),
        "queue last: #2".to_owned(),
    ];
    assert_eq!(played.rows(), waiting);
    played.does(&Action::Drain(Drain::default()), "");
    assert_eq!(played.rows(), ["queue last: #2".to_owned(), format!("store a: n=#2 etag={etag} {{\"i\":2}}")]);
}

#[test]
fn a_full_backlog_takes_what_waits_already() {
    let mut played = Played::new(FEW);
    for id in ["a", "b", "c"] {
        assert_eq!(played.ask(&format!("PUT {id}"), None, Some("{}")).0, 201);
    }
    assert_eq!(played.ask("PUT d", None, Some("{}")), (503, String::new(), Some(3)));
    assert_eq!(played.ask("PUT d", Some(("If-Match", "*")), Some("{}")).0, 412);
    assert_eq!(played.ask("DELETE a", None, None), queued(204, 1));
}

#[test]
fn a_refused_version_waits_until_there_is_a_new_one() {
    let mut played = Played::new(ROUTE);
    played.ask("PUT a", None, Some("{\"bad\":1}"));
    played.ask("PUT b", None, Some("{}"));
    played.written(r#"{"store_error":{"mysql":1644,"mongodb":121,"holding":"\"bad\""}}"#);
    played.does(&Action::Drain(Drain::default()), "");
    let rows = played.rows();
    assert!(rows.contains(&"queue a due: tried again later".to_owned()) && rows.contains(&"queue a refused: #1".to_owned()), "{rows:#?}");
    assert!(rows.iter().any(|row| row.starts_with("store b: n=#2 ")), "{rows:#?}");
    played.ask("PUT a", None, Some("{}"));
    let rows = played.rows();
    assert!(rows.contains(&"queue a due: set now".to_owned()) && !rows.iter().any(|row| row.contains("refused")), "{rows:#?}");
}

#[test]
fn without_the_store_an_unknown_base_goes_blind_or_is_refused() {
    let mut played = Played::new(ROUTE);
    played.written(r#"{"store":"down"}"#);
    assert_eq!(played.ask("GET a", None, None).0, 503);
    assert_eq!(played.ask("PUT a", Some(("If-Match", "*")), Some("{}")).0, 503);
    let (status, said, _) = played.ask("PUT a", None, Some("{}"));
    assert_eq!((status, said.as_str()), (202, write_status::UNKNOWN_BASE));
    assert_eq!(played.ask("PUT a", None, Some("{}")), queued(200, 1));
    assert_eq!(played.ask("DELETE b", None, None).0, 202);
    played.does(&Action::Drain(Drain::default()), "");
    assert!(played.rows().contains(&"queue a due: due".to_owned()));
    played.does(&Action::Drain(Drain { mended: true }), "");
    assert!(played.rows().iter().any(|row| row.starts_with("store a: n=#2 ")));
}

#[test]
fn a_state_that_was_found_is_told_again_in_the_same_words() {
    let mut played = Played::new(ROUTE);
    played.ask("PUT a", None, Some("{}"));
    played.does(&Action::Advance(70_000), "");
    played.ask("DELETE b", None, None);
    played.ask("PUT b", None, Some("{\"b\":1}"));
    let now = played.now();
    let found = played.model.rows(now).expect("not adrift").rows;
    played.model.lose("a test");
    let now = played.now();
    played.model.adopt(&found, now).expect("a right state");
    let now = played.now();
    assert_eq!(played.model.rows(now).expect("not adrift").rows, found);
    played.ask("PUT c", None, Some("{}"));
    assert!(played.rows().contains(&"queue last: #3".to_owned()), "it goes on counting");
}

#[test]
fn a_record_without_its_place_is_read_and_not_drained() {
    let mut played = Played::new(ROUTE);
    played.ask("PUT a", None, Some("{}"));
    played.does(&Action::Evict(Evict { key: Key::Pool(0), at: Place::Queue }), "a");
    played.does(&Action::Drain(Drain::default()), "");
    assert!(played.rows().iter().any(|row| row.starts_with("queue a dirty: ")));
    played.ask("PUT a", None, Some("{}"));
    played.does(&Action::Drain(Drain::default()), "");
    assert!(played.rows().iter().any(|row| row.starts_with("store a: n=#2 ")));
}

#[test]
fn versions_of_the_clock_are_told_by_their_order() {
    let mut clock = Clock::default();
    let mut state = State::default();
    let mut put = |name: &str, row: &str| drop(state.rows.insert(name.to_owned(), row.to_owned()));
    put("store a", "n=1795574569147121 etag=x {}");
    put("cache b entry", "1795574569147123|V|x|{}");
    put("queue b dirty", "1795574569147123|V|x|{}");
    put("queue last", "1795574569147123");
    put("store c", "n=7 etag=x {}");
    put("cache d entry", "1795574569147122");
    clock.apply(&mut state);
    let told: Vec<&str> = state.rows.values().map(String::as_str).collect();
    assert_eq!(told, ["#3|V|x|{}", "#2", "#3|V|x|{}", "#3", "n=#1 etag=x {}", "n=7 etag=x {}"]);
    let mut later = State::default();
    later.rows.insert("queue last".to_owned(), "1795574569147120".to_owned());
    later.raw.push("{\"_id\": \"a\", \"n\": int64(1795574569147124)}".to_owned());
    later.rows.insert("store a".to_owned(), "n=1795574569147124 etag=x {}".to_owned());
    clock.apply(&mut later);
    assert_eq!((later.rows["queue last"].as_str(), later.rows["store a"].as_str()), ("#back", "n=#4 etag=x {}"));
    assert_eq!(later.raw, ["{\"_id\": \"a\", \"n\": int64(#4)}"]);
}
