//! Makes one fault after another while clients work, each for a short while.

use super::faults::{ALL, Fault};
use super::fleet::{Fleet, Member};
use crate::dice::Dice;
use crate::supervisor::relay::{Relay, Traffic};
use futures_util::future::try_join_all;
use redis::cmd;
use rustix::process::Signal;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Deletes or spoils keys by their patterns, one in so many.
const SPOIL: &str = "
local count = 0
for _, pattern in ipairs(ARGV) do
  for _, key in ipairs(redis.call('KEYS', pattern)) do
    count = count + 1
    if KEYS[1] == 'delete' then redis.call('DEL', key)
    elseif count % 3 == 1 then redis.call('DEL', key) redis.call('RPUSH', key, 'suite') redis.call('PEXPIRE', key, 60000)
    elseif count % 3 == 2 then redis.call('SET', key, 'garbage of the suite', 'PX', 60000) end
  end
end
return count";

/// Longer than a claimed row is out of sight.
const LATE_MS: u32 = 2 * super::fleet::STORE_TIMEOUT_MS as u32 + 200;

const ENTRIES: &str = "dp:{*}:c????????:*";
const LEASES: &str = "dp:{*}:l????????:*";
const WRITERS: &str = "dp:{*}:w:*";

/// One fault that was made and mended.
#[derive(Clone, Debug, Serialize)]
pub struct Strike {
    pub fault: &'static str,
    /// Which proxy it met; none: all.
    pub proxy: Option<String>,
    /// Since the round began, and for how long.
    pub at_ms: u64,
    pub ms: u64,
}

/// Faults of one kind follow each other; those of different kinds meet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Front {
    Paths,
    Processes,
    /// Made in a moment, and of no use where Redis is away.
    Keys,
}

fn front(fault: Fault) -> Front {
    match fault {
        Fault::Expire | Fault::Evict | Fault::Garbage => Front::Keys,
        Fault::ProxyKill | Fault::RedisKill | Fault::StoreKill | Fault::AllKill => Front::Processes,
        Fault::ProxyFreeze | Fault::RedisFreeze | Fault::StoreFreeze | Fault::RedisFull => Front::Processes,
        _ => Front::Paths,
    }
}

/// Makes faults until the round is over; the last may be a little longer. With haste the pauses are so many times shorter.
pub async fn rage(fleet: &Fleet, faults: &[Fault], dice: Dice, end: Instant, haste: u64) -> anyhow::Result<Vec<Strike>> {
    let side = |front: Front, number: u64| Side { fleet, faults, front, dice: Dice::stream(dice.clone().roll(), number), end };
    let (paths, processes, keys) =
        tokio::join!(side(Front::Paths, 1).rage(2_400 / haste), side(Front::Processes, 2).rage(6_000 / haste), side(Front::Keys, 3).rage(1_200 / haste));
    let mut strikes = [paths?, processes?, keys?].concat();
    strikes.sort_by_key(|strike| strike.at_ms);
    Ok(strikes)
}

struct Side<'a> {
    fleet: &'a Fleet,
    faults: &'a [Fault],
    front: Front,
    dice: Dice,
    end: Instant,
}

impl Side<'_> {
    /// One after another, with pauses of up to so many ms in between.
    async fn rage(mut self, pause_ms: u64) -> anyhow::Result<Vec<Strike>> {
        let began = Instant::now();
        let mut strikes = Vec::new();
        let facts = ALL.iter().filter(|fact| self.faults.contains(&fact.fault) && front(fact.fault) == self.front);
        let weighted: Vec<Fault> = facts.flat_map(|fact| std::iter::repeat_n(fact.fault, usize::try_from(fact.weight).unwrap_or(1))).collect();
        loop {
            let pause = Duration::from_millis(self.dice.between(pause_ms / 10, pause_ms));
            tokio::time::sleep(pause.min(self.end.saturating_duration_since(Instant::now()))).await;
            let Some(fault) = self.dice.pick(&weighted).copied().filter(|_| Instant::now() < self.end) else { return Ok(strikes) };
            let at = Instant::now();
            let members = &self.fleet.members;
            let met: Vec<&Member> = if self.dice.chance(60) { self.dice.pick(members).into_iter().collect() } else { members.iter().collect() };
            match strike(self.fleet, fault, &met, &mut self.dice).await {
                Err(_) if self.front == Front::Keys => continue,
                struck => struck?,
            }
            let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            let proxy = (met.len() == 1).then(|| met[0].target.name.clone());
            strikes.push(Strike { fault: fault.name(), proxy, at_ms: ms(at - began), ms: ms(at.elapsed()) });
        }
    }
}

