//! HTTP/1.1 on a socket of its own, exactly as written.

use super::answer::Answer;
use super::fill::Outgoing;
use crate::sequence::{Compare, Raw};
use crate::subject::PATIENCE;
use anyhow::Context;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

/// How long a target has to close a connection that it should close.
const CLOSING: Duration = Duration::from_secs(3);

/// Sends a request as it stands, on a connection that ends with it.
pub async fn send(address: &str, request: &Outgoing) -> anyhow::Result<Answer> {
    let raw = Raw { lines: Vec::new(), body: None, bytes: None, answers: 1, shut: false, compare: Compare::Full };
    Ok(self::raw(address, &bytes(address, request, true), &raw).await?.remove(0))
}

/// A request as it stands, with the headers that it cannot do without.
pub fn bytes(address: &str, request: &Outgoing, closing: bool) -> Vec<u8> {
    let named = |name: &str| request.headers.iter().any(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    if !named("host") {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = request.body.as_ref().filter(|_| !named("content-length") && !named("transfer-encoding")) {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    if closing && !named("connection") {
        head.push_str("Connection: close\r\n");
    }
    [format!("{head}\r\n").as_bytes(), request.body.as_deref().unwrap_or_default()].concat()
}

/// Writes bytes and reads as many answers as the step expects.
pub async fn raw(address: &str, bytes: &[u8], step: &Raw) -> anyhow::Result<Vec<Answer>> {
    let talk = async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        let (bytes, shut) = (bytes.to_vec(), step.shut);
        let head = bytes.starts_with(b"HEAD ");
        // A target may answer and close before it has read everything.
        let writing = tokio::spawn(async move {
            let _ = to.write_all(&bytes).await;
            if shut {
                let _ = to.shutdown().await;
            }
            to
        });
        let mut answers = Vec::new();
        for _ in 0..step.answers {
            answers.push(answer(&mut from, head).await.map(|(answer, _)| answer).unwrap_or_default());
        }
        if step.compare == Compare::Class {
            let closed = closes(&mut from).await;
            answers.iter_mut().for_each(|answer| answer.closed = Some(closed));
        }
        writing.abort();
        anyhow::Ok(answers)
    };
    tokio::time::timeout(PATIENCE, talk).await.context("no answer in time")?
}

/// Whether the connection ends soon.
async fn closes(from: &mut BufReader<OwnedReadHalf>) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(CLOSING, from.read_to_end(&mut rest)).await.is_ok()
}

/// One answer, and whether another one can follow on the connection; those of class 1xx are passed over.
pub async fn answer(from: &mut BufReader<OwnedReadHalf>, head: bool) -> anyhow::Result<(Answer, bool)> {
    loop {
        let status_line = line(from).await?;
        let status: u16 = status_line.split(' ').nth(1).context("no status")?.parse()?;
        let mut headers = Vec::new();
        loop {
            let line = line(from).await?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        if status / 100 == 1 {
            continue;
        }
        let bodiless = head || status == 204 || status == 304;
        let find = |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone());
        let mut body = Vec::new();
        match (bodiless, find("transfer-encoding"), find("content-length")) {
            (true, _, _) => {}
            (false, Some(_), _) => chunks(from, &mut body).await?,
            (false, None, Some(length)) => {
                body.resize(length.parse()?, 0);
                from.read_exact(&mut body).await?;
            }
            (false, None, None) => {
                from.read_to_end(&mut body).await?;
            }
        }
        let ends = status_line.starts_with("HTTP/1.0") || find("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let delimited = bodiless || find("transfer-encoding").or(find("content-length")).is_some();
        return Ok((Answer::new(status, headers.into_iter(), body), delimited && !ends));
    }
}

async fn chunks(from: &mut BufReader<OwnedReadHalf>, body: &mut Vec<u8>) -> anyhow::Result<()> {
    loop {
        let size = usize::from_str_radix(line(from).await?.trim(), 16)?;
        let start = body.len();
        body.resize(start + size, 0);
        from.read_exact(&mut body[start..]).await?;
        line(from).await?;
        if size == 0 {
            return Ok(());
        }
    }
}

async fn line(from: &mut BufReader<OwnedReadHalf>) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    anyhow::ensure!(from.read_until(b'\n', &mut bytes).await? > 0, "the connection ended");
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
