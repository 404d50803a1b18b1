//! A TCP relay between a target and one of its dependencies, so that a fault meets one target, at once and without a restart.

use super::relay_mongo::{self, Refusal, Verdict};
use super::relay_toll::Toll;
use super::tally::{Scanner, Tally};
use crate::generated::contract::scripts;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the relay does with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    Pass,
    /// Connections are broken and refused.
    Down,
    /// Connections stay open and carry nothing; what was sent is never delivered.
    Silent,
    /// Mongo only: the first write on a connection turns it silent.
    UnansweredWrites,
    /// Redis only: passes until a write wants to finish, is down from then on.
    DownAtFinish,
    /// Redis only: passes, but the connection on which a write wants to finish breaks, once.
    CutAtFinish,
    /// What goes up waits up to so many ms first, and so does what comes down; it is delivered even if the other side has
    /// given up meanwhile.
    Slow {
        most_ms: u32,
    },
    /// One piece in four waits between so many ms and twice as many.
    Late {
        least_ms: u32,
    },
    /// Each connection breaks once so many bytes went up or came down.
    CutAfter {
        bytes: u32,
    },
}

/// What is spoken on the connections, where it is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Any,
    Redis,
    Mongo,
}

/// What is answered to writes, by collection.
pub type Refusals = Arc<Mutex<HashMap<String, Refusal>>>;

/// A running relay.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    traffic: watch::Sender<Traffic>,
    listens: watch::Receiver<bool>,
    refusals: Refusals,
    /// The commands that went through, of Redis.
    pub tally: Arc<Tally>,
}

#[derive(Clone)]
struct Line {
    upstream: SocketAddr,
    protocol: Protocol,
    refusals: Refusals,
    tally: Arc<Tally>,
    traffic: watch::Receiver<Traffic>,
    /// The relay changes its own traffic where a fault is over after one event.
    change: watch::Sender<Traffic>,
}

impl Relay {
    /// Listens on a free port for as long as the runtime lives.
    pub async fn start(upstream: SocketAddr, protocol: Protocol) -> anyhow::Result<Relay> {
        let port = super::free_port()?;
        let (traffic, orders) = watch::channel(Traffic::Pass);
        let (state, listens) = watch::channel(false);
        let refusals = Refusals::default();
        let tally = Arc::default();
        let line = Line { upstream, protocol, refusals: refusals.clone(), tally: Arc::clone(&tally), traffic: orders, change: traffic.clone() };
        tokio::spawn(accept(port, line, state));
        let mut relay = Relay { port, traffic, listens, refusals, tally };
        relay.settle(true).await?;
        Ok(relay)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes what happens, and returns once the port listens or no longer listens accordingly.
    pub async fn set(&mut self, traffic: Traffic) -> anyhow::Result<()> {
        self.traffic.send_replace(traffic);
        self.settle(traffic != Traffic::Down).await
    }

    async fn settle(&mut self, listening: bool) -> anyhow::Result<()> {
        let wait = self.listens.wait_for(|now| *now == listening);
        tokio::time::timeout(Duration::from_secs(5), wait).await.map_err(|_| anyhow::anyhow!("a relay does not follow"))??;
        Ok(())
    }

    /// From now on writes to this collection are answered so; `None` ends it.
    pub fn refuse(&self, collection: &str, refusal: Option<Refusal>) {
        let mut refusals = self.refusals.lock().expect("no holder panics");
        match refusal {
            Some(refusal) => refusals.insert(collection.to_owned(), refusal),
            None => refusals.remove(collection),
        };
    }
}

/// Listens except while traffic is down.
async fn accept(port: u16, line: Line, state: watch::Sender<bool>) {
    let mut orders = line.traffic.clone();
    loop {
        if orders.wait_for(|traffic| *traffic != Traffic::Down).await.is_err() {
            return;
        }
        let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        state.send_replace(true);
        loop {
            tokio::select! {
                biased;
                lost = async { orders.wait_for(|traffic| *traffic == Traffic::Down).await.is_err() } => {
                    if lost { return }
                    break;
                }
                accepted = listener.accept() => if let Ok((client, _)) = accepted { tokio::spawn(serve(client, line.clone())); },
            }
        }
        drop(listener);
        state.send_replace(false);
    }
}

/// One connection: passes bytes, and while the traffic is silent stays open without being read.
async fn serve(client: TcpStream, line: Line) {
    let mut orders = line.traffic.clone();
    let _ = client.set_nodelay(true);
    if *orders.borrow_and_update() == Traffic::Silent {
        let _ = orders.wait_for(|traffic| *traffic != Traffic::Silent).await;
        return;
    }
    if let Ok(server) = TcpStream::connect(line.upstream).await {
        let _ = server.set_nodelay(true);
        pass(client, server, &line, &mut orders).await;
    }
}

/// Passes bytes both ways until an end closes or the traffic breaks the connection.
async fn pass(client: TcpStream, server: TcpStream, line: &Line, orders: &mut watch::Receiver<Traffic>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let traffic = line.traffic.clone();
    let refusals = line.refusals.clone();
    let (answers, mut injected) = tokio::sync::mpsc::channel::<Vec<u8>>(4);
    let (protocol, change, tally) = (line.protocol, line.change.clone(), line.tally.clone());
    let mut toll = Toll::new(line.traffic.clone());
    let mut toll_down = toll.clone();
    let upward = async move {
        let silenced = match protocol {
            Protocol::Redis => redis_upward(&mut from_client, &mut to_server, &change, &tally, &mut toll).await,
            Protocol::Any => {
                toll.deliver_all(&mut from_client, &mut to_server).await;
                false
            }
            Protocol::Mongo => mongo_upward(&mut from_client, &mut to_server, &traffic, &refusals, &answers, &mut toll).await,
        };
        (silenced, from_client)
    };
    let downward = async move {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            tokio::select! {
                biased;
                Some(answer) = injected.recv() => if to_client.write_all(&answer).await.is_err() { break },
                read = from_server.read(&mut buffer) => match read {
                    Ok(count) if count > 0 => if !toll_down.deliver(&mut to_client, &buffer[..count]).await { break },
                    _ => break,
                },
            }
        }
    };
    tokio::pin!(downward);
    let mut watched = orders.clone();
    tokio::select! {
        (silenced, half) = upward => if silenced { hold(half, orders).await; },
        () = &mut downward => {}
        () = async { let _ = watched.wait_for(|traffic| matches!(traffic, Traffic::Down | Traffic::Silent)).await; } => {
            let _ = orders.wait_for(|traffic| *traffic != Traffic::Silent).await;
        }
    }
}

