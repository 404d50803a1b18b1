//! Reads from a test runner's output how many tests passed.

use std::iter::Sum;

/// Tests by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Counts {
        all.fold(Counts::default(), |sum, each| Counts {
            passed: sum.passed + each.passed,
            failed: sum.failed + each.failed,
            skipped: sum.skipped + each.skipped,
        })
    }
}

/// The lines by which the runners in use close, each with a count or more.
pub fn closing_lines(output: &str) -> Vec<&str> {
    output.lines().map(str::trim).filter(|line| Counts::read(line).is_some_and(|counts| counts != Counts::default())).collect()
}

impl Counts {
    /// What a closing line says; None for any other line.
    pub fn read(line: &str) -> Option<Counts> {
        let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
        // The number before a word that begins so, as in `3 failures` and `3 passed`.
        let before = |what: &str| words.windows(2).filter(|pair| pair[1].starts_with(what)).find_map(|pair| pair[0].parse().ok()).unwrap_or(0);
        match words[..] {
            // cargo test, libtest-mimic
            ["test", "result:", ..] => Some(Counts { passed: before("passed"), failed: before("failed"), skipped: before("ignored") }),
            // minitest
            [runs, "runs", _, "assertions", ..] => {
                let (failed, skipped) = (before("failures") + before("errors"), before("skips"));
                let runs: u64 = runs.parse().ok()?;
                Some(Counts { passed: runs.saturating_sub(failed + skipped), failed, skipped })
            }
            // node's runner: a line for each figure, after # or ℹ
            [mark, figure, number] if mark == "#" || mark == "ℹ" => {
                let number = number.parse().ok()?;
                match figure {
                    "pass" => Some(Counts { passed: number, ..Counts::default() }),
                    "fail" => Some(Counts { failed: number, ..Counts::default() }),
                    "skipped" => Some(Counts { skipped: number, ..Counts::default() }),
                    _ => None,
                }
            }
            // go test -v: a line for each test
            ["---", "PASS:", ..] => Some(Counts { passed: 1, ..Counts::default() }),
            ["---", "FAIL:", ..] => Some(Counts { failed: 1, ..Counts::default() }),
            ["---", "SKIP:", ..] => Some(Counts { skipped: 1, ..Counts::default() }),
            _ => None,
        }
    }
}
