//! The closing lines of each test runner in use are read for what they say.

use xtask::test::counts::{Counts, closing_lines};

fn counted(output: &str) -> Counts {
    closing_lines(output).iter().filter_map(|line| Counts::read(line)).sum()
}

fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
    Counts { passed, failed, skipped }
}

#[test]
fn cargo_closes_each_test_program_with_a_result() {
    let output = "running 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\ntest result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert_eq!(counted(output), counts(5, 4, 1));
}

#[test]
fn node_closes_with_a_line_for_each_figure() {
    assert_eq!(counted("# tests 12\n# suites 0\n# pass 9\n# fail 2\n# cancelled 0\n# skipped 1\n# todo 0\n# duration_ms 77.1\n"), counts(9, 2, 1));
    assert_eq!(counted("ℹ tests 3\nℹ pass 3\nℹ fail 0\n"), counts(3, 0, 0));
}

#[test]
fn minitest_closes_with_runs_and_what_went_wrong() {
    assert_eq!(counted("Finished in 0.1s\n\n10 runs, 34 assertions, 1 failures, 2 errors, 3 skips\n"), counts(4, 3, 3));
}

#[test]
fn go_tells_each_test() {
    assert_eq!(counted("=== RUN   TestA\n--- PASS: TestA (0.30s)\n--- FAIL: TestB (0.01s)\n--- SKIP: TestC (0.00s)\nFAIL\n"), counts(1, 1, 1));
}

#[test]
fn other_lines_count_nothing() {
    assert_eq!(counted("12 passed\n# pass\n# comment 12 pass\ntests passed: 3\n"), Counts::default());
}
