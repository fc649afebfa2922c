//! Programs of ours that measure themselves and answer in JSON.

use super::{Context, measure::run, server::Server};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::{path::Path, process::Command};

/// Runs the command; its output is one JSON document.
pub fn ask(command: Command) -> Result<Value> {
    let (_, output) = run(command)?;
    serde_json::from_str(&output).with_context(|| format!("no JSON: {output}"))
}

/// The number at `path`.
pub fn number(value: &Value, path: &[&str]) -> Result<f64> {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    found
        .and_then(Value::as_f64)
        .with_context(|| format!("no number at {} in {value}", path.join(".")))
}

impl Server {
    /// A program of ours that signs up here, with its profiles below `folder`.
    pub fn bench(&self, context: &Context, work: &str, folder: &Path) -> Result<Command> {
        let profiles = folder.join("profiles");
        std::fs::create_dir_all(&profiles)?;
        let mut command = Command::new(context.program("strongroom-bench"));
        command.args([work, "--url", &self.url, "--setup-code", &self.setup_code]);
        command.arg("--ca-file").arg(&self.ca_file);
        command.arg("--folder").arg(profiles);
        command.args(["--server-pid", &self.pid().to_string()]);
        Ok(command)
    }
}
