//! Carries requests and answers between hyper and the handler.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::connection::Connection;
use super::{Front, answer, handle};
use crate::errors::Problem;
use crate::generated::contract::limits;

/// Above our own limits, so that these speak first.
const MOST_HEADER_LINES: usize = 512;

/// Serves requests until the client goes, is idle for too long, or `stopping` turns true and the last one is done.
pub async fn serve(front: Arc<Front>, stream: TcpStream, mut stopping: watch::Receiver<bool>) {
    let client = Connection::new(stream);
    let heads = client.heads();
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(heads.next());
        Box::pin(unhindered(front.clone(), request))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits::KEEP_ALIVE_MS as u64))
        .max_headers(MOST_HEADER_LINES)
        .half_close(true)
        .serve_connection(TokioIo::new(client), service);
    let mut finishing = false;
    loop {
        tokio::select! {
            _ = poll_fn(|context| connection.poll_without_shutdown(context)) => break,
            _ = stopping.wait_for(|stopping| *stopping), if !finishing => {
                finishing = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    connection.into_parts().io.into_inner().end().await;
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
