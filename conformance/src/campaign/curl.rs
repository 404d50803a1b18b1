//! A shell script that sends the requests of a sequence, for whoever has nothing but a running target.

use crate::canonical::hex;
use crate::driver::Played;
use crate::driver::fill::Outgoing;
use crate::runner::round::Side;
use crate::sequence::Action;

/// Bodies longer than this are made by a command, if they are mostly one character, and else stand in hex.
const PLAIN: usize = 2_000;

/// The growing text of a script.
#[derive(Debug, Default)]
pub struct Script(String);

impl Script {
    /// The whole script.
    pub fn text(&self) -> String {
        format!("#!/bin/sh\n# Give the address of a target: sh replay.sh 127.0.0.1:8080\nHOST=${{1:?host:port}}\n{}", self.0)
    }

    /// Adds a step as it was played on one target.
    pub fn add(&mut self, action: &Action, side: Option<&Side>, played: Option<&Played>) {
        let address = side.map(|side| side.driver.subject.address.as_str()).unwrap_or_default();
        let sent = played.map(|played| played.sent.as_slice()).unwrap_or_default();
        if sent.is_empty() {
            let text = serde_json::to_string(action).unwrap_or_default();
            self.0.push_str(&format!("# done past the target: {}\n", crate::transcript::short(&text)));
        }
        for request in sent {
            let line = match &request.raw {
                Some(bytes) => raw(bytes, address),
                None => curl(request, address),
            };
            self.0.push_str(&line);
            self.0.push('\n');
        }
    }
}

fn raw(bytes: &[u8], address: &str) -> String {
    let text = String::from_utf8_lossy(bytes).replace(address, "'\"$HOST\"'");
    let escaped = text.replace('\\', "\\\\").replace('%', "%%").replace('\r', "\\r").replace('\n', "\\n");
    // The quotes around $HOST are the script's own.
    let quoted = escaped.split("'\"$HOST\"'").map(|part| part.replace('\'', "'\\''")).collect::<Vec<_>>().join("'\"$HOST\"'");
    format!("printf '{quoted}' | nc -q 2 \"${{HOST%:*}}\" \"${{HOST#*:}}\"")
}

fn curl(request: &Outgoing, address: &str) -> String {
    let mut words = vec!["curl -sS -i --path-as-is".to_owned()];
    words.push(if request.method == "HEAD" { "--head".to_owned() } else { format!("-X {}", quoted(&request.method)) });
    if request.target == "*" {
        words.push("--request-target '*'".to_owned());
    }
    for (name, value) in &request.headers {
        // A header without a value needs another form.
        words.push(if value.is_empty() { format!("-H {}", quoted(&format!("{name};"))) } else { format!("-H {}", quoted(&format!("{name}: {value}"))) });
    }
    let typed = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let mut before = String::new();
    if let Some(body) = &request.body {
        if !typed {
            // Else curl sends one of its own.
            words.push("-H 'Content-Type:'".to_owned());
        }
        match std::str::from_utf8(body) {
            Ok(text) if body.len() <= PLAIN && !text.contains('\0') => words.push(format!("--data-binary {}", quoted(text))),
            _ => {
                before = format!("printf '%s' {} | xxd -r -p | ", quoted(&hex(body)));
                words.push("--data-binary @-".to_owned());
            }
        }
    }
    let path = if request.target == "*" { "/".to_owned() } else { request.target.replace(address, "$HOST") };
    words.push(format!("\"http://$HOST\"{}", quoted(&path)));
    format!("{before}{}; echo", words.join(" "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
