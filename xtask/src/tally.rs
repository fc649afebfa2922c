//! Counts what cargo's test runner reports.

use crate::shell;
use anyhow::{Context, Result};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

/// Tests and checks counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// Adds what one line of output reports: cargo's `test result: ok. 3 passed; 0 failed; …`,
    /// the plain `3 passed, 0 failed`, Vitest's `Tests  1 failed | 3 passed (4)`, or one of
    /// Playwright's closing lines.
    pub fn read_line(&mut self, line: &str) {
        let line = line.trim();
        if let Some((number, is_passed)) = playwright(line) {
            match is_passed {
                true => self.passed += number,
                false => self.failed += number,
            }
            return;
        }
        let vitest = line.strip_prefix("Tests  ");
        let result = match line.strip_prefix("test result:").or(vitest) {
            Some(result) => result,
            None if is_plain_closing_line(line) => line,
            None => return,
        };
        for piece in result.split([';', '.', ',', '|']) {
            let mut words = piece.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }

    /// Runs a test command, shows its output and counts it. A command that fails without a
    /// failed test (it did not compile, it crashed) counts as one failure.
    pub fn run_tests(&mut self, mut command: Command) -> Result<()> {
        let text = shell::shown(&command);
        eprintln!("$ {text}");
        let before = *self;
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{text}`"))?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut out = std::io::stdout().lock();
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line)? > 0 {
                out.write_all(&line)?;
                self.read_line(&String::from_utf8_lossy(&line));
                line.clear();
            }
        }
        let status = child.wait()?;
        if !status.success() && self.failed == before.failed {
            eprintln!("`{text}` failed ({status})");
            self.failed += 1;
        }
        Ok(())
    }

    /// Runs one check and counts it as one test.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        eprintln!("== {name}");
        match check() {
            Ok(()) => {
                self.passed += 1;
                println!("check {name} ... ok");
            }
            Err(error) => {
                self.failed += 1;
                println!("check {name} ... FAILED: {error:#}");
            }
        }
    }
}

/// Playwright closes with `3 passed (1.2m)` and, each on a line of its own, `1 failed`,
/// `2 did not run` and the like: what was to run and has not passed counts as failed.
fn playwright(line: &str) -> Option<(u64, bool)> {
    let words: Vec<_> = line.split_whitespace().collect();
    let is_passed = match words[..] {
        [_, "passed", time] if time.starts_with('(') && time.ends_with(')') => true,
        [_, "failed" | "flaky" | "interrupted"] | [_, "did", "not", "run"] => false,
        _ => return None,
    };
    Some((words.first()?.parse().ok()?, is_passed))
}

/// `N passed, N failed` alone on a line.
fn is_plain_closing_line(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    matches!(words[..], [passed, "passed,", failed, "failed"]
        if passed.parse::<u64>().is_ok() && failed.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_closing_lines() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured; 9 filtered out",
            "7 passed; 7 failed",
            "11 passed, 1 failed",
            "check: 11 passed, 1 failed, and more",
            "      Tests  1 failed | 2 passed (3)",
            " Test Files  1 failed | 2 passed (3)",
            "Tests  4 passed (4)",
            "  2 failed",
            "    [chromium] › first.e2e.ts:3:1 › 1 failed",
            "  3 did not run",
            "  5 passed (1.2m)",
        ] {
            tally.read_line(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 27,
                failed: 12
            }
        );
    }

    #[test]
    fn a_crash_counts_as_a_failure() {
        let mut tally = Tally::default();
        tally.run_tests(shell::command("false", &[])).unwrap();
        tally.run_tests(shell::command("true", &[])).unwrap();
        tally.check("bad", || anyhow::bail!("no"));
        tally.check("good", || Ok(()));
        assert_eq!(
            tally,
            Tally {
                passed: 1,
                failed: 2
            }
        );
    }
}
