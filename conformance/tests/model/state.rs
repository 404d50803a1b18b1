//! The state that the model keeps: what it writes, what time does to it, how it finds its way again.

use conformance::driver::fill::Outgoing;
use conformance::generated::contract::cache_status;
use conformance::model::{FRESH_ID, Model, Moment, Verdict, disturb, is_fresh_id};
use conformance::sequence::{Action, read};
use std::time::Duration;

const ROUTE: &str = "wt-s-pl-time";
/// Its store has a short timeout, and so have leases.
const HASTY: &str = "wt-s-ha-time";

fn moment(from_ms: u64, to_ms: u64) -> Moment {
    Moment { earliest: Duration::from_millis(from_ms), latest: Duration::from_millis(to_ms) }
}

fn request(method: &str, target: &str, body: Option<&str>) -> Outgoing {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Outgoing { method: method.to_owned(), target: target.to_owned(), headers, body: body.map(|body| body.as_bytes().to_vec()), raw: None }
}

fn get(model: &mut Model, id: &str, at: Moment) -> Verdict {
    model.answer(&request("GET", &format!("/v1/{ROUTE}/{id}"), None), at)
}

fn put(model: &mut Model, id: &str, at: Moment) -> Verdict {
    model.answer(&request("PUT", &format!("/v1/{ROUTE}/{id}"), Some("{\"a\":1}")), at)
}

/// Does what a step says, as a case would write it.
fn step(model: &mut Model, id: &str, written: &str, at: Moment) {
    let sequence = read::parse(&format!("{{\"why\":\"x\",\"steps\":[{written}]}}")).expect("a step");
    let body = disturb::body(&sequence.steps[0].action).map(|body| match body {
        conformance::sequence::Body::Json(value) => conformance::canonical::text(value).into_bytes(),
        other => panic!("{other:?}"),
    });
    model.disturb(&sequence.steps[0].action, id, body.as_deref(), at);
}

fn cache(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Known(expected) => expected.answer.header("cache-status").unwrap_or_default().to_owned(),
        Verdict::Unknown(why) => format!("unknown: {why}"),
    }
}

fn commands(verdict: &Verdict) -> Option<u32> {
    match verdict {
        Verdict::Known(expected) => expected.commands,
        Verdict::Unknown(_) => None,
    }
}

#[test]
fn an_entry_is_a_hit_while_its_life_lasts_for_certain() {
    let mut model = Model::new(ROUTE);
    put(&mut model, "a", moment(0, 5));
    // The life of `a` is 317482 ms.
    model.disturb(&Action::Advance(317_400), "", None, moment(10, 12));
    assert_eq!(cache(&get(&mut model, "a", moment(20, 60))), cache_status::HIT);
    assert_eq!(cache(&get(&mut model, "a", moment(100, 110))), cache_status::STORED);
}

#[test]
fn an_entry_that_may_have_run_out_is_unknown_until_the_state_was_read() {
    let mut model = Model::new(ROUTE);
    put(&mut model, "a", moment(0, 5));
    model.disturb(&Action::Advance(317_400), "", None, moment(10, 12));
    let rows = model.rows(moment(70, 90)).expect("not adrift");
    assert!(rows.unsure.contains("cache a entry") && !rows.rows.contains_key("cache a entry"));
    assert!(cache(&get(&mut model, "a", moment(75, 90))).starts_with("unknown"));
    assert!(model.adrift().is_some() && model.rows(moment(95, 99)).is_none());
    model.adopt(&rows.rows, moment(95, 99)).expect("a right state");
    assert_eq!(cache(&get(&mut model, "a", moment(100, 110))), cache_status::STORED);
}

