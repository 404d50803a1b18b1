//! What each target says and exits with when it is started wrongly, or only asked something.

use crate::generated::contract::{FaultFact, exit, faults, line, usage};
use crate::routes::routing_file;
use crate::subject::PATIENCE;
use crate::supervisor::{free_port, proxy, until};
use crate::targets::Target;
use crate::world::World;
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use redis::cmd;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;

/// A program that has ended: exit code, stdout, stderr.
#[derive(Debug, PartialEq)]
struct End {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Starts a target with these arguments and waits for its end.
async fn run(target: &Target, arguments: &[&str]) -> anyhow::Result<End> {
    let own = target.command.iter().take_while(|word| !word.starts_with("--")).cloned();
    let words: Vec<String> = own.chain(arguments.iter().map(|word| (*word).to_owned())).collect();
    let words = proxy::command(target, &words)?;
    let mut command = tokio::process::Command::new(&words[0]);
    command.args(&words[1..]).current_dir(crate::targets::root()).kill_on_drop(true).stdin(std::process::Stdio::null());
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let Output { status, stdout, stderr } = ended.with_context(|| format!("{} does not end with {arguments:?}", target.name))??;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(End { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) })
}

/// Starts every target so, and holds each to what the contract says.
async fn each(world: &World, arguments: &[&str], expected: &End) -> anyhow::Result<()> {
    let check = |target: &'_ Target| {
        let target = target.clone();
        async move {
            let end = run(&target, arguments).await?;
            ensure!(end == *expected, "{} with {arguments:?}: {end:?}, expected {expected:?}", target.name);
            Ok(())
        }
    };
    try_join_all(world.commands()?.iter().map(check)).await?;
    Ok(())
}

fn refused(file: &Path, pointer: &str, fault: &FaultFact, fill: &[(&str, &str)]) -> End {
    let mut wrong = fault.wrong.to_owned();
    let mut right = fault.right.to_owned();
    for (name, value) in fill {
        wrong = wrong.replacen(name, value, 1);
        right = right.replacen(name, value, 1);
    }
    let said = line::REFUSED
        .replacen("{file}", &file.display().to_string(), 1)
        .replacen("{pointer}", pointer, 1)
        .replacen("{wrong}", &wrong, 1)
        .replacen("{right}", &right, 1);
    fails(exit::REFUSED, &said)
}

fn fails(code: i64, line: &str) -> End {
    End { code: code as i32, stdout: String::new(), stderr: format!("{line}\n") }
}

fn says(text: &str) -> End {
    End { code: 0, stdout: text.to_owned(), stderr: String::new() }
}

fn written(world: &World, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = world.folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}

/// One fault of each kind: each start takes a second of a core, and the vectors have the others.
pub async fn refusals(world: &World) -> anyhow::Result<()> {
    let good = json!({"stores": {"s": {"kind": "mysql", "url": "mysql://root@127.0.0.1:1/none"}}, "routes": [{"match": "*", "store": "s", "cache": "off"}]});
    let with = |pointer: &str, value: Value| {
        let mut file = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(members)) = file.pointer_mut(parent) {
            members.insert(name.to_owned(), value);
        }
        file.to_string()
    };
    let unknown = written(world, "unknown.json", &with("/rediss", json!({})))?;
    let known = [("{known}", "listen, redis, stores, limits, routes")];
    each(world, &["--config", &unknown.display().to_string()], &refused(&unknown, "/rediss", faults::UNKNOWN_KEY, &known)).await?;
    let good = written(world, "good.json", &good.to_string())?.display().to_string();
    each(world, &["--config", &good, "--check"], &says(&format!("{}\n", line::CHECKED.replace("{file}", &good)))).await?;
    each(world, &["--config", "/no/such/file.json"], &fails(exit::UNREADABLE, &line::UNREADABLE.replace("{file}", "/no/such/file.json"))).await?;
    let wrong = |what: &str| fails(exit::USAGE, &line::USAGE.replace("{what}", what));
    each(world, &["--config", &good, "--bogus=1"], &wrong(&usage::UNKNOWN.replace("{argument}", "--bogus=1"))).await?;
    each(world, &["--version"], &says(&format!("docproxy {}\n", crate::generated::contract::VERSION))).await?;
    let held = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = held.local_addr()?.to_string();
    each(world, &["--config", &good, "--listen", &address], &fails(exit::UNBINDABLE, &line::UNBINDABLE.replace("{listen}", &address))).await
}

