//! Measurements against the peers.

use anyhow::{Result, bail};

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask bench\n  cargo xtask bench --only seal --json")]
pub struct BenchArguments {
    /// Print the results as one JSON document
    #[arg(long)]
    pub json: bool,
    /// Run only the benchmark of this name
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
}

/// Runs the benchmarks.
pub fn bench(arguments: &BenchArguments) -> Result<()> {
    match (&arguments.only, arguments.json) {
        (Some(name), _) => bail!("no benchmarks yet, and so none named {name}"),
        (None, _) => bail!("no benchmarks yet"),
    }
}
