//! Times of many repetitions, and what this process has used.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;

/// Times of one kind of work.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Takes those of another thread.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that `share` (0 to 1) of all do not exceed; zero when there is none.
    pub fn quantile(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.0.get(place).copied().unwrap_or_default()
    }

    fn mean(&self) -> f64 {
        let sum: f64 = self.0.iter().map(Duration::as_secs_f64).sum();
        sum / self.0.len().max(1) as f64
    }

    /// Mean, median and 99th percentile in milliseconds.
    pub fn json(&mut self) -> Value {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        json!({
            "mean_ms": self.mean() * 1e3,
            "median_ms": milliseconds(self.quantile(0.5)),
            "p99_ms": milliseconds(self.quantile(0.99)),
        })
    }
}

/// CPU time of a process and its threads so far, in steps of 10 ms. `self` is this one.
pub fn cpu_of(process: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    cpu_in(&stat)
}

/// The sum of user and system time in a line of `/proc/PID/stat`.
fn cpu_in(stat: &str) -> Result<Duration> {
    // the name may hold anything, parentheses too
    let fields = stat.rsplit_once(')').context("times of a process")?.1;
    // user and system time are fields 14 and 15, the third is the first after the name
    let mut fields = fields.split_whitespace().skip(11);
    let mut sum = 0;
    for _ in 0..2 {
        let ticks = fields.next().context("times of a process")?;
        sum += ticks.parse::<u64>()?;
    }
    Ok(Duration::from_millis(sum * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: impl IntoIterator<Item = u64>) -> Times {
        let mut times = Times::default();
        for time in milliseconds {
            times.push(Duration::from_millis(time));
        }
        times
    }

    #[test]
    fn quantiles_of_times_in_any_order() {
        let mut all = times((1..=101).rev());
        let at = |all: &mut Times, share| all.quantile(share).as_millis();
        assert_eq!(at(&mut all, 0.0), 1);
        assert_eq!(at(&mut all, 0.5), 51);
        assert_eq!(at(&mut all, 0.99), 100);
        assert_eq!(at(&mut all, 1.0), 101);
        all.extend(times([1_000; 200]));
        assert_eq!(all.count(), 301);
        assert_eq!(at(&mut all, 0.5), 1_000);
    }

    #[test]
    fn no_times_and_one_time() {
        assert_eq!(Times::default().quantile(0.5), Duration::ZERO);
        assert_eq!(Times::default().json()["mean_ms"], 0.0);
        assert_eq!(times([7]).quantile(0.99), Duration::from_millis(7));
    }

    #[test]
    fn mean_and_median_are_not_the_same() {
        let answer = times([1, 1, 1, 97]).json();
        assert_eq!(answer["mean_ms"], 25.0);
        assert_eq!(answer["median_ms"], 1.0);
        assert_eq!(answer["p99_ms"], 97.0);
    }

    #[test]
    fn ticks_of_a_process_with_a_strange_name() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 120 34 0 0 20 0 1 0";
        assert_eq!(cpu_in(stat).unwrap(), Duration::from_millis(1_540));
        assert!(cpu_in("7 (a) S 1 2 3 4 5 6 7 8 9 10 120").is_err());
        assert!(cpu_in("").is_err());
        cpu_of("self").unwrap();
    }
}
