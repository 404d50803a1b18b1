//! One client's connection: what comes in is followed, and its end lets the last answer arrive.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::framing::{Doubtful, Framing};

/// How long a client that still sends is listened to after the last answer.
const LINGER: Duration = Duration::from_secs(1);

/// A client's socket.
pub struct Connection {
    stream: TcpStream,
    framing: Arc<Mutex<Framing>>,
}

/// What is known of the heads that came in.
pub struct Heads(Arc<Mutex<Framing>>);

impl Heads {
    /// Of the request whose turn it is.
    pub fn next(&self) -> Doubtful {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next_head()
    }
}

impl Connection {
    /// The connection over an accepted socket.
    pub fn new(stream: TcpStream) -> Connection {
        let _ = stream.set_nodelay(true);
        Connection { stream, framing: Arc::default() }
    }

    /// For the handler, which asks once a request.
    pub fn heads(&self) -> Heads {
        Heads(self.framing.clone())
    }

    /// Ends the connection so that the last answer arrives (RFC 9112 §9.6): closing with bytes unread would reset it.
    pub async fn end(mut self) {
        let rest = async {
            self.stream.shutdown().await?;
            let mut bytes = [0; 4096];
            while self.stream.read(&mut bytes).await? > 0 {}
            io::Result::Ok(())
        };
        let _ = timeout(LINGER, rest).await;
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.framing.lock().unwrap_or_else(PoisonError::into_inner).follow(&buffer.filled()[before..]);
        result
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