/// `--health` tells what the running target says.
pub async fn health(world: &World) -> anyhow::Result<()> {
    let nobody = format!("127.0.0.1:{}", free_port()?);
    for (target, subject) in world.commands()?.iter().zip(&world.subjects) {
        let end = run(target, &["--health", &subject.address]).await?;
        ensure!(end == says("{\"reasons\":[],\"status\":\"ready\"}\n"), "{}: {end:?}", target.name);
    }
    each(world, &["--health", &nobody], &fails(1, &line::UNREACHABLE.replace("{listen}", &nobody))).await
}

/// A Redis that would lose what must stay, that does not tell, or that belongs to another fleet stops the start; its password stays unsaid.
pub async fn unsafe_redis(world: &World) -> anyhow::Result<()> {
    let (urls, _server) = world.provide("unsafe").await?;
    let client = redis::Client::open(urls.redis.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    let path = written(world, "unsafe.json", &routing_file(&urls).to_string())?;
    let file = path.display().to_string();
    let start = ["--config", file.as_str(), "--listen", "127.0.0.1:0", "--log", "none"];

    let () = cmd("CONFIG").arg("SET").arg("maxmemory-policy").arg("allkeys-lru").query_async(&mut redis).await?;
    each(world, &start, &refused(&path, "/redis/url", faults::UNSAFE_EVICTION, &[("{value}", "allkeys-lru")])).await?;
    let () = cmd("CONFIG").arg("SET").arg("maxmemory-policy").arg("noeviction").query_async(&mut redis).await?;

    let lax = [("appendonly", "no", "yes"), ("appendfsync", "everysec", "always"), ("no-appendfsync-on-rewrite", "yes", "no")];
    for (name, value, expected) in lax {
        let () = cmd("CONFIG").arg("SET").arg(name).arg(value).query_async(&mut redis).await?;
        let fill = [("{name}", name), ("{value}", value), ("{name}", name), ("{expected}", expected)];
        each(world, &start, &refused(&path, "/redis/url", faults::UNSAFE_DURABILITY, &fill)).await?;
        let () = cmd("CONFIG").arg("SET").arg(name).arg(expected).query_async(&mut redis).await?;
    }

    let stranger = "redis.call('ZADD', KEYS[1], redis.call('TIME')[1] * 1000 + 60000, ARGV[1])";
    let () = cmd("EVAL").arg(stranger).arg(1).arg("dp:fleet").arg("00000000000000000000000000000000 suite").query_async(&mut redis).await?;
    each(world, &start, &refused(&path, "", faults::ANOTHER_FLEET, &[])).await?;
    let () = cmd("DEL").arg("dp:fleet").query_async(&mut redis).await?;

    let () = cmd("ACL").arg("SETUSER").arg("guest").arg("on").arg(">opensesame").arg("~*").arg("+@all").arg("-config").query_async(&mut redis).await?;
    let mut limited = routing_file(&urls);
    limited["redis"]["url"] = json!(urls.redis.replacen("redis://", "redis://guest:opensesame@", 1));
    std::fs::write(&path, limited.to_string())?;
    each(world, &start, &refused(&path, "/redis/url", faults::UNSAFE_UNKNOWN, &[])).await?;
    let () = cmd("ACL").arg("SETUSER").arg("guest").arg("+config").query_async(&mut redis).await?;
    for target in world.commands()? {
        let label = format!("guest-{}", target.name);
        let proxy = world.launch(target, &limited, &label, &[])?;
        let url = format!("http://{}/_health/ready", proxy.address);
        until("a target with a password is ready", PATIENCE, async || reqwest::get(&url).await.is_ok_and(|answer| answer.status() == 200)).await?;
        drop(proxy);
        let said = std::fs::read_to_string(proxy::log(&world.folder, &label))?;
        ensure!(!said.contains("opensesame"), "{} logs the password of Redis", target.name);
        // Killed, it would count as live for ten seconds more; with the same routing file that disturbs nobody.
    }
    Ok(())
}
