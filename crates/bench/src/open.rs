//! Opening one file as the client does: nothing is decrypted before its leaves, segment and
//! group are verified.

use anyhow::{Context, Result};
use std::{
    fs::File,
    io::{Read, Write},
    path::PathBuf,
};
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::FileManifest;
use strongroom_types::limits::TREE_GROUP_BYTES;
use strongroom_vault::file::{FileOpener, Need};

/// What `strongroom-bench open` takes.
#[derive(clap::Args)]
pub struct OpenArguments {
    /// The sealed content
    #[arg(long)]
    input: PathBuf,
    /// The leaves of its tree
    #[arg(long)]
    leaves: PathBuf,
    /// Key and manifest, as `seal` wrote them
    #[arg(long)]
    ticket: PathBuf,
    /// The plaintext
    #[arg(long)]
    output: PathBuf,
}

/// Bytes of content read at a time: whole groups, less than the processor's cache.
const PIECE_BYTES: usize = 32 * TREE_GROUP_BYTES;

/// Verifies and opens the file.
pub fn open(arguments: &OpenArguments) -> Result<()> {
    let ticket = std::fs::read(&arguments.ticket)?;
    let (key, manifest) = ticket.split_at_checked(32).context("a whole ticket")?;
    let key = SymmetricKey::from_slice(key).context("a whole key")?;
    let mut check = FileOpener::begin(&key, FileManifest::from_bytes(manifest)?)?;
    let mut leaves = File::open(&arguments.leaves)?;
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let read = leaves.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        check.push_leaves(buffer.get(..read).context("what was read")?);
    }
    let file = check.finish()?;

    let mut leaves = File::open(&arguments.leaves)?;
    let mut input = File::open(&arguments.input)?;
    let mut output = File::create(&arguments.output)?;
    let mut out = Vec::with_capacity(PIECE_BYTES + 2 * TREE_GROUP_BYTES);
    let mut reader = file.read_all();
    loop {
        match reader.need() {
            Need::Leaves { length, .. } => {
                let piece = buffer.get_mut(..length).context("room for leaves")?;
                leaves.read_exact(piece)?;
                reader.supply_leaves(piece)?;
            }
            Need::Content { offset, length } => {
                // the first group is shorter by the header, which stands in the manifest
                let header = if offset == 0 { 56 } else { 0 };
                let piece = buffer
                    .get_mut(..length.min(PIECE_BYTES - header))
                    .context("room for content")?;
                input.read_exact(piece)?;
                reader.supply_content(piece, &mut out)?;
                output.write_all(&out)?;
                out.clear();
            }
            Need::Done => return Ok(()),
        }
    }
}
