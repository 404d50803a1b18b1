//! Replaces random ids by the order in which they appear, so that their form and order are compared and not their value.

/// How ids of one version are written once replaced.
#[derive(Clone, Debug)]
pub struct Names {
    version: u8,
    label: &'static str,
    seen: Vec<String>,
}

impl Names {
    /// Ids of POST without a key: random.
    pub fn random() -> Names {
        Names { version: b'4', label: "uuid", seen: Vec::new() }
    }

    /// Ids of POST with a key: the same on all targets, and depending on the collection's name.
    pub fn keyed() -> Names {
        Names { version: b'8', label: "keyed", seen: Vec::new() }
    }

    /// The text with every such id replaced.
    pub fn apply(&mut self, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut from, mut look) = (0, 0);
        // Megabytes pass through here, so only hyphens are looked for, of which an id has its first at byte 8.
        while let Some(hyphen) = text[look..].find('-').map(|at| look + at) {
            look = hyphen + 1;
            let Some(at) = hyphen.checked_sub(8).filter(|at| *at >= from && at + 36 <= bytes.len()) else { continue };
            if is_uuid(&bytes[at..at + 36]) && bytes[at + 14] == self.version {
                out.push_str(&text[from..at]);
                out.push_str(&self.name(&text[at..at + 36]));
                (from, look) = (at + 36, at + 36);
            }
        }
        out.push_str(&text[from..]);
        out
    }

    fn name(&mut self, uuid: &str) -> String {
        let known = self.seen.iter().position(|seen| seen == uuid);
        let index = known.unwrap_or_else(|| {
            self.seen.push(uuid.to_owned());
            self.seen.len() - 1
        });
        format!("<{} {}>", self.label, index + 1)
    }
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
    })
}
