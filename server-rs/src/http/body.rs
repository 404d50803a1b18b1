//! Takes the bytes of a request's body off the connection.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::errors::Problem;
use crate::generated::contract::limits;

/// The whole body, at most `limit` bytes.
///
/// # Errors
/// `BodyTooLarge`; `BadRequest` if it ends before its length, or does not come.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let patience = Duration::from_millis(limits::KEEP_ALIVE_MS as u64);
    timeout(patience, collect(body, limit)).await.unwrap_or(Err(Problem::BadRequest))
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    let mut first = Bytes::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::BadRequest)?;
        if first.len() + whole.len() + chunk.len() > limit {
            return Err(Problem::BodyTooLarge);
        }
        // Most bodies come in one piece, which is then taken as it is.
        if first.is_empty() && whole.is_empty() {
            first = chunk;
            continue;
        }
        if !first.is_empty() {
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
}

/// Reads past a body that nobody looks at; false: the connection cannot be used any more.
pub async fn drain(body: Body, limit: usize) -> bool {
    read(body, limit).await.is_ok()
}
