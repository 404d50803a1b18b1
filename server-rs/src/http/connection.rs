//! Serves one client connection with hyper.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::framing::Framing;
use super::{Front, answer, handle};
use crate::errors::Problem;
use crate::generated::contract::limits;

/// Above our own limits, so that these speak first.
const MOST_HEADER_LINES: usize = 512;

/// How long a client that still sends is listened to after the last answer, so that it can read it.
const LINGER: Duration = Duration::from_secs(1);

/// A client's socket whose incoming bytes are watched.
struct Watched {
    stream: TcpStream,
    framing: Arc<Mutex<Framing>>,
}

/// Serves requests until the client goes, is idle for too long, or `stopping` turns true and the last one is done.
pub async fn serve(front: Arc<Front>, stream: TcpStream, mut stopping: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let framing = Arc::new(Mutex::new(Framing::default()));
    let watched = Watched { stream, framing: framing.clone() };
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(framing.lock().unwrap_or_else(PoisonError::into_inner).next_head());
        Box::pin(unhindered(front.clone(), request))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits::KEEP_ALIVE_MS as u64))
        .max_headers(MOST_HEADER_LINES)
        .half_close(true)
        .serve_connection(TokioIo::new(watched), service);
    let mut finishing = false;
    loop {
        tokio::select! {
            _ = poll_fn(|context| connection.poll_without_shutdown(context)) => break,
            _ = stopping.wait_for(|stopping| *stopping), if !finishing => {
                finishing = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    linger(connection.into_parts().io.into_inner().stream).await;
}

/// Runs a request to its end even if the client goes meanwhile: a write that was begun is finished.
async fn unhindered(front: Arc<Front>, request: Request) -> Result<Response, Infallible> {
    let log = front.log;
    let head = request.method() == "HEAD";
    let served = tokio::spawn(handle(State(front), request)).await;
    Ok(served.unwrap_or_else(|error| {
        log.failure(&error.to_string());
        answer::problem(Problem::InternalError, None, None).into_response(head, true)
    }))
}

/// Ends a connection so that the last answer arrives (RFC 9112 §9.6): closing with bytes unread would reset it.
async fn linger(mut stream: TcpStream) {
    let rest = async {
        stream.shutdown().await?;
        let mut bytes = [0; 4096];
        while stream.read(&mut bytes).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = timeout(LINGER, rest).await;
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.framing.lock().unwrap_or_else(PoisonError::into_inner).follow(&buffer.filled()[before..]);
        result
    }
}

impl AsyncWrite for Watched {
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
