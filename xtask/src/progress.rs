//! Shows a step of work: a spinner with the time it takes on a terminal, a plain line at its end elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A step under way; it says how it ended when `during` returns.
pub fn during<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let started = Instant::now();
    let spinner = std::io::stderr().is_terminal().then(|| spinner(name));
    let result = work();
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    let mark = if result.is_ok() { "ok" } else { "FAILED" };
    eprintln!("{name} … {mark} ({})", seconds(started.elapsed()));
    result
}

/// A duration as people read it.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn spinner(name: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("the template is constant");
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