async fn strike(fleet: &Fleet, fault: Fault, met: &[&Member], dice: &mut Dice) -> anyhow::Result<()> {
    let bytes = u32::try_from(dice.between(1, 3_000))?;
    match fault {
        Fault::RedisRefuse => redis(met, Traffic::Down, hold(dice, 1_500)).await,
        Fault::RedisCut => redis(met, Traffic::CutAfter { bytes }, hold(dice, 1_000)).await,
        Fault::RedisSilent => redis(met, Traffic::Silent, hold(dice, 1_500)).await,
        Fault::RedisSlow => redis(met, Traffic::Slow { most_ms: 60 }, hold(dice, 3_000)).await,
        Fault::FinishCut => redis(met, Traffic::CutAtFinish, hold(dice, 500)).await,
        Fault::FinishDown => redis(met, Traffic::DownAtFinish, hold(dice, 1_500)).await,
        Fault::StoreRefuse => stores(met, Traffic::Down, hold(dice, 3_000)).await,
        Fault::StoreCut => stores(met, Traffic::CutAfter { bytes: bytes * 3 }, hold(dice, 1_000)).await,
        Fault::StoreSilent => stores(met, Traffic::Silent, hold(dice, 3_000)).await,
        Fault::StoreSlow => {
            let most_ms = *dice.pick(&[40, 300]).unwrap_or(&40);
            stores(met, Traffic::Slow { most_ms }, hold(dice, 4_000)).await
        }
        Fault::StoreLate => stores(met, Traffic::Late { least_ms: LATE_MS }, hold(dice, 4_000)).await,
        Fault::ProxyKill | Fault::RedisKill | Fault::StoreKill | Fault::AllKill => kill(fleet, fault, met, hold(dice, 1_500)).await,
        Fault::ProxyFreeze | Fault::RedisFreeze | Fault::StoreFreeze => freeze(fleet, fault, met, hold(dice, 4_500)).await,
        Fault::Expire => spoil(fleet, "delete", &[ENTRIES]).await,
        Fault::Evict => spoil(fleet, "delete", &[ENTRIES, LEASES, WRITERS]).await,
        Fault::Garbage => spoil(fleet, "garbage", &[ENTRIES, LEASES, WRITERS]).await,
        Fault::RedisFull => full(fleet, dice.chance(50), hold(dice, 1_500)).await,
    }
}

fn hold(dice: &mut Dice, most_ms: u64) -> Duration {
    Duration::from_millis(dice.between(most_ms / 20, most_ms))
}

async fn redis(met: &[&Member], traffic: Traffic, hold: Duration) -> anyhow::Result<()> {
    for member in met {
        member.redis.lock().await.set(traffic).await?;
    }
    tokio::time::sleep(hold).await;
    for member in met {
        member.redis.lock().await.set(Traffic::Pass).await?;
    }
    Ok(())
}

async fn stores(met: &[&Member], traffic: Traffic, hold: Duration) -> anyhow::Result<()> {
    let set_all = async |traffic: Traffic| -> anyhow::Result<()> {
        for member in met {
            let mut relays = member.stores.lock().await;
            try_join_all(relays.iter_mut().map(|relay: &mut Relay| relay.set(traffic))).await?;
        }
        Ok(())
    };
    set_all(traffic).await?;
    tokio::time::sleep(hold).await;
    set_all(Traffic::Pass).await
}

/// Kill -9, a pause, a new start on the same data.
async fn kill(fleet: &Fleet, fault: Fault, met: &[&Member], hold: Duration) -> anyhow::Result<()> {
    let (redis, stores) = (matches!(fault, Fault::RedisKill | Fault::AllKill), matches!(fault, Fault::StoreKill | Fault::AllKill));
    let proxies: Vec<&Member> = match fault {
        Fault::ProxyKill => met.to_vec(),
        Fault::AllKill => fleet.members.iter().collect(),
        _ => Vec::new(),
    };
    for member in &proxies {
        member.proxy.lock().await.take();
    }
    if redis {
        fleet.redis.kill().await;
    }
    for store in fleet.stores().filter(|_| stores) {
        store.kill().await;
    }
    tokio::time::sleep(hold).await;
    if redis {
        fleet.redis.restart().await?;
    }
    try_join_all(fleet.stores().filter(|_| stores).map(|store| store.restart())).await?;
    try_join_all(proxies.into_iter().map(|member| fleet.launch(member))).await?;
    Ok(())
}

async fn freeze(fleet: &Fleet, fault: Fault, met: &[&Member], hold: Duration) -> anyhow::Result<()> {
    let signal = async |signal: Signal| -> anyhow::Result<()> {
        match fault {
            Fault::ProxyFreeze => _ = try_join_all(met.iter().map(|member| fleet.signal(member, signal))).await?,
            Fault::RedisFreeze => fleet.redis.signal(signal).await?,
            _ => _ = try_join_all(fleet.stores().map(|store| store.signal(signal))).await?,
        }
        Ok(())
    };
    signal(Signal::STOP).await?;
    tokio::time::sleep(hold).await;
    signal(Signal::CONT).await
}

async fn spoil(fleet: &Fleet, how: &str, patterns: &[&str]) -> anyhow::Result<()> {
    let _: u64 = fleet.redis_side.ask(cmd("EVAL").arg(SPOIL).arg(1).arg(how).arg(patterns)).await?;
    Ok(())
}

/// Lets Redis take no more than it holds now, and evict nothing or what has a time to live.
async fn full(fleet: &Fleet, evicts: bool, hold: Duration) -> anyhow::Result<()> {
    let info: String = fleet.redis_side.ask(cmd("INFO").arg("memory")).await?;
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap_or("1").to_owned();
    let set = async |name: &str, value: &str| fleet.redis_side.ask::<()>(cmd("CONFIG").arg("SET").arg(name).arg(value)).await;
    if evicts {
        set("maxmemory-policy", "volatile-lru").await?;
    }
    set("maxmemory", &used).await?;
    tokio::time::sleep(hold).await;
    set("maxmemory", "0").await?;
    set("maxmemory-policy", "noeviction").await
}
