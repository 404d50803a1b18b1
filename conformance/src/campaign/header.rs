//! Writes down what a run plays against: the header of its report.

use super::record::{FORMAT, Fleet, Header, Target};
use crate::subject::Subject;
use anyhow::Context;
use mysql_async::prelude::Queryable;
use std::collections::BTreeMap;

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub command: String,
    pub seed: Option<u64>,
    pub fleet: Fleet,
    pub planned: Option<u64>,
}

/// The header of a run on these targets. `base` is one whose stores speak for those of all.
///
/// # Errors
/// When a target or a store does not say its version.
pub async fn header(subjects: &[&Subject], base: Option<&Subject>, provider: &str, asked: Asked) -> anyhow::Result<Header> {
    let mut targets = Vec::new();
    for subject in subjects {
        let (_, stats) = subject.status("/_stats").await.with_context(|| format!("target {}", subject.name))?;
        let word = |name: &str| stats[name].as_str().unwrap_or("unknown").to_owned();
        targets.push(Target { name: subject.name.clone(), implementation: word("implementation"), version: word("version") });
    }
    let stores = match base {
        Some(subject) => versions(subject).await?,
        None => BTreeMap::new(),
    };
    let started = mongodb::bson::DateTime::now().try_to_rfc3339_string()?;
    let suite = env!("CARGO_PKG_VERSION").to_owned();
    let Asked { command, seed, fleet, planned } = asked;
    Ok(Header { format: FORMAT, suite, started, command, seed, fleet, targets, provider: provider.to_owned(), stores, planned })
}

async fn versions(subject: &Subject) -> anyhow::Result<BTreeMap<String, String>> {
    let info: String = subject.redis.ask(redis::cmd("INFO").arg("server")).await?;
    let redis = info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("unknown").to_owned();
    let mysql: Option<String> = subject.mysql.get_conn().await?.query_first("SELECT VERSION()").await?;
    let built = subject.mongo.run_command(mongodb::bson::doc! {"buildInfo": 1}).await?;
    let mongodb = built.get_str("version").unwrap_or("unknown").to_owned();
    Ok(BTreeMap::from([("redis".to_owned(), redis), ("mysql".to_owned(), mysql.unwrap_or_default()), ("mongodb".to_owned(), mongodb)]))
}
