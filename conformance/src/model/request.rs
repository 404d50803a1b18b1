//! A request as it arrives at a target; what no server's parser is sure to pass on is unknown.

use super::chunks;
use super::headers::{Headers, Hidden, is_token};
use super::verdict::Stop;
use crate::driver::fill::Outgoing;
use crate::generated::contract::{METHODS, limits, names};

/// Methods of other protocols that every server passes on; anything else may be refused by a parser.
const PASSED_ON: [&str; 9] = ["COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "TRACE", "UNLOCK"];

/// A request that is well-formed HTTP.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: Vec<u8>,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// What Content-Length says, more than the body has only where that is too large; none for a chunked body.
    pub length: Option<u64>,
    /// Since HTTP/1.1.
    pub host_needed: bool,
}

/// What goes over the wire, before anybody looks at it.
struct Sent<'a> {
    method: &'a str,
    target: &'a [u8],
    lines: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
    host_needed: bool,
    hidden: Hidden,
}

/// The request that a target sees.
///
/// # Errors
/// Unknown where a server's own parser may speak first, or where more than one request is sent.
pub fn arrived(outgoing: &Outgoing) -> Result<Request, Stop> {
    match &outgoing.raw {
        Some(bytes) => bytes_sent(bytes),
        None => {
            let lines: Vec<(&str, &[u8])> = outgoing.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let hidden = hidden(&lines, outgoing.body.is_some());
            let body = outgoing.body.as_deref().unwrap_or_default();
            // The sender adds Host where the step has none.
            Sent { method: &outgoing.method, target: outgoing.target.as_bytes(), lines, body, host_needed: false, hidden }.accept()
        }
    }
}

/// What an HTTP client adds: Host always; Accept or Connection, and Content-Length, as it likes.
fn hidden(lines: &[(&str, &[u8])], body: bool) -> Hidden {
    let absent = |name: &str| usize::from(!lines.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)));
    let (host, length) = (absent(names::HOST), absent(names::CONTENT_LENGTH) * usize::from(body));
    let other = absent("accept") + absent(names::CONNECTION);
    // Host with 1 to 255 bytes; `accept: */*`, `connection: close`; a length of 1 to 7 digits.
    Hidden { names: host..=host + length + other, bytes: host * 9..=host * 263 + length * 25 + other * 19 }
}

/// One request written byte by byte.
fn bytes_sent(bytes: &[u8]) -> Result<Request, Stop> {
    let malformed = Stop::Unknown("bytes that are not one plain request");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or(malformed)?;
    let mut lines: Vec<&[u8]> = bytes[..=end].split(|byte| *byte == b'\n').collect();
    for line in &mut lines {
        *line = line.strip_suffix(b"\r").ok_or(malformed)?;
    }
    let words: Vec<&[u8]> = lines[0].split(|byte| *byte == b' ').collect();
    let [method, target, version] = words[..] else { return Err(malformed) };
    if ![&b"HTTP/1.1"[..], b"HTTP/1.0"].contains(&version) {
        return Err(malformed);
    }
    let mut fields = Vec::new();
    for line in &lines[1..] {
        let colon = line.iter().position(|byte| *byte == b':').ok_or(malformed)?;
        fields.push((std::str::from_utf8(&line[..colon]).map_err(|_| malformed)?, &line[colon + 1..]));
    }
    let method = std::str::from_utf8(method).map_err(|_| malformed)?;
    let host_needed = version == b"HTTP/1.1";
    if !host_needed && fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(names::TRANSFER_ENCODING)) {
        return Err(malformed);
    }
    Sent { method, target, lines: fields, body: &bytes[end + 4..], host_needed, hidden: Hidden::nothing() }.accept()
}

impl Sent<'_> {
    /// Lets through what every server's parser understands alike.
    fn accept(self) -> Result<Request, Stop> {
        if self.target.is_empty() || self.target.iter().any(|byte| *byte <= b' ' || *byte == 0x7f || *byte == b'#') {
            return Err(Stop::Unknown("a target that a server's parser may cut"));
        }
        if !self.lines.iter().all(|(name, value)| is_plain(name, value)) {
            return Err(Stop::Unknown("a header that a server's parser may refuse"));
        }
        let headers = Headers::new(self.lines.iter().copied(), self.hidden.clone());
        let (body, length) = match headers.joined(names::TRANSFER_ENCODING) {
            None => (self.body.to_vec(), Some(self.length(&headers)?)),
            Some(coding) => {
                let plain = coding.eq_ignore_ascii_case(b"chunked") && headers.lines(names::CONTENT_LENGTH).is_empty();
                let body = chunks::decoded(self.body).filter(|_| plain);
                (body.ok_or(Stop::Unknown("a transfer coding that a server's parser may refuse"))?, None)
            }
        };
        // From here on it is one request, which does nothing if it is refused.
        if !METHODS.contains(&self.method) && !PASSED_ON.contains(&self.method) {
            return Err(Stop::Silent("a method that a server's parser may refuse"));
        }
        if !self.plain_target() {
            return Err(Stop::Silent("a target that a server's parser may refuse"));
        }
        Ok(Request { method: self.method.to_owned(), target: self.target.to_vec(), headers, body, length, host_needed: self.host_needed })
    }

    /// Characters of RFC 3986 alone; `*` only where it belongs.
    fn plain_target(&self) -> bool {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%[]".contains(byte);
        self.target.iter().all(plain) && (self.target != b"*" || self.method == "OPTIONS")
    }

    fn length(&self, headers: &Headers) -> Result<u64, Stop> {
        let unclear = Stop::Unknown("a length that is not that of the body");
        let actual = self.body.len() as u64;
        let told = match headers.lines(names::CONTENT_LENGTH) {
            // Bytes after a request without a length would be the next request.
            [] if actual > 0 && self.hidden.names.end() == &0 => return Err(unclear),
            [] => actual,
            [digits] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
                std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(unclear)?
            }
            _ => return Err(unclear),
        };
        if told == actual || told > limits::BODY_BYTES as u64 { Ok(told) } else { Err(unclear) }
    }
}

/// A header that every parser takes: a token, no control characters, and a Host that says something.
fn is_plain(name: &str, value: &[u8]) -> bool {
    let blank = value.iter().all(|byte| b" \t".contains(byte));
    let token = !name.is_empty() && name.bytes().all(is_token);
    token && value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control()) && !(blank && name.eq_ignore_ascii_case(names::HOST))
}
