//! Judges a routing file; the first fault in the contract's order counts (docs/reference/routing.md).

mod routes;
mod settings;

use std::time::Duration;

use self::settings::{Group, Reader};
use super::address::fits;
use super::messages::fill;
use super::{Config, RedisConfig, StoreConfig, StoreKind};
use crate::generated::contract::{FaultFact, faults, line, objects, urls};
use crate::json::{Members, Name, Value, etag, read, write};
use crate::routing::Mode;

const STORE_NAME: &str = "^[a-z][a-z0-9-]{0,31}$";

/// What is wrong with a routing file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// RFC 6901.
    pub pointer: String,
    pub wrong: String,
    pub right: String,
}

impl Fault {
    /// A fault with its placeholders filled.
    pub fn new(fact: &FaultFact, pointer: &str, values: &[(&str, &str)]) -> Fault {
        Fault { pointer: pointer.to_owned(), wrong: fill(fact.wrong, values), right: fill(fact.right, values) }
    }

    /// The line for stderr.
    pub fn line(&self, file: &str) -> String {
        fill(line::REFUSED, &[("file", file), ("pointer", &self.pointer), ("wrong", &self.wrong), ("right", &self.right)])
    }
}

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The configuration that a routing file's bytes describe.
///
/// # Errors
/// The first fault.
pub fn parse(bytes: &[u8], environment: Environment) -> Result<Config, Fault> {
    let file = read::value(bytes).map_err(|problem| Fault::new(faults::SYNTAX, "", &[("slug", problem.fact().slug)]))?;
    let Value::Object(members) = &file else {
        return Err(Fault::new(faults::WRONG_TYPE, "", &[("expected", objects::ROOT)]));
    };
    let reader = Reader { environment };
    let root = reader.group("root", "", members)?;
    let listen = root.text("listen")?;
    let redis = root.object("redis")?.map(|(pointer, members)| redis(&reader, &pointer, members)).transpose()?;
    let stores = match root.object("stores")? {
        Some((pointer, members)) => stores(&reader, &pointer, members)?,
        None => Vec::new(),
    };
    let body_bytes = match root.object("limits")? {
        Some((pointer, members)) => reader.group("limits", &pointer, members)?.integer("body_bytes")?,
        None => Group::default_of("limits", "body_bytes"),
    };
    let routes = routes::routes(&reader, &root, &stores)?;
    if redis.is_none() && routes.iter().any(|route| route.mode != Mode::Off) {
        return Err(Fault::new(faults::MISSING, "/redis/url", &[("expected", Group::expected_of("redis", "url"))]));
    }
    Ok(Config { listen, redis, stores, body_bytes: body_bytes as usize, routes, fleet: fleet(members) })
}

fn redis(reader: &Reader, pointer: &str, members: &Members) -> Result<RedisConfig, Fault> {
    let group = reader.group("redis", pointer, members)?;
    let url = reader.url(&group, urls::REDIS)?;
    Ok(RedisConfig { url, timeout: Duration::from_millis(group.integer("timeout_ms")?) })
}

fn stores(reader: &Reader, pointer: &str, members: &Members) -> Result<Vec<StoreConfig>, Fault> {
    members.iter().map(|(name, value)| store(reader, &child(pointer, &name.0), &name.0, value)).collect()
}

fn store(reader: &Reader, pointer: &str, name: &str, value: &Value) -> Result<StoreConfig, Fault> {
    if !fits(STORE_NAME, name) {
        return Err(Fault::new(faults::BAD_NAME, pointer, &[]));
    }
    let Value::Object(members) = value else {
        return Err(Fault::new(faults::WRONG_TYPE, pointer, &[("expected", objects::STORE)]));
    };
    let group = reader.group("store", pointer, members)?;
    let (kind, form) = match group.text("kind")?.as_str() {
        "mongodb" => (StoreKind::Mongodb, urls::MONGODB),
        _ => (StoreKind::Mysql, urls::MYSQL),
    };
    let url = reader.url(&group, form)?;
    let timeout = Duration::from_millis(group.integer("timeout_ms")?);
    Ok(StoreConfig { name: name.to_owned(), kind, url, timeout })
}

/// The pointer of a member (RFC 6901 §3).
pub fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The hash that names the fleet: of the canonical form as written, without `listen`.
fn fleet(members: &Members) -> String {
    let mut members = members.clone();
    members.remove(&Name("listen".to_owned()));
    etag(write::canonical(&Value::Object(members)).as_bytes())
}
