//! The real program in a process of its own, to be killed.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the built program lies: beside the test's own binary.
pub fn program() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.ancestors().nth(2).context("no target folder")?;
    let program = folder.join("strongroom");
    if !program.exists() {
        bail!(
            "{} is not there: build it with cargo build -p strongroom",
            program.display()
        );
    }
    Ok(program)
}

/// A free address that stays free while its server is down: below the range from which the
/// system takes ports by itself, and given out once in this process.
pub fn quiet_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(31);
    let mut port = 0;
    for _ in 0..10_000 {
        port = 20_000 + first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port as u16)).is_ok() {
            break;
        }
    }
    format!("127.0.0.1:{port}")
}

/// A server process.
pub struct ServerProcess {
    child: Child,
    pub url: String,
    pub ca_file: PathBuf,
    pub setup_code: Option<String>,
}

impl ServerProcess {
    /// Starts it and waits for its ready line. `listen` is the address, port 0 for any.
    pub fn start(data: &Path, listen: &str) -> Result<Self> {
        Self::start_with(Command::new(program()?), data, listen)
    }

    /// The same below another command (`unshare`, `prlimit` …) that gets the program as arguments.
    pub fn start_under(mut wrapper: Command, data: &Path, listen: &str) -> Result<Self> {
        wrapper.arg(program()?);
        Self::start_with(wrapper, data, listen)
    }

    fn start_with(mut command: Command, data: &Path, listen: &str) -> Result<Self> {
        let mut child = command
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", listen, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: serde_json::Value =
            serde_json::from_str(&line).with_context(|| format!("not a ready line: {line:?}"))?;
        let text = |name: &str| {
            ready
                .get(name)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        Ok(Self {
            child,
            url: text("url").context("no url")?,
            ca_file: text("ca_file").context("no ca_file")?.into(),
            setup_code: text("setup_code"),
        })
    }

    /// Kills it as a power cut would (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
