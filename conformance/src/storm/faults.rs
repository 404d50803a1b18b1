//! What can go wrong in a storm, by name.

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    RedisRefuse,
    RedisCut,
    RedisSilent,
    RedisSlow,
    StoreRefuse,
    StoreCut,
    StoreSilent,
    StoreSlow,
    StoreLate,
    FinishCut,
    FinishDown,
    ProxyKill,
    RedisKill,
    StoreKill,
    AllKill,
    ProxyFreeze,
    RedisFreeze,
    StoreFreeze,
    Expire,
    Evict,
    Garbage,
    RedisFull,
}

/// Name, meaning, and how often it is chosen beside the others.
pub struct Fact {
    pub fault: Fault,
    pub name: &'static str,
    pub text: &'static str,
    pub weight: u64,
}

const fn fact(fault: Fault, name: &'static str, weight: u64, text: &'static str) -> Fact {
    Fact { fault, name, text, weight }
}

/// All of them.
pub const ALL: [Fact; 22] = [
    fact(Fault::RedisRefuse, "redis-refuse", 2, "connections to Redis are broken and refused"),
    fact(Fault::RedisCut, "redis-cut", 2, "connections to Redis break after some bytes"),
    fact(Fault::RedisSilent, "redis-silent", 2, "connections to Redis stay open and carry nothing"),
    fact(Fault::RedisSlow, "redis-slow", 2, "what goes to Redis and comes from it is late, up to 60 ms"),
    fact(Fault::StoreRefuse, "store-refuse", 2, "connections to the store are broken and refused"),
    fact(Fault::StoreCut, "store-cut", 2, "connections to the store break after some bytes"),
    fact(Fault::StoreSilent, "store-silent", 2, "connections to the store stay open and carry nothing"),
    fact(Fault::StoreSlow, "store-slow", 2, "statements and answers are late, up to 300 ms"),
    fact(Fault::StoreLate, "store-late", 2, "now and then a statement or its answer is so late that nobody waits for it any more"),
    fact(Fault::FinishCut, "finish-cut", 1, "the connection breaks on which a write-through write finishes"),
    fact(Fault::FinishDown, "finish-down", 1, "Redis goes away when a write-through write finishes"),
    fact(Fault::ProxyKill, "proxy-kill", 2, "kill -9 of a proxy, and a new start"),
    fact(Fault::RedisKill, "redis-kill", 2, "kill -9 of Redis, and a new start on its file"),
    fact(Fault::StoreKill, "store-kill", 2, "kill -9 of the stores, and a new start on their data"),
    fact(Fault::AllKill, "all-kill", 1, "kill -9 of everything, and a new start"),
    fact(Fault::ProxyFreeze, "proxy-freeze", 2, "SIGSTOP of a proxy, and SIGCONT"),
    fact(Fault::RedisFreeze, "redis-freeze", 1, "SIGSTOP of Redis, and SIGCONT"),
    fact(Fault::StoreFreeze, "store-freeze", 2, "SIGSTOP of the stores, and SIGCONT"),
    fact(Fault::Expire, "expire", 6, "every cache entry vanishes"),
    fact(Fault::Evict, "evict", 3, "entries, leases and writers' tokens vanish"),
    fact(Fault::Garbage, "garbage", 2, "garbage and wrong types at the cache's keys"),
    fact(Fault::RedisFull, "redis-full", 2, "Redis is at maxmemory, with and without eviction of what may vanish"),
];

impl Fault {
    pub fn fact(self) -> &'static Fact {
        ALL.iter().find(|fact| fact.fault == self).unwrap_or(&ALL[0])
    }

    pub fn name(self) -> &'static str {
        self.fact().name
    }
}

/// Reads `all`, `none` or names joined by commas.
///
/// # Errors
/// When there is no such fault; it names those there are.
pub fn parse(text: &str) -> Result<Vec<Fault>, String> {
    match text {
        "all" => Ok(ALL.iter().map(|fact| fact.fault).collect()),
        "none" => Ok(Vec::new()),
        list => list.split(',').map(one).collect(),
    }
}

fn one(name: &str) -> Result<Fault, String> {
    let found = ALL.iter().find(|fact| fact.name == name).map(|fact| fact.fault);
    found.ok_or_else(|| format!("there is no fault {name}; there are all, none, {}", ALL.map(|fact| fact.name).join(", ")))
}
