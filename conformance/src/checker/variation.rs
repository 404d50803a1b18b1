//! The one table of what may differ between targets that are the same: what is compared instead of the value, with the reason.

/// Something that is compared leniently.
#[derive(Clone, Copy, Debug)]
pub struct Variation {
    pub name: &'static str,
    /// What is compared instead.
    pub compared: &'static str,
    pub reason: &'static str,
}

/// Headers that are not compared; everything else is, known or not.
pub const HEADERS: [&str; 3] = ["date", "connection", "keep-alive"];

/// All of it. What is not here is compared byte for byte.
pub const TABLE: [Variation; 12] = [
    Variation {
        name: "headers `date`, `connection`, `keep-alive`",
        compared: "nothing",
        reason: "the clock, and how a server keeps its connections (RFC 9110 §7.6.1)",
    },
    Variation { name: "ids of POST without a key", compared: "form, and order of appearance", reason: "they are random" },
    Variation { name: "tokens of leases and writers", compared: "that there is one", reason: "they are random" },
    Variation { name: "lives of keys in Redis", compared: "the interval that route, id and elapsed time allow", reason: "nobody reads a clock exactly" },
    Variation { name: "deadlines of writers", compared: "live or over", reason: "they are moments of Redis' clock" },
    Variation { name: "`gone` of a tombstone", compared: "that it is within ten minutes of now", reason: "it is the moment of the delete" },
    Variation {
        name: "rows that may have run out between two readings",
        compared: "nothing, at that step",
        reason: "whether they are over depends on the millisecond",
    },
    Variation {
        name: "answers to `raw` bytes with `class`",
        compared: "4xx or 5xx, and that the connection closes",
        reason: "a server's own parser refuses them before any of our code",
    },
    Variation { name: "`/_stats` with `shape`", compared: "names, and the types of values", reason: "counters and ids are each target's own" },
    Variation { name: "answers to `together`", compared: "as a multiset", reason: "which of several requests at once comes first is chance" },
    Variation { name: "problems of HEAD", compared: "status and headers", reason: "an answer to HEAD has no body that names the problem" },
    Variation {
        name: "Redis commands of sequences with faults, in a fleet, or past the relays",
        compared: "nothing",
        reason: "commands are sent again, several targets share a Redis, or nobody counts",
    },
];

/// The table in Markdown.
pub fn markdown() -> String {
    let rows = TABLE.iter().map(|row| format!("| {} | {} | {} |\n", row.name, row.compared, row.reason));
    format!("| what | what is compared instead | why |\n|---|---|---|\n{}", rows.collect::<String>())
}
