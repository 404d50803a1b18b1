//! Connections to Redis; the room that knows the driver (protocol.md §3, §4).

pub mod backlog;
pub mod keys;
pub mod link;

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

pub use self::backlog::{Claim, Claimed, Count, Offer, Reply, Silence};
pub use self::link::{Link, Miss, Policy};

/// Redis did not do what was asked: away, loading or refusing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

/// The one Redis of a routing file.
pub struct Redis {
    address: ConnectionInfo,
    /// Limit of one command, of connecting too.
    timeout: Duration,
    /// Hash of the routing file, part of every generation.
    fleet: String,
    current: watch::Sender<Option<Link>>,
}

impl Redis {
    /// None if the driver does not take the URL.
    pub fn new(url: &str, timeout: Duration, fleet: &str) -> Option<Redis> {
        let address = url.into_connection_info().ok()?;
        // What a connection sends by itself is AUTH and SELECT alone.
        let settings = address.redis_settings().clone().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
        let address = address.set_redis_settings(settings);
        Some(Redis { address, timeout, fleet: fleet.to_owned(), current: watch::Sender::new(None) })
    }

    /// The connection that everybody shares, unless it is lost.
    pub fn link(&self) -> Option<Link> {
        self.current.borrow().clone().filter(|link| !link.is_lost())
    }

    /// Waits for a connection other than `old`, as long as one command may take.
    pub async fn another_link(&self, old: Option<&Link>) -> Option<Link> {
        let mut current = self.current.subscribe();
        let is_new = |link: &Option<Link>| link.as_ref().is_some_and(|link| !link.is_lost() && !old.is_some_and(|old| old.is_same(link)));
        timeout(self.timeout, current.wait_for(is_new)).await.ok()?.ok()?.clone()
    }

    /// Makes a connection the shared one.
    pub fn publish(&self, link: Link) {
        self.current.send_replace(Some(link));
    }

    /// A new connection whose generation is known; INFO was its first command.
    pub async fn connect(&self) -> Result<Link, Down> {
        timeout(self.timeout, self.dial()).await.unwrap_or(Err(Down))
    }

    async fn dial(&self) -> Result<Link, Down> {
        let ConnectionAddr::Tcp(host, port) = self.address.addr() else {
            return Err(Down);
        };
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|_| Down)?;
        stream.set_nodelay(true).map_err(|_| Down)?;
        // The time limit is ours: a command that exceeds it takes the connection with it.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let (connection, driver) = MultiplexedConnection::new_with_config(self.address.redis_settings(), stream, config).await.map_err(|_| Down)?;
        Link::open(connection, driver, self.timeout, &self.fleet).await
    }
}
