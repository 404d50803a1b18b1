//! Connections to targets that are kept open from request to request, and send each request as it stands.

use super::answer::Answer;
use super::fill::Outgoing;
use super::wire;
use anyhow::Context;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// After so long without a request a target may be about to close; a third of what the contract lets it wait.
const IDLE: Duration = Duration::from_secs(10);

/// How long an answer may take where nothing is broken on purpose.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection to each address.
#[derive(Debug)]
pub struct Kept {
    /// How long an answer may take.
    pub patience: Duration,
    open: HashMap<String, Open>,
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { patience: PATIENCE, open: HashMap::new() }
    }
}

#[derive(Debug)]
struct Open {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
    used: Instant,
}

impl Kept {
    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// When the target cannot be reached, or does not answer in time. An answer without a status says that the connection
    /// ended before there was one.
    pub async fn send(&mut self, address: &str, request: &Outgoing) -> anyhow::Result<Answer> {
        let bytes = wire::bytes(address, request, false);
        let patience = self.patience;
        let exchange = async {
            if let Some(open) = self.open.remove(address).filter(Open::is_usable)
                && let Some(answer) = self.on(open, address, &bytes).await
            {
                return Ok(answer);
            }
            // A connection that was kept may have ended just now.
            let fresh = Open::new(address).await?;
            anyhow::Ok(self.on(fresh, address, &bytes).await.unwrap_or_default())
        };
        tokio::time::timeout(patience, exchange).await.context("no answer in time")?
    }

    /// None: the connection ended before an answer.
    async fn on(&mut self, mut open: Open, address: &str, bytes: &[u8]) -> Option<Answer> {
        let head = bytes.starts_with(b"HEAD ");
        let (read, written) = {
            // A target may answer before it has read everything.
            let (writing, reading) = (open.to.write_all(bytes), wire::answer(&mut open.from, head));
            tokio::pin!(writing, reading);
            tokio::select! {
                biased;
                sent = &mut writing => (reading.await, sent.is_ok()),
                read = &mut reading => (read, false),
            }
        };
        let (answer, keeps) = read.ok()?;
        if keeps && written {
            open.used = Instant::now();
            self.open.insert(address.to_owned(), open);
        }
        Some(answer)
    }
}

impl Open {
    async fn new(address: &str) -> anyhow::Result<Open> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (from, to) = stream.into_split();
        Ok(Open { from: BufReader::new(from), to, used: Instant::now() })
    }

    /// Whether nothing has come on it, its end included.
    fn is_usable(&self) -> bool {
        let mut byte = [0];
        let silent = matches!(self.from.get_ref().try_read(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        silent && self.from.buffer().is_empty() && self.used.elapsed() < IDLE
    }
}
