//! Starts processes and ends them with the suite, whichever way the suite ends.

pub mod local;
pub mod proxy;
pub mod recipe;
pub mod relay;
pub mod relay_mongo;
pub mod relay_toll;
pub mod server;
pub mod tally;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

/// A started process; dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
}

type Order = (Command, Sender<std::io::Result<Child>>);

/// One thread that lives as long as the suite starts every process: the death signal that `setpriv` asks for is
/// sent when the thread that forked ends, not the process.
static STARTER: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
    let (orders, inbox): (Sender<Order>, Receiver<Order>) = channel();
    std::thread::spawn(move || {
        for (mut command, reply) in inbox {
            let _ = reply.send(command.spawn());
        }
    });
    Mutex::new(orders)
});

/// Starts a program that dies with the suite. Its stderr goes to `log`, its stdout to the caller or also to `log`.
pub fn start(name: &str, program: &[OsString], folder: &Path, log: &Path, pipe_stdout: bool) -> anyhow::Result<Process> {
    let (first, rest) = program.split_first().context("an empty command")?;
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(first).args(rest).current_dir(folder).stdin(Stdio::null());
    command.stdout(if pipe_stdout { Stdio::piped() } else { Stdio::from(file.try_clone()?) }).stderr(Stdio::from(file));
    let (reply, answer) = channel();
    STARTER.lock().expect("no starter panics").send((command, reply))?;
    let child = answer.recv()?.with_context(|| format!("{name}: setpriv (package util-linux) cannot be started"))?;
    Ok(Process { name: name.to_owned(), child })
}

impl Process {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails if the process has ended.
    pub fn still_runs(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("{} ended: {status}", self.name),
            None => Ok(()),
        }
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits until the process has ended by itself.
    pub async fn ends(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let mut status = None;
        let what = format!("{} ends", self.name);
        until(&what, within, async || {
            status = self.child.try_wait().unwrap_or_default();
            status.is_some()
        })
        .await?;
        status.context("it has not ended")
    }

    /// Copies stdout to a file as long as the process lives, and returns the first line that `wanted` accepts.
    pub fn first_line(&mut self, log: &Path, within: Duration, wanted: fn(&str) -> bool) -> anyhow::Result<String> {
        let stdout = self.child.stdout.take().context("stdout is not piped")?;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let (found, line) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                let text = String::from_utf8_lossy(&line).into_owned();
                let _ = writeln!(file, "{text}");
                if wanted(&text) {
                    let _ = found.send(text);
                }
            }
        });
        line.recv_timeout(within).with_context(|| format!("{}: did not say that it listens; see {}", self.name, log.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free port below the range from which the system takes ports for outgoing connections. It stays reserved until this
/// process ends, so that no other suite beside it starts a server there in between.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: LazyLock<Mutex<u16>> = LazyLock::new(|| Mutex::new(20_000 + (std::process::id() % 1_000) as u16 * 12));
    static RESERVED: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let folder = std::env::temp_dir().join("docproxy-ports");
    std::fs::create_dir_all(&folder)?;
    let mut next = NEXT.lock().expect("no holder panics");
    for _ in 0..12_000 {
        *next = if *next >= 32_000 { 20_000 } else { *next + 1 };
        let file = File::options().create(true).append(true).open(folder.join(next.to_string()))?;
        if file.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", *next)).is_ok() {
            RESERVED.lock().expect("no holder panics").push(file);
            return Ok(*next);
        }
    }
    bail!("no free port between 20000 and 32000")
}

/// Waits until `ready` holds, looking every 20 ms, or says what it waited for.
pub async fn until<F: AsyncFnMut() -> bool>(what: &str, within: Duration, mut ready: F) -> anyhow::Result<()> {
    let start = Instant::now();
    while !ready().await {
        if start.elapsed() > within {
            bail!("waited {} ms in vain: {what}", within.as_millis());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
