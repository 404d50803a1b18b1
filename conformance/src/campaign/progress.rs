//! Tells how a run goes on: a bar in a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Time between lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// The progress of one run.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    began: Instant,
    told: Mutex<Instant>,
    /// Only what stays is said.
    quiet: bool,
}

impl Progress {
    /// For so many sequences, or for so many seconds if their number is not known.
    pub fn new(sequences: Option<u64>, seconds: Option<u64>) -> Progress {
        let now = Instant::now();
        let bar = std::io::stderr().is_terminal().then(|| {
            let template =
                if sequences.is_some() { "{elapsed_precise} [{bar:32}] {pos}/{len} {msg} {eta} left" } else { "{elapsed_precise} {spinner} {pos} {msg}" };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = sequences.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style.progress_chars("=> "));
            if let Some(seconds) = seconds {
                bar.println(format!("running for {seconds} s"));
            }
            bar
        });
        Progress { bar, began: now, told: Mutex::new(now), quiet: false }
    }

    /// For one of many tests: no bar, no lines in between.
    pub fn quiet() -> Progress {
        let now = Instant::now();
        Progress { bar: None, began: now, told: Mutex::new(now), quiet: true }
    }

    /// So many have ended, so many of them failed.
    pub fn at(&self, ran: u64, failed: u64, planned: Option<u64>) {
        let rate = ran as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{rate:.1}/s, {failed} failed,"));
            bar.set_position(ran);
            return;
        }
        let mut told = self.told.lock().expect("no holder panics");
        if self.quiet || told.elapsed() < EVERY {
            return;
        }
        *told = Instant::now();
        match planned {
            Some(planned) => {
                let left = planned.saturating_sub(ran) as f64 / rate.max(0.001);
                eprintln!("conformance: {ran} of {planned} sequences, {rate:.1}/s, {failed} failed, about {left:.0} s left");
            }
            None => eprintln!("conformance: {ran} sequences, {rate:.1}/s, {failed} failed"),
        }
    }

    /// Says something that stays.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| println!("{text}")),
            None => println!("{text}"),
        }
    }

    /// There is nothing to tell any more.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
