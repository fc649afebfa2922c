//! Our server as a process: started in a folder of its own, watched, stopped.

use super::{
    Context,
    measure::{Cost, cpu_of, forget_peak, peak_of},
    nginx::free_port,
};
use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Requests a second that an account and an address may make: all are counted, none is refused,
/// though all clients of a measurement are one account at one address.
const COUNTED: &str = "1000000";

/// A running server; stopped when dropped.
pub struct Server {
    process: Child,
    program: PathBuf,
    pub url: String,
    pub ca_file: PathBuf,
    pub setup_code: String,
}

impl Server {
    /// Starts one with fresh data below `folder`.
    pub fn start(context: &Context, folder: &Path) -> Result<Self> {
        let program = context.program("strongroom");
        std::fs::create_dir_all(folder)?;
        let log = File::create(folder.join("server.log"))?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let mut process = Command::new(&program)
            .args(["serve", "--json", "--listen", &listen, "--data"])
            .arg(folder.join("data"))
            .args(["--account-requests", COUNTED, "--address-requests", COUNTED])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start the server")?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
        let ready: serde_json::Value = serde_json::from_str(&line)
            .with_context(|| format!("the server did not start: {}", log.trim()))?;
        let text = |key: &str| {
            let value = ready.get(key).and_then(serde_json::Value::as_str);
            value
                .map(str::to_owned)
                .with_context(|| format!("the ready line names no {key}"))
        };
        Ok(Self {
            url: text("url")?,
            ca_file: text("ca_file")?.into(),
            setup_code: text("setup_code")?,
            process,
            program,
        })
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// A client command of the profile in `home`, printing JSON.
    pub fn client(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env("STRONGROOM_HOME", home).arg("--json");
        command.args(arguments);
        command
    }

    /// What `work` cost here and there, and the server's own peak beside the client's.
    pub fn beside(&self, work: impl FnOnce() -> Result<Cost>) -> Result<Served> {
        forget_peak(self.pid())?;
        let before = cpu_of(self.pid())?;
        let client = work()?;
        let cpu = cpu_of(self.pid())?.saturating_sub(before);
        let server_peak_bytes = peak_of(self.pid())?;
        Ok(Served {
            client,
            server_cpu: cpu,
            server_peak_bytes,
        })
    }
}

/// Work of a client and its server.
#[derive(Clone, Copy)]
pub struct Served {
    pub client: Cost,
    pub server_cpu: Duration,
    pub server_peak_bytes: u64,
}

impl Served {
    /// Both together.
    pub fn sum(self) -> Cost {
        Cost {
            peak_bytes: self.client.peak_bytes.max(self.server_peak_bytes),
            ..self.client.beside(self.server_cpu)
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM).unwrap_or_default();
        }
        for _ in 0..100 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.process.kill().unwrap_or_default();
        self.process.wait().map(drop).unwrap_or_default();
    }
}
