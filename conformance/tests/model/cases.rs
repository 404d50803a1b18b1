//! Every hand-written case, played by the model alone: what it knows must be what the case's author meant.

use crate::filling::{ADDRESS, Filling};
use conformance::driver::Played;
use conformance::driver::answer::Answer;
use conformance::generated::contract::cache_status;
use conformance::golden;
use conformance::model::{Expected, Model, Moment, Verdict, disturb};
use conformance::routes::{Variant, prefix};
use conformance::sequence::read::{Case, cases};
use conformance::sequence::wanted::Cache;
use conformance::sequence::{Action, Compare, Expect, Key, Mode, Step};
use conformance::state::{self, Rows};
use conformance::targets::root;
use conformance::transcript::Transcript;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long each step takes on the made-up clock.
const STEP: Duration = Duration::from_millis(3);
const PAUSE: Duration = Duration::from_millis(4);

/// One case on one route.
struct Play<'a> {
    case: &'a Case,
    variant: Variant,
    filling: Filling<'a>,
    model: Model,
    clock: Duration,
    fresh: usize,
    known: usize,
    /// How many requests were unknown, by reason.
    unknown: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
    /// What each step looks like in a transcript; none where the model does not know.
    pages: Vec<Option<String>>,
}

impl<'a> Play<'a> {
    fn new(case: &'a Case, variant: Variant) -> Play<'a> {
        let digest = conformance::canonical::etag(case.name.as_bytes());
        let collection = format!("{}{}", prefix(variant, case.sequence.profile), &digest[..8]);
        let yields = vec![None; case.sequence.steps.len()];
        let filling = Filling { sequence: &case.sequence, collection: collection.clone(), yields, guessed: AtomicBool::new(false) };
        let model = Model::new(&collection);
        Play { case, variant, filling, model, clock: Duration::ZERO, fresh: 0, known: 0, unknown: BTreeMap::new(), wrong: Vec::new(), pages: Vec::new() }
    }

    /// The next moment of the made-up clock.
    fn moment(&mut self) -> Moment {
        let earliest = self.clock;
        self.clock += STEP + PAUSE;
        Moment { earliest, latest: earliest + STEP }
    }

    /// Plays all steps, and writes down what a transcript of the targets would say.
    fn run(&mut self) {
        let mut transcript = Transcript::new(&self.filling.collection, ADDRESS);
        let mut before = Rows::new();
        for (index, step) in self.case.sequence.steps.iter().enumerate() {
            let at = self.moment();
            let played = self.play(index, step, at);
            let at = self.moment();
            let stored = self.model.rows(at).filter(|stored| stored.unsure.is_empty()).map(|stored| stored.rows);
            self.pages.push(match (&played, &stored) {
                (Some(played), Some(rows)) => {
                    let from = transcript.text.len();
                    transcript.add(index, &step.action, played, compare(&step.action), &state::difference(&before, rows));
                    Some(transcript.text[from..].trim().to_owned())
                }
                _ => None,
            });
            before = stored.unwrap_or_default();
        }
    }

    /// What was sent and must come back; none where the model does not know.
    fn play(&mut self, index: usize, step: &Step, at: Moment) -> Option<Played> {
        let sent = self.filling.outgoing(&step.action);
        let id = touched(&step.action).map(|key| self.filling.id(key)).unwrap_or_default();
        let body = disturb::body(&step.action).map(|body| self.filling.body(body));
        if self.filling.guessed.swap(false, Ordering::Relaxed) {
            self.model.lose("a reference to an answer that is not known");
        }
        let Some(sent) = sent else {
            self.model.disturb(&step.action, &id, body.as_deref(), at);
            return self.model.adrift().is_none().then(Played::default);
        };
        match self.model.answer(&sent, at) {
            Verdict::Unknown(why) => {
                *self.unknown.entry(why).or_default() += 1;
                None
            }
            Verdict::Known(expected) => {
                self.known += 1;
                let answer = self.complete(&expected, compare(&step.action));
                self.filling.yields[index] = Some(answer.yields());
                self.judge(index, step, &answer);
                Some(Played { sent: vec![sent], answers: vec![answer] })
            }
        }
    }

    /// The expected answer as if a target had given it.
    fn complete(&mut self, expected: &Expected, compare: Compare) -> Answer {
        let mut answer = expected.answer.clone();
        if expected.fresh_id {
            self.fresh += 1;
            let id = format!("{:08x}-1111-4111-8111-111111111111", self.fresh);
            self.model.learn(&id);
            answer = expected.answer_with(&id);
        }
        answer.closed = (compare == Compare::Class).then_some(true);
        answer
    }

    fn judge(&mut self, index: usize, step: &Step, answer: &Answer) {
        let mut faults = Vec::new();
        let class = matches!(compare(&step.action), Compare::Class | Compare::Nothing);
        if let Some(expect) = &step.expect {
            let wanted = for_mode(expect, self.variant.mode);
            let found = if class || answer.body.is_empty() { answer.status.to_string() } else { answer.outcome() };
            let fits = |wanted: &str| wanted == found || (wanted.starts_with(&found) && answer.body.is_empty());
            if !wanted.split(" or ").any(fits) {
                faults.push(format!("expect {wanted}, the model says {found}"));
            }
        }
        let wanted = &step.wanted;
        if let Some(cache) = wanted.cache {
            let status = if self.variant.mode == Mode::Off { cache_status::BYPASS } else { cache_value(cache) };
            faults.extend(differs("Cache-Status", Some(status), answer));
        }
        for (name, value) in wanted.carries.iter().flatten() {
            let value = value.as_ref().map(|text| self.filling.text(text));
            faults.extend(differs(name, value.as_deref(), answer));
        }
        if wanted.sees.as_ref().is_some_and(|body| self.filling.body(body) != answer.body) {
            faults.push(format!("sees another body than {}", String::from_utf8_lossy(&answer.body)));
        }
        if let Some(ids) = &wanted.ids {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let found: Vec<&str> = body["items"].as_array().into_iter().flatten().filter_map(|item| item["id"].as_str()).collect();
            if found != *ids {
                faults.push(format!("ids {ids:?}, the model says {found:?}"));
            }
        }
        let place = format!("{} step {index}, {}", self.case.name, golden::label(self.variant));
        self.wrong.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
    }
}

/// The document that a step is about which is no request.
fn touched(action: &Action) -> Option<&Key> {
    match action {
        Action::Expire(key) => Some(key),
        Action::Evict(evict) => Some(&evict.key),
        Action::Plant(plant) => Some(&plant.key),
        _ => None,
    }
}

fn compare(action: &Action) -> Compare {
    match action {
        Action::Raw(raw) => raw.compare,
        Action::Request(request) => request.compare,
        _ => Compare::Full,
    }
}

fn for_mode(expect: &Expect, mode: Mode) -> String {
    match expect {
        Expect::One(text) => text.clone(),
        Expect::All(texts) => texts.first().cloned().unwrap_or_default(),
        Expect::ByMode(modes) => modes.get(&mode).map(|expect| for_mode(expect, mode)).unwrap_or_default(),
    }
}

fn cache_value(cache: Cache) -> &'static str {
    match cache {
        Cache::Hit => cache_status::HIT,
        Cache::Pending => cache_status::PENDING,
        Cache::Stored => cache_status::STORED,
        Cache::Miss => cache_status::MISS,
        Cache::Collapsed => cache_status::COLLAPSED,
        Cache::Bypass => cache_status::BYPASS,
        Cache::CacheDown => cache_status::CACHE_DOWN,
        Cache::Request => cache_status::REQUEST,
    }
}