/// Keeps half a connection open until the traffic is healed or broken.
async fn hold(half: OwnedReadHalf, orders: &mut watch::Receiver<Traffic>) {
    let _ = orders.wait_for(|traffic| matches!(traffic, Traffic::Pass | Traffic::Down)).await;
    drop(half);
}

/// Passes what goes to Redis until a fault wants the connection to break where a write finishes.
async fn redis_upward(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, change: &watch::Sender<Traffic>, tally: &Tally, toll: &mut Toll) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    let mut scanner = Scanner::default();
    let digest = scripts::FINISH.sha1.as_bytes();
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return false };
        scanner.feed(&buffer[..count], tally);
        let after = match *change.borrow() {
            Traffic::DownAtFinish => Some(Traffic::Down),
            Traffic::CutAtFinish => Some(Traffic::Pass),
            _ => None,
        };
        if let Some(after) = after.filter(|_| buffer[..count].windows(digest.len()).any(|window| window == digest)) {
            change.send_replace(after);
            return false;
        }
        if !toll.deliver(to, &buffer[..count]).await {
            return false;
        }
    }
}

/// Passes Mongo's messages one by one; true if the connection has to fall silent.
async fn mongo_upward(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    traffic: &watch::Receiver<Traffic>,
    refusals: &Refusals,
    answers: &tokio::sync::mpsc::Sender<Vec<u8>>,
    toll: &mut Toll,
) -> bool {
    while let Some(message) = relay_mongo::next(from).await {
        let unanswered = *traffic.borrow() == Traffic::UnansweredWrites;
        let verdict = relay_mongo::judge(&message, unanswered, &refusals.lock().expect("no holder panics"));
        match verdict {
            Verdict::Pass => {}
            Verdict::Swallow => return true,
            Verdict::Answer(answer) => {
                let _ = answers.send(answer).await;
                continue;
            }
        }
        if !toll.deliver(to, &message).await {
            return false;
        }
    }
    false
}