#[test]
fn a_life_that_advance_has_used_up_is_over_at_once() {
    let mut model = Model::new(ROUTE);
    step(&mut model, "a", r#"{"plant":{"key":0,"what":{"entry":{"n":1,"body":{"json":{}},"ttl_ms":60000}}}}"#, moment(0, 1));
    model.disturb(&Action::Advance(60_000), "", None, moment(1, 2));
    assert!(model.rows(moment(2, 3)).expect("not adrift").rows.is_empty());
}

#[test]
fn a_request_that_took_long_may_have_met_a_time_out() {
    let mut model = Model::new(ROUTE);
    assert!(cache(&put(&mut model, "a", moment(0, 700))).starts_with("unknown"));
    assert!(model.adrift().is_some());
    // What needs no store is known all the same.
    let refused = model.answer(&request("GET", "/nothing", None), moment(800, 2000));
    assert!(matches!(refused, Verdict::Known(expected) if expected.answer.status == 404));
}

#[test]
fn a_reader_waits_in_vain_for_a_lease_that_outlives_the_request() {
    let mut model = Model::new(HASTY);
    let read = request("GET", &format!("/v1/{HASTY}/a"), None);
    step(&mut model, "a", r#"{"plant":{"key":0,"what":{"lease":{"ttl_ms":1400}}}}"#, moment(0, 1));
    let waited = model.answer(&read, moment(1, 800));
    assert_eq!((cache(&waited).as_str(), commands(&waited)), (cache_status::MISS, None));
    assert!(cache(&model.answer(&read, moment(900, 1450))).starts_with("unknown"));
}

#[test]
fn a_writer_in_progress_costs_a_reader_no_fill() {
    let mut model = Model::new(ROUTE);
    step(&mut model, "a", r#"{"plant":{"key":0,"what":{"writer":{"live_ms":60000}}}}"#, moment(0, 1));
    let past = get(&mut model, "a", moment(1, 10));
    assert_eq!((cache(&past).as_str(), commands(&past)), (cache_status::MISS, Some(2)));
    // Its key lives for 4 s, whatever its own deadline.
    assert!(cache(&get(&mut model, "a", moment(3900, 4100))).starts_with("unknown"));
}

#[test]
fn requests_cost_what_the_protocol_says() {
    let mut model = Model::new(ROUTE);
    let mut at = (0..).map(|turn| moment(turn * 20, turn * 20 + 10));
    let mut next = || at.next().expect("time goes on");
    let mut found = vec![commands(&get(&mut model, "a", next())), commands(&get(&mut model, "a", next())), commands(&put(&mut model, "a", next()))];
    found.push(commands(&model.answer(&request("DELETE", &format!("/v1/{ROUTE}/b"), None), next())));
    found.push(commands(&model.answer(&request("GET", &format!("/v1/{ROUTE}"), None), next())));
    found.push(commands(&model.answer(&request("POST", &format!("/v1/{ROUTE}"), Some("{}")), next())));
    assert_eq!(found, [3, 1, 3, 3, 0, 2].map(Some));
}

#[test]
fn a_random_id_is_learnt_from_the_target() {
    let mut model = Model::new(ROUTE);
    let Verdict::Known(expected) = model.answer(&request("POST", &format!("/v1/{ROUTE}"), Some("{}")), moment(0, 5)) else { panic!("known") };
    let id = "0a1b2c3d-4e5f-4a1b-9c3d-4e5f0a1b2c3d";
    assert!(expected.fresh_id && is_fresh_id(id) && is_fresh_id(FRESH_ID) && !is_fresh_id(&id.replace("4a1b", "8a1b")));
    model.learn(id);
    assert_eq!(expected.answer_with(id).header("location"), Some(format!("/v1/{ROUTE}/{id}").as_str()));
    assert_eq!(cache(&get(&mut model, id, moment(10, 15))), cache_status::HIT);
    let rows = model.rows(moment(20, 25)).expect("not adrift").rows;
    assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), [format!("cache {id} entry"), format!("store {id}")]);
}

#[test]
fn every_accepted_write_counts_and_leaves_its_version_in_store_and_cache() {
    let mut model = Model::new(ROUTE);
    put(&mut model, "a", moment(0, 5));
    put(&mut model, "a", moment(10, 15));
    put(&mut model, "b", moment(20, 25));
    model.answer(&request("DELETE", &format!("/v1/{ROUTE}/a"), None), moment(30, 35));
    get(&mut model, "c", moment(40, 45));
    let etag = "015abd7f5cc57a2dd94b7590f04ad808";
    let expected = [
        ("cache a entry", "3|T||".to_owned()),
        ("cache b entry", format!("1|V|{etag}|{{\"a\":1}}")),
        ("cache c entry", "0|N||".to_owned()),
        ("store a", "n=3 deleted gone=now etag=- ".to_owned()),
        ("store b", format!("n=1 etag={etag} {{\"a\":1}}")),
    ];
    assert_eq!(model.rows(moment(50, 55)).expect("not adrift").rows, expected.map(|(name, row)| (name.to_owned(), row)).into());
}

#[test]
fn a_refused_write_takes_the_entry_away_and_counts_nothing() {
    let mut model = Model::new(ROUTE);
    put(&mut model, "a", moment(0, 5));
    let mut refused = request("PUT", &format!("/v1/{ROUTE}/a"), Some("{}"));
    refused.headers.push(("If-None-Match".to_owned(), "*".to_owned()));
    assert!(matches!(model.answer(&refused, moment(10, 15)), Verdict::Known(expected) if expected.answer.outcome() == "412 precondition-failed"));
    let rows = model.rows(moment(20, 25)).expect("not adrift").rows;
    assert!(rows["store a"].starts_with("n=1 ") && rows.len() == 1);
}

#[test]
fn overlapping_writers_leave_their_mark_and_no_value() {
    let mut model = Model::new(ROUTE);
    step(&mut model, "a", r#"{"plant":{"key":0,"what":{"writer":{"live_ms":60000}}}}"#, moment(0, 1));
    put(&mut model, "a", moment(10, 15));
    let rows = model.rows(moment(20, 25)).expect("not adrift").rows;
    assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), ["cache a writers", "store a"]);
    assert_eq!(rows["cache a writers"], "!, suite live");
    model.disturb(&Action::Advance(60_000), "", None, moment(30, 31));
    assert_eq!(cache(&get(&mut model, "a", moment(40, 45))), cache_status::STORED);
}

