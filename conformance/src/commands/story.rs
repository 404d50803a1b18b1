//! The command `story`: shows in under a minute that what was acknowledged outlives the cache and every process.

use super::Choice;
use crate::campaign::record::Outcome;
use crate::generated::contract::keys;
use crate::history::Version;
use crate::sequence::{Mode, StoreKind};
use crate::storm::Plan;
use crate::storm::exchange::{Ask, Condition, Reply, send};
use crate::storm::fleet::Fleet;
use crate::storm::settle;
use crate::supervisor::until;
use anyhow::ensure;
use futures_util::{StreamExt, stream};
use redis::cmd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const DOCUMENTS: u64 = 1_000;
const COLLECTION: &str = "wb-s-story";
/// Nothing is stored by itself while the story is told.
const DELAY: Duration = Duration::from_secs(600);
const AT_ONCE: usize = 24;
const DRAINING: Duration = Duration::from_secs(30);

/// Tells the story; the exit code says whether it had a good end.
pub fn story(targets_file: Option<PathBuf>) -> u8 {
    match super::runtime().and_then(|runtime| runtime.block_on(tell(targets_file))) {
        Ok(outcome) => outcome.code(),
        Err(error) => super::not_begun(&error),
    }
}

async fn tell(targets_file: Option<PathBuf>) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let targets = Choice { file: targets_file, ..Choice::default() }.targets()?;
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let plan = Plan {
        seed: 0,
        time: Duration::ZERO,
        clients: 0,
        keys: 0,
        once: false,
        modes: vec![Mode::WriteBehind],
        stores: vec![StoreKind::Mysql],
        faults: Vec::new(),
        targets: targets.clone(),
        until_wrong: false,
    };
    println!("What if data is lost in Redis before it has reached the store?");
    let fleet = Fleet::start_with(&plan, u64::try_from(DELAY.as_millis())?).await?;
    println!(
        "1. Redis, a MySQL and the proxies {} run. Writes wait 10 minutes here, so nothing reaches the store by itself.",
        crate::report::words::names(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    );
    let mut story = Story { fleet, wrong: 0 };
    story.write().await?;
    story.expire().await?;
    story.kill().await?;
    story.drain().await?;
    let seconds = began.elapsed().as_secs_f64();
    if story.wrong == 0 {
        println!("Nothing was lost, and nothing was stale; that took {seconds:.0} s.");
        Ok(Outcome::Agree)
    } else {
        println!("{} answers were wrong.", story.wrong);
        Ok(Outcome::Differ)
    }
}

struct Story {
    fleet: Fleet,
    wrong: u64,
}

impl Story {
    /// Asks a proxy for every document; how many answers were as wanted.
    async fn each(&self, turn: u64, ask: impl Fn(u64) -> Ask, right: impl Fn(u64, &Reply) -> bool) -> u64 {
        let (fleet, ask, right) = (&self.fleet, &ask, &right);
        let asked = stream::iter(1..=DOCUMENTS).map(async |w| {
            let member = usize::try_from(w + turn).unwrap_or(0) % fleet.members.len();
            right(w, &send(&fleet.http, &fleet.members[member].address, &format!("/v1/{COLLECTION}/d{w}"), ask(w)).await)
        });
        asked.buffer_unordered(AT_ONCE).filter(|right| std::future::ready(*right)).count().await as u64
    }

    /// Reads every document, each by the proxy that stands so many places from the one that wrote it.
    async fn read(&mut self, turns: std::ops::Range<u64>) -> String {
        let asked = DOCUMENTS * (turns.end - turns.start);
        let mut right = 0;
        for turn in turns {
            let is_right = |w: u64, reply: &Reply| matches!(reply, Reply::Answer { status: 200, body, .. } if *body == Version::put(w).text());
            right += self.each(turn, |_| Ask::Get { past_cache: false, known: None }, is_right).await;
        }
        self.wrong += asked - right;
        format!("{right} of {asked} answers are right")
    }

    async fn pending(&self) -> anyhow::Result<u64> {
        self.fleet.redis_side.ask(cmd("ZCARD").arg(format!("{}{COLLECTION}{}", keys::QUEUE[0], keys::QUEUE[1]))).await
    }

    /// How many documents the store has, and how many of them are right.
    async fn stored(&self) -> anyhow::Result<(usize, usize)> {
        let rows = settle::mysql(&self.fleet, COLLECTION).await?;
        let right = (1..=DOCUMENTS).filter(|w| rows.get(&format!("d{w}")).is_some_and(|text| *text == Version::put(*w).text())).count();
        Ok((rows.len(), right))
    }

    async fn write(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let is_right = |_: u64, reply: &Reply| matches!(reply, Reply::Answer { status: 201, .. });
        let written = self.each(0, |w| Ask::Put { w, condition: Condition::None }, is_right).await;
        ensure!(written == DOCUMENTS, "only {written} of {DOCUMENTS} writes were acknowledged");
        let seconds = began.elapsed().as_secs_f64();
        let (pending, stored) = (self.pending().await?, self.stored().await?.0);
        println!("2. {written} documents were written in {seconds:.1} s, and acknowledged. {pending} wait in Redis, the store has {stored}.");
        Ok(())
    }

    async fn expire(&mut self) -> anyhow::Result<()> {
        let script = "local keys = redis.call('KEYS', ARGV[1]) for _, key in ipairs(keys) do redis.call('DEL', key) end return #keys";
        let pattern = format!("{}{COLLECTION}{}????????:*", keys::ENTRY[0], keys::ENTRY[1]);
        let gone: u64 = self.fleet.redis_side.ask(cmd("EVAL").arg(script).arg(0).arg(pattern)).await?;
        let read = self.read(1..2).await;
        println!("3. All {gone} cache entries were made to vanish. Each document was read by another proxy than wrote it: {read}.");
        Ok(())
    }

    async fn kill(&mut self) -> anyhow::Result<()> {
        let fleet = &self.fleet;
        for member in &fleet.members {
            member.proxy.lock().await.take();
        }
        fleet.redis.kill().await;
        for store in fleet.stores() {
            store.kill().await;
        }
        println!("4. kill -9 of {} proxies, of Redis and of the store.", fleet.members.len());
        let began = Instant::now();
        fleet.calm().await?;
        fleet.ready().await?;
        let (seconds, pending, stored) = (began.elapsed().as_secs_f64(), self.pending().await?, self.stored().await?.0);
        self.wrong += DOCUMENTS.abs_diff(pending + stored as u64);
        let turns = self.fleet.members.len() as u64;
        let read = self.read(0..turns).await;
        println!(
            "5. All were started again on what the disk has, in {seconds:.1} s. {pending} wait, the store has {stored}. Every proxy read every document: {read}."
        );
        Ok(())
    }

    async fn drain(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let queue = format!("{}{COLLECTION}{}", keys::QUEUE[0], keys::QUEUE[1]);
        let _: u64 = self.fleet.redis_side.ask(cmd("ZUNIONSTORE").arg(&queue).arg(1).arg(&queue).arg("WEIGHTS").arg(0)).await?;
        until("the queue is empty", DRAINING, async || self.pending().await.is_ok_and(|count| count == 0)).await?;
        let seconds = began.elapsed().as_secs_f64();
        let (stored, right) = self.stored().await?;
        self.wrong += DOCUMENTS.abs_diff(right as u64);
        let read = self.read(0..1).await;
        println!(
            "6. The 10 minutes were cut short. {seconds:.1} s later nothing waits, and the store has {stored} documents, {right} of them right. Read once more: {read}."
        );
        Ok(())
    }
}
