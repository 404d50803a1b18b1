//! Follows the framing of requests on a connection, because hyper hides what is doubtful about it.

use std::collections::VecDeque;

/// Whether a request said the length of its body in more than one way (RFC 9112 §6.3), or ended a line of its head with a
/// bare LF, which not every recipient takes for an end (§2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubtful(pub bool);

/// Watches the bytes of one connection, as hyper reads them.
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
    line: Vec<u8>,
    seen: Seen,
    /// Heads that are complete, in the order of their requests.
    heads: VecDeque<Doubtful>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before a request line; empty lines are skipped.
    #[default]
    Start,
    Head,
    /// So many bytes of a body.
    Body(u64),
    ChunkSize,
    /// So many bytes of a chunk, its line end among them.
    Chunk(u64),
    Trailers,
}

#[derive(Debug, Default)]
struct Seen {
    lengths: u32,
    length: u64,
    codings: u32,
    bare_ends: u32,
}

impl Framing {
    /// What is known of the request whose turn it is.
    pub fn next_head(&mut self) -> Doubtful {
        self.heads.pop_front().unwrap_or(Doubtful(false))
    }

    /// Follows bytes that came in.
    pub fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Body(left) => self.skip(bytes, left, State::Body, State::Start),
                State::Chunk(left) => self.skip(bytes, left, State::Chunk, State::ChunkSize),
                _ => self.gather_line(bytes),
            };
        }
    }

    fn skip<'a>(&mut self, bytes: &'a [u8], left: u64, more: fn(u64) -> State, then: State) -> &'a [u8] {
        let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - taken as u64;
        self.state = if left == 0 { then } else { more(left) };
        &bytes[taken..]
    }

    fn gather_line<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.line.extend_from_slice(bytes);
            return &[];
        };
        self.line.extend_from_slice(&bytes[..end]);
        let mut line = std::mem::take(&mut self.line);
        let bare = line.pop_if(|byte| *byte == b'\r').is_none();
        self.take_line(&line, bare);
        line.clear();
        self.line = line;
        &bytes[end + 1..]
    }

    fn take_line(&mut self, line: &[u8], bare: bool) {
        if self.state == State::Start {
            self.seen = Seen::default();
        }
        self.seen.bare_ends += u32::from(bare);
        self.state = match self.state {
            State::Start if line.is_empty() => State::Start,
            State::Start => State::Head,
            State::Head if line.is_empty() => self.end_head(),
            State::Head => {
                self.take_field(line);
                State::Head
            }
            State::ChunkSize => match chunk_size(line) {
                0 => State::Trailers,
                // The chunk's own line end, CR LF, follows its bytes.
                size => State::Chunk(size.saturating_add(2)),
            },
            State::Trailers if line.is_empty() => State::Start,
            state => state,
        };
    }

    fn take_field(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            self.seen.lengths += 1;
            self.seen.length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.seen.codings += 1;
        }
    }

    /// A length that hyper does not take ends the connection, so it need not be right here.
    fn end_head(&mut self) -> State {
        let Seen { lengths, length, codings, bare_ends } = self.seen;
        self.heads.push_back(Doubtful(bare_ends > 0 || lengths > 1 || (lengths > 0 && codings > 0)));
        match (codings, length) {
            (0, 0) => State::Start,
            (0, length) => State::Body(length),
            _ => State::ChunkSize,
        }
    }
}

/// The size of a chunk, its extensions ignored.
fn chunk_size(line: &[u8]) -> u64 {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    digits.fold(0, |size: u64, byte| size.saturating_mul(16).saturating_add((*byte as char).to_digit(16).unwrap_or(0).into()))
}
