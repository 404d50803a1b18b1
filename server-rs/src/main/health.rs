//! Asks a running proxy whether it is ready, for a container's health check.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use server_rs::config::messages::fill;
use server_rs::generated::contract::{limits, line};

use super::End;

const NOT_READY: i64 = 1;

/// Prints what ready says; an error is exit code 1.
pub fn ask(listen: &str) -> Result<(), End> {
    let Some((ready, body)) = answer(listen) else {
        return Err(End::new(NOT_READY, fill(line::UNREACHABLE, &[("listen", listen)])));
    };
    println!("{body}");
    // The body was told already: nothing is left for stderr.
    if ready { Ok(()) } else { std::process::exit(NOT_READY as i32) }
}

/// Whether the status is 200, with the body; None: no answer in time.
fn answer(listen: &str) -> Option<(bool, String)> {
    let until = Instant::now() + Duration::from_millis(limits::READY_TIMEOUT_MS as u64 * 2);
    let address = listen.to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, left(until)?).ok()?;
    stream.set_write_timeout(left(until)).ok()?;
    write!(stream, "GET /_health/ready HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n").ok()?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        stream.set_read_timeout(Some(left(until)?)).ok()?;
        match stream.read(&mut chunk).ok()? {
            0 => break,
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)? == "200", body.to_owned()))
}

fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}
