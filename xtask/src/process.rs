//! Runs programs: to their end with a log and a time limit, or as a service that is stopped when it is dropped.

use crate::interrupt;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);

/// How long a service may take from SIGTERM to its end before it is killed.
const STOPPING: Duration = Duration::from_secs(12);

/// The path of a program: of one with a slash itself, of others the first in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let folders = std::env::var_os("PATH")?;
    // Debian keeps servers in /usr/sbin, which is not in everybody's PATH.
    let folders = std::env::split_paths(&folders).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder: PathBuf| folder.join(program)).find(|path| path.is_file())
}

/// What a short command prints on stdout, or None if it cannot be run or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Runs a command to its end with its output in `log`; an error shows the end of that.
pub fn run(command: &mut Command, log: &Path, limit: Duration) -> anyhow::Result<()> {
    let what = command.get_program().to_string_lossy().into_owned();
    let status = Service::start(&what, command, log)?.finish(limit)?;
    if !status.success() {
        bail!("{what} failed ({}); see {}\n{}", ended(status), log.display(), tail(log, 12));
    }
    Ok(())
}

/// How a process ended, in words.
pub fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// The last lines of a log, indented.
pub fn tail(log: &Path, lines: usize) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
    let all: Vec<&str> = text.lines().collect();
    let last: Vec<String> = all[all.len().saturating_sub(lines)..].iter().map(|line| format!("    {line}")).collect();
    last.join("\n")
}

fn into_log<'a>(command: &'a mut Command, log: &Path) -> anyhow::Result<&'a mut Command> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
    Ok(command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file))
}

/// A process that runs beside this one, in a process group of its own: a Ctrl-C at the terminal reaches only us, who stop all in order.
#[derive(Debug)]
pub struct Service {
    pub name: String,
    pub log: PathBuf,
    child: Child,
}

impl Service {
    /// Starts it with its output in `log`.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Service> {
        let child = into_log(command, log)?.process_group(0).spawn();
        let child = child.with_context(|| format!("{name}: {} cannot be run", command.get_program().to_string_lossy()))?;
        Ok(Service { name: name.to_owned(), log: log.to_owned(), child })
    }

    /// Starts it with its output where ours goes.
    pub fn show(name: &str, command: &mut Command) -> anyhow::Result<Service> {
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        let child = child.with_context(|| format!("{name}: {} cannot be run", command.get_program().to_string_lossy()))?;
        Ok(Service { name: name.to_owned(), log: PathBuf::new(), child })
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end; past the limit, or when somebody asks for ours, it is stopped.
    pub fn finish(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            // Whoever leaves here drops the service, which stops it.
            interrupt::check()?;
            if Instant::now() > deadline {
                bail!("{} took longer than {} s; see {}", self.name, limit.as_secs(), self.log.display());
            }
            std::thread::sleep(POLL);
        }
    }

    /// An error that says how it ended and what it last wrote, if it has ended.
    pub fn must_run(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                bail!("{} has ended ({}); its log is {}\n{}", self.name, ended(status), self.log.display(), tail(&self.log, 8))
            }
        }
    }

    /// SIGTERM, and SIGKILL to whoever is left of its group when it does not end.
    pub fn stop(&mut self) {
        let Some(group) = Pid::from_raw(self.child.id().cast_signed()) else { return };
        let deadline = Instant::now() + STOPPING;
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process_group(group, Signal::TERM);
        }
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(POLL);
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}
