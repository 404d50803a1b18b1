//! Watches the commands that a target sends to its Redis.

use crate::generated::contract::{keys, scripts};
use crate::subject::{PATIENCE, Subject};
use anyhow::{Context, ensure};
use redis::cmd;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

/// What a new connection says, whoever needs it.
const OF_A_CONNECTION: [&str; 6] = ["INFO", "CONFIG", "AUTH", "SELECT", "HELLO", "CLIENT"];

/// An open MONITOR.
pub struct Monitor<'a> {
    subject: &'a Subject,
    lines: Lines<BufReader<TcpStream>>,
    marks: usize,
}

impl<'a> Monitor<'a> {
    pub async fn open(subject: &'a Subject) -> anyhow::Result<Monitor<'a>> {
        let mut stream = TcpStream::connect(subject.redis.address()).await?;
        stream.write_all(b"MONITOR\r\n").await?;
        let mut lines = BufReader::new(stream).lines();
        let hello = lines.next_line().await?.context("MONITOR is not answered")?;
        ensure!(hello == "+OK", "MONITOR: {hello}");
        Ok(Monitor { subject, lines, marks: 0 })
    }

    /// The commands since the last look: scripts count once; what is inside them, the heartbeat, new connections and the drain
    /// do not.
    pub async fn commands(&mut self) -> anyhow::Result<Vec<String>> {
        self.marks += 1;
        let mark = format!("suite-mark-{}", self.marks);
        let _: String = self.subject.redis.ask(cmd("ECHO").arg(&mark)).await?;
        let mut commands = Vec::new();
        loop {
            let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await??.context("MONITOR ended")?;
            if line.contains(&mark) {
                return Ok(commands);
            }
            let (head, words) = line.split_once("] \"").context("a line of MONITOR")?;
            let name = words.split('"').next().unwrap_or_default().to_uppercase();
            let heartbeat = words.contains(&format!("\"{}\"", keys::FLEET[0]));
            let inside = head.ends_with(" lua");
            if !inside && !heartbeat && !is_of_the_drain(words) && !OF_A_CONNECTION.contains(&name.as_str()) {
                commands.push(name);
            }
        }
    }
}

/// Whether a command is about all queues, or one of the scripts that store what waits, by its digest or its first sentence.
fn is_of_the_drain(words: &str) -> bool {
    let names = |script: &crate::generated::contract::ScriptFact| {
        words.contains(script.sha1) || script.text.lines().nth(1).is_some_and(|sentence| words.contains(sentence.trim_start_matches("-- ")))
    };
    words.contains(&format!("\"{}\"", keys::QUEUES[0])) || [scripts::CLAIM, scripts::DONE, scripts::REFUSE].into_iter().any(names)
}
