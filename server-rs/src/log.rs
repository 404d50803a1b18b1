//! Writes the log: one canonical JSON object a line on stdout (contract/log.toml).

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::generated::contract::{dependency, event};
use crate::json::{Members, Name, Value, write};

/// How much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Events,
    Requests,
}

/// The log of a process.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    level: Level,
}

impl Log {
    /// A log that writes up to a level.
    pub const fn new(level: Level) -> Log {
        Log { level }
    }

    /// Whether requests are written, so that their lines need not be made otherwise.
    pub fn wants_requests(&self) -> bool {
        self.level >= Level::Requests
    }

    /// One line of a request.
    pub fn request(&self, fields: Vec<(&str, Value)>) {
        self.write(Level::Requests, event::REQUEST, fields);
    }

    /// One line of another event of the contract.
    pub fn event(&self, name: &str, fields: Vec<(&str, Value)>) {
        self.write(Level::Events, name, fields);
    }

    /// A dependency went up or down.
    pub fn dependency(&self, name: &str, up: bool) {
        let state = if up { dependency::UP } else { dependency::DOWN };
        self.event(event::DEPENDENCY, vec![("name", text(name)), ("state", text(state))]);
    }

    /// Something an operator should know once; never holds a URL or a document.
    pub fn note(&self, what: &str) {
        self.event(event::NOTE, vec![("text", text(what))]);
    }

    /// The cause of something unforeseen.
    pub fn failure(&self, what: &str) {
        self.event(event::FAILURE, vec![("text", text(what))]);
    }

    fn write(&self, level: Level, name: &str, fields: Vec<(&str, Value)>) {
        if self.level < level {
            return;
        }
        let mut members: Members = fields.into_iter().map(|(key, value)| (Name(key.to_owned()), value)).collect();
        members.insert(Name("event".to_owned()), text(name));
        members.insert(Name("time".to_owned()), text(&timestamp(SystemTime::now())));
        let line = write::canonical(&Value::Object(members)) + "\n";
        // Nobody reads a log whose reader is gone; the service goes on.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

/// A text of a log line.
pub fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A number of a log line.
pub fn number(number: u64) -> Value {
    Value::Number(number as f64)
}

/// A time in UTC as RFC 3339 with microseconds.
pub fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil((since.as_secs() / 86_400) as i64);
    let second = since.as_secs() % 86_400;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z", since.subsec_micros())
}

/// The Gregorian date of a day since 1970, counted in years that begin in March.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
