//! Input for the measurements.

use anyhow::{Context, Result};
use std::{fs::File, io::Write, path::PathBuf};
use strongroom_crypto::{DangerSeededRng, Rng};

/// What `strongroom-bench sample` takes.
#[derive(clap::Args)]
pub struct SampleArguments {
    /// Bytes to write
    #[arg(long)]
    bytes: u64,
    /// Where to
    #[arg(long)]
    out: PathBuf,
}

/// Writes `bytes` bytes that look random and are the same each time.
pub fn sample(arguments: &SampleArguments) -> Result<()> {
    let mut out = File::create(&arguments.out)
        .with_context(|| format!("cannot create {}", arguments.out.display()))?;
    let mut rng = DangerSeededRng::new(arguments.bytes);
    let mut buffer = vec![0; 256 << 10];
    let mut left = arguments.bytes;
    while left > 0 {
        let piece = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let piece = buffer.get_mut(..piece).context("a piece in the buffer")?;
        rng.fill_bytes(piece);
        out.write_all(piece)?;
        left -= piece.len() as u64;
    }
    Ok(())
}
