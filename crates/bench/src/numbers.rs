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
    let fields = stat.rsplit_once(')').context("times of a process")?.1;
    // user and system time are fields 14 and 15, the third is the first after the name
    let ticks = fields.split_whitespace().skip(11).take(2);
    let mut sum = 0;
    for tick in ticks {
        sum += tick.parse::<u64>()?;
    }
    Ok(Duration::from_millis(sum * 10))
}
