//! What hyper hides about a request's framing is noticed, whatever the bytes' division.

use server_rs::http::framing::{Doubtful, Framing};

/// Follows bytes whole, then byte by byte, and says which of so many requests were doubtful.
fn doubts(bytes: &str, requests: usize) -> Vec<bool> {
    let mut whole = Framing::default();
    whole.follow(bytes.as_bytes());
    let mut slow = Framing::default();
    for byte in bytes.as_bytes() {
        slow.follow(std::slice::from_ref(byte));
    }
    let heads = |framing: &mut Framing| (0..requests).map(|_| framing.next_head() == Doubtful(true)).collect::<Vec<_>>();
    let found = heads(&mut whole);
    assert_eq!(found, heads(&mut slow));
    found
}

const PLAIN: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const TWICE: &str = "PUT / HTTP/1.1\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n{}";
const BOTH: &str = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n";

#[test]
fn one_length_is_no_doubt() {
    assert_eq!(doubts(&format!("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}{PLAIN}"), 2), [false, false]);
}

#[test]
fn a_second_length_is_noticed_behind_other_requests() {
    assert_eq!(doubts(&format!("{PLAIN}\r\n{TWICE}{PLAIN}{TWICE}"), 4), [false, true, false, true]);
}

#[test]
fn a_length_beside_chunks_is_noticed() {
    assert_eq!(doubts(&format!("{BOTH}{PLAIN}{BOTH}"), 3), [true, false, true]);
}

#[test]
fn a_line_of_a_head_that_ends_without_cr_is_noticed() {
    for head in ["GET / HTTP/1.1\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\n"] {
        assert_eq!(doubts(&format!("{PLAIN}{head}{PLAIN}"), 3), [false, true, false]);
    }
}

#[test]
fn a_body_that_looks_like_a_head_is_a_body() {
    let body = "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n";
    let fixed = format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let chunked = format!("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x};x=y\r\n{body}\r\n0\r\nTrailer: a\r\n\r\n", body.len());
    assert_eq!(doubts(&format!("{fixed}{chunked}{PLAIN}{TWICE}"), 4), [false, false, false, true]);
}