fn differs(name: &str, wanted: Option<&str>, answer: &Answer) -> Option<String> {
    let found = answer.header(name);
    (found != wanted).then(|| format!("{name} {wanted:?}, the model says {found:?}"))
}

/// All cases on all their routes, played once for all tests.
fn plays() -> &'static [Play<'static>] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| cases(&root().join("conformance/cases")).expect("the cases are well-formed"));
    static PLAYS: LazyLock<Vec<Play>> = LazyLock::new(|| {
        let routes = CASES.iter().flat_map(|case| golden::variants(case).into_iter().map(move |variant| (case, variant)));
        routes
            .map(|(case, variant)| {
                let mut play = Play::new(case, variant);
                play.run();
                play
            })
            .collect()
    });
    &PLAYS
}

#[test]
fn the_model_says_what_the_authors_of_the_cases_meant() {
    let wrong: Vec<&String> = plays().iter().flat_map(|play| &play.wrong).collect();
    assert!(wrong.is_empty(), "{} differences:\n{wrong:#?}", wrong.len());
}

#[test]
fn the_model_knows_nearly_everything_that_needs_no_fault() {
    let plays: Vec<&Play> = plays().iter().filter(|play| !["faults", "ready"].iter().any(|group| play.case.name.starts_with(group))).collect();
    let known: usize = plays.iter().map(|play| play.known).sum();
    let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
    for (why, count) in plays.iter().flat_map(|play| &play.unknown) {
        *unknown.entry(why).or_default() += count;
    }
    assert!(known > 25 * unknown.values().sum::<usize>(), "{known} requests are known, and these are not: {unknown:#?}");
}

/// A snapshot is what all targets once agreed on and a person has read. A case without one fails elsewhere.
#[test]
fn the_model_agrees_with_every_snapshot() {
    let mut wrong = Vec::new();
    for play in plays() {
        let path = root().join(format!("conformance/snapshots/{}.snap", play.case.name));
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let label = golden::label(play.variant);
        let names = |block: &&str| block.lines().next().is_some_and(|head| head.split(" | ").any(|name| name.trim() == label));
        let Some(section) = text.split("\n======== ").skip(1).find(names) else { continue };
        let section: Vec<&str> = section.lines().collect();
        let at = |index: usize| section.iter().position(|line| line.starts_with(&format!("--- {index} ")));
        for (index, page) in play.pages.iter().enumerate() {
            let seen = at(index).map(|from| section[from..at(index + 1).unwrap_or(section.len())].join("\n"));
            if page.as_deref().is_some_and(|page| seen.as_deref().map(str::trim) != Some(page)) {
                wrong.push(format!("{}, {label}\n{}\nthe model:\n{}\n", play.case.name, seen.unwrap_or_default(), page.clone().unwrap_or_default()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} steps differ:\n{}", wrong.len(), wrong.join("\n"));
}
