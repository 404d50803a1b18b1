//! Counts the Redis commands that go through a relay, by the collection whose keys they name.

use crate::generated::contract::keys::ENTRY;
use crate::generated::contract::scripts;
use std::collections::HashMap;
use std::sync::Mutex;

/// Of a collection since the last look. Scripts count once; commands without a collection's key do not count: heartbeats,
/// what a connection says first, and that a collection has a queue. Nor does what a proxy asks by itself, whenever it likes:
/// the scripts that store what waits, and what tells how much does (`ZCARD`, of which a list sends one, `ZRANGE`, `HLEN`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub commands: u32,
    /// Those but GET.
    pub others: u32,
}

/// Counts by collection.
#[derive(Debug, Default)]
pub struct Tally(Mutex<HashMap<String, Count>>);

impl Tally {
    fn note(&self, collection: &str, get: bool) {
        let mut counts = self.0.lock().expect("no holder panics");
        let count = counts.entry(collection.to_owned()).or_default();
        count.commands += 1;
        count.others += u32::from(!get);
    }

    /// What was counted of a collection since this was asked last.
    pub fn take(&self, collection: &str) -> Count {
        self.0.lock().expect("no holder panics").remove(collection).unwrap_or_default()
    }
}

/// Commands that tell how much waits.
const COUNTS: [&str; 3] = ["ZCARD", "ZRANGE", "HLEN"];

/// Whether an argument names a script that stores what waits, by its digest or by the beginning of its text.
pub fn is_of_the_drain(argument: &str) -> bool {
    let begins = |text: &str| argument.len() >= LOOKED_AT / 2 && text.starts_with(argument.get(..LOOKED_AT / 2).unwrap_or(argument));
    [scripts::CLAIM, scripts::DONE, scripts::REFUSE].iter().any(|script| argument == script.sha1 || begins(script.text))
}

/// How much of an argument is looked at; a collection's name stands near the beginning of a key.
const LOOKED_AT: usize = 128;

/// Reads what goes up one connection, wherever it is cut into pieces: arrays of bulk strings (RESP).
#[derive(Debug, Default)]
pub struct Scanner {
    /// Arguments of the current command that are still to come.
    arguments: usize,
    /// Bytes of the current argument that are still to come, its line end included; none: a line is being read.
    bulk: Option<usize>,
    /// The line, or the beginning of the argument.
    held: Vec<u8>,
    first: bool,
    get: bool,
    /// Whether it is nobody's request.
    own: bool,
    second: bool,
    collection: Option<String>,
}

impl Scanner {
    /// Takes the next bytes.
    pub fn feed(&mut self, mut bytes: &[u8], tally: &Tally) {
        while !bytes.is_empty() {
            bytes = match self.bulk {
                None => self.line(bytes),
                Some(left) => self.argument(left, bytes, tally),
            };
        }
    }

    fn line<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.held.extend(bytes);
            return &[];
        };
        self.held.extend(&bytes[..end]);
        let text = String::from_utf8_lossy(&self.held).trim_end().to_owned();
        self.held.clear();
        let number = text.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        match text.bytes().next() {
            Some(b'*') => {
                (self.arguments, self.first, self.second, self.get, self.collection) = (number, true, false, false, None);
                self.own = false;
            }
            Some(b'$') => self.bulk = Some(number + 2),
            _ => {}
        }
        &bytes[end + 1..]
    }

    fn argument<'a>(&mut self, left: usize, bytes: &'a [u8], tally: &Tally) -> &'a [u8] {
        let (now, rest) = bytes.split_at(left.min(bytes.len()));
        let room = LOOKED_AT.saturating_sub(self.held.len()).min(now.len());
        self.held.extend(&now[..room]);
        if left > now.len() {
            self.bulk = Some(left - now.len());
            return rest;
        }
        self.ended(tally);
        rest
    }

    fn ended(&mut self, tally: &Tally) {
        let text = String::from_utf8_lossy(&self.held);
        if self.first {
            self.get = text.trim_end().eq_ignore_ascii_case("GET");
            self.own = COUNTS.iter().any(|name| text.trim_end().eq_ignore_ascii_case(name));
            self.second = true;
        } else if std::mem::take(&mut self.second) && is_of_the_drain(text.trim_end()) {
            self.own = true;
        } else if self.collection.is_none() {
            self.collection = text.strip_prefix(ENTRY[0]).and_then(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned());
        }
        (self.first, self.bulk) = (false, None);
        self.held.clear();
        self.arguments = self.arguments.saturating_sub(1);
        if self.arguments == 0
            && let Some(collection) = self.collection.take()
            && !self.own
        {
            tally.note(&collection, self.get);
        }
    }
}
