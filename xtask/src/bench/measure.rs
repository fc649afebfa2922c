//! Wall time, CPU time and peak memory of other processes.

use crate::shell;
use anyhow::{Context, Result, bail};
use std::{
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use wait4::Wait4;

/// What a piece of work cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub wall: Duration,
    /// User and system time of all processes taking part.
    pub cpu: Duration,
    /// Largest resident memory of one process.
    pub peak_bytes: u64,
}

impl Cost {
    /// Both one after the other.
    pub fn then(self, next: Self) -> Self {
        Self {
            wall: self.wall + next.wall,
            cpu: self.cpu + next.cpu,
            peak_bytes: self.peak_bytes.max(next.peak_bytes),
        }
    }

    /// With the CPU time of a process that worked at the same time.
    pub fn beside(self, cpu: Duration) -> Self {
        Self {
            cpu: self.cpu + cpu,
            ..self
        }
    }
}

/// Runs the command to its end. Its standard output is returned, its standard error shown
/// only when it fails.
pub fn run(mut command: Command) -> Result<(Cost, String)> {
    let text = shell::shown(&command);
    let mut errors = tempfile_for_errors()?;
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot start `{text}`"))?;
    let mut output = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut output)
            .with_context(|| format!("`{text}` printed no text"))?;
    }
    let used = child.wait4()?;
    let wall = start.elapsed();
    if !used.status.success() {
        let mut said = String::new();
        std::io::Seek::rewind(&mut errors)?;
        errors.read_to_string(&mut said).unwrap_or_default();
        bail!("`{text}` failed ({}): {}", used.status, said.trim());
    }
    let cost = Cost {
        wall,
        cpu: used.rusage.utime + used.rusage.stime,
        peak_bytes: used.rusage.maxrss,
    };
    Ok((cost, output))
}

/// A file without a name: a full pipe would stop the child.
fn tempfile_for_errors() -> Result<std::fs::File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::open(std::env::temp_dir(), flags, Mode::RUSR | Mode::WUSR)?;
    Ok(file.into())
}

/// The cheapest of several rounds by CPU time: what disturbs a measurement only adds to it.
pub fn cheapest(rounds: usize, mut work: impl FnMut() -> Result<Cost>) -> Result<Cost> {
    let mut best = work()?;
    for _ in 1..rounds {
        let cost = work()?;
        if cost.cpu < best.cpu {
            best = cost;
        }
    }
    Ok(best)
}

/// CPU time that a running process has used so far (all its threads, ended ones included),
/// in steps of the kernel's clock tick of 10 ms.
pub fn cpu_of(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} is gone"))?;
    // the name in parentheses may hold spaces; user and system time are fields 14 and 15
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut ticks = fields.split_whitespace().skip(11).take(2);
    let mut sum = 0;
    for _ in 0..2 {
        sum += ticks
            .next()
            .context("times of a process")?
            .parse::<u64>()
            .context("times of a process")?;
    }
    Ok(Duration::from_millis(sum * 10))
}

/// Largest resident memory of a running process so far.
pub fn peak_of(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} is gone"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map(|kib| kib << 10)
        .context("peak memory of a process")
}

/// Makes [`peak_of`] begin anew.
pub fn forget_peak(pid: u32) -> Result<()> {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5")
        .with_context(|| format!("cannot reset the peak memory of process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_measured() {
        let (cost, output) = run(shell::command("echo", &["x"])).unwrap();
        assert_eq!(output, "x\n");
        assert!(cost.peak_bytes > 0);
        let error = run(shell::command("ls", &["/nowhere-at-all"])).unwrap_err();
        assert!(error.to_string().contains("nowhere-at-all"), "{error}");
    }

    #[test]
    fn this_process_is_measured() {
        let pid = std::process::id();
        cpu_of(pid).unwrap();
        assert!(peak_of(pid).unwrap() > 0);
    }
}
