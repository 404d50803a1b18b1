//! Shows a step of work: a spinner with its time on a terminal, a plain line at its begin and end elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Runs a step, and tells how it ended and how long it took.
pub fn during<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let started = Instant::now();
    let spinner = begin(name);
    let result = work();
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    let end = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("{name}: {end} ({})", seconds(started.elapsed()));
    result
}

/// A duration as people read it.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), seconds % 60.0) }
}

fn begin(name: &str) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        eprintln!("{name} …");
        return None;
    }
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    bar.set_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("the template is constant"));
    bar.enable_steady_tick(Duration::from_millis(100));
    Some(bar)
}
