//! Sealing one file: read, seal in place, hash, write; one buffer for all of it.

use crate::blob::{Aligned, read_gathered};
use anyhow::{Context, Result};
use std::{
    fs::File,
    io::{IoSliceMut, Write},
    path::{Path, PathBuf},
};
use strongroom_crypto::{SymmetricKey, SystemRng, sealed_box::Sealer, tree::TreeHasher};
use strongroom_types::limits::{CHUNK_PLAIN_BYTES, CHUNK_SEALED_BYTES};

/// Stands for the context of a file's box; its length changes nothing per byte.
pub const CONTEXT: &[u8] = b"bench/1 tenant vault file revision";

/// What `strongroom-bench seal` takes.
#[derive(clap::Args)]
pub struct SealArguments {
    /// The key in hexadecimal
    #[arg(long)]
    key_file: PathBuf,
    /// The plaintext
    #[arg(long)]
    input: PathBuf,
    /// The box
    #[arg(long)]
    output: PathBuf,
    /// The leaves of its tree
    #[arg(long)]
    leaves: PathBuf,
    /// Chunks in the buffer
    #[arg(long, default_value_t = 64)]
    run_chunks: usize,
}

/// The key that stands in `path` as 64 hexadecimal digits.
pub fn read_key(path: &Path) -> Result<SymmetricKey> {
    let text = std::fs::read_to_string(path)?;
    let bytes = data_encoding::HEXLOWER
        .decode(text.trim().as_bytes())
        .context("the key is not hexadecimal")?;
    SymmetricKey::from_slice(&bytes).context("the key is not 32 bytes")
}

/// Seals the file and prints the root of its tree.
pub fn seal(arguments: &SealArguments) -> Result<()> {
    let key = read_key(&arguments.key_file)?;
    let mut input = File::open(&arguments.input)?;
    let mut output = File::create(&arguments.output)?;
    let mut leaves_file = File::create(&arguments.leaves)?;
    let sealer = Sealer::new(&key, CONTEXT, &mut SystemRng);
    let mut tree = TreeHasher::new();
    let mut leaves = Vec::with_capacity(64 << 10);
    output.write_all(sealer.header())?;
    tree.update(sealer.header(), &mut leaves);
    let mut buffer = Aligned::new(arguments.run_chunks * CHUNK_SEALED_BYTES);
    let mut index = 0;
    loop {
        let run = buffer.get()?;
        let read = {
            let mut slices: Vec<IoSliceMut<'_>> = run
                .chunks_exact_mut(CHUNK_SEALED_BYTES)
                .filter_map(|chunk| chunk.get_mut(..CHUNK_PLAIN_BYTES).map(IoSliceMut::new))
                .collect();
            read_gathered(&mut input, &mut slices)?
        };
        let (full, rest) = (read / CHUNK_PLAIN_BYTES, read % CHUNK_PLAIN_BYTES);
        let ended = full < arguments.run_chunks;
        let mut sealed_len = 0;
        for (number, chunk) in run.chunks_exact_mut(CHUNK_SEALED_BYTES).enumerate() {
            let plain_len = match number {
                _ if number < full => CHUNK_PLAIN_BYTES,
                _ if number == full => rest,
                _ => break,
            };
            sealed_len += sealer.seal_in_place(index, chunk, plain_len)?;
            index += 1;
        }
        let sealed = run.get(..sealed_len).context("a run in the buffer")?;
        tree.update(sealed, &mut leaves);
        output.write_all(sealed)?;
        if leaves.len() >= 32 << 10 {
            leaves_file.write_all(&leaves)?;
            leaves.clear();
        }
        if ended {
            break;
        }
    }
    let root = tree.finish(&mut leaves);
    leaves_file.write_all(&leaves)?;
    println!("{}", data_encoding::HEXLOWER.encode(root.as_bytes()));
    Ok(())
}