#[test]
fn what_was_adopted_is_told_again_in_the_same_words() {
    let mut model = Model::new(ROUTE);
    for (index, id) in ["a", "b", "c"].into_iter().enumerate() {
        put(&mut model, id, moment(10 * index as u64, 10 * index as u64 + 5));
    }
    model.answer(&request("DELETE", &format!("/v1/{ROUTE}/a"), None), moment(40, 45));
    step(&mut model, "b", r#"{"plant":{"key":1,"what":{"writer":{"live_ms":-1,"overlapped":true}}}}"#, moment(50, 55));
    step(&mut model, "c", r#"{"plant":{"key":2,"what":{"lease":{}}}}"#, moment(60, 65));
    step(&mut model, "d", r#"{"plant":{"key":3,"what":{"wrong_type":{}}}}"#, moment(70, 75));
    let before = model.rows(moment(80, 85)).expect("not adrift");
    assert_eq!((before.rows.len(), before.unsure.len()), (9, 0));
    model.lose("several requests at once");
    model.adopt(&before.rows, moment(80, 85)).expect("a right state");
    let after = model.rows(moment(90, 95)).expect("not adrift");
    assert_eq!(after, before);
    assert!(after.difference(&before.rows).is_empty());
}

#[test]
fn a_state_that_is_wrong_is_not_adopted() {
    let mut model = Model::new(ROUTE);
    let rows = [("store a".to_owned(), "n=1 etag-of-something-else etag=00 {}".to_owned())].into();
    assert!(model.adopt(&rows, moment(0, 1)).is_err_and(|row| row.starts_with("store a")));
    let stray = [("cache stray x".to_owned(), "a string".to_owned())].into();
    assert!(model.adopt(&stray, moment(0, 1)).is_err());
}
