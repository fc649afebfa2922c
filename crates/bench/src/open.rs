//! Opening one file: nothing is decrypted before its leaves, segment and group are verified.

use crate::{
    blob::{Aligned, write_gathered},
    seal::{CONTEXT, read_key},
};
use anyhow::{Context, Result, ensure};
use std::{
    fs::File,
    io::{IoSlice, Read, Seek},
    path::PathBuf,
};
use strongroom_crypto::{
    sealed_box::{Opener, plain_len},
    tree::{Segments, check_group},
};
use strongroom_types::{
    Digest,
    limits::{BOX_HEADER_BYTES, CHUNK_SEALED_BYTES, TREE_GROUP_BYTES, TREE_SEGMENT_GROUPS},
};

/// What `strongroom-bench open` takes.
#[derive(clap::Args)]
pub struct OpenArguments {
    /// The key in hexadecimal
    #[arg(long)]
    key_file: PathBuf,
    /// The root that the signed manifest would hold, in hexadecimal
    #[arg(long)]
    root: String,
    /// The box
    #[arg(long)]
    input: PathBuf,
    /// The leaves of its tree
    #[arg(long)]
    leaves: PathBuf,
    /// The plaintext
    #[arg(long)]
    output: PathBuf,
    /// Groups in the buffer: a divisor of 512
    #[arg(long, default_value_t = 64)]
    run_groups: usize,
}

/// Verifies and opens the file.
pub fn open(arguments: &OpenArguments) -> Result<()> {
    ensure!(
        TREE_SEGMENT_GROUPS.is_multiple_of(arguments.run_groups),
        "a run of groups must not cross a segment"
    );
    let key = read_key(&arguments.key_file)?;
    let root = data_encoding::HEXLOWER.decode(arguments.root.as_bytes())?;
    let root = Digest::from_slice(&root).context("the root is not 32 bytes")?;
    let mut input = File::open(&arguments.input)?;
    let sealed_len = input.metadata()?.len();
    let plain_len = plain_len(sealed_len)?;
    let mut leaves_file = File::open(&arguments.leaves)?;
    let segments = segments(&mut leaves_file, sealed_len, &root)?;
    let mut output = File::create(&arguments.output)?;

    let run_bytes = arguments.run_groups * TREE_GROUP_BYTES;
    let mut buffer = Aligned::new(run_bytes + CHUNK_SEALED_BYTES);
    let mut leaves = vec![0; 32 * TREE_SEGMENT_GROUPS];
    let mut opener = None;
    let (mut group, mut chunk, mut carried, mut written) = (0_u64, 0_u64, 0, 0_u64);
    let mut left = sealed_len;
    while left > 0 {
        if group.is_multiple_of(TREE_SEGMENT_GROUPS as u64) {
            let groups = left
                .div_ceil(TREE_GROUP_BYTES as u64)
                .min(TREE_SEGMENT_GROUPS as u64);
            leaves.truncate(usize::try_from(groups)? * 32);
            leaves_file.read_exact(&mut leaves)?;
            segments.check_leaves(group / TREE_SEGMENT_GROUPS as u64, &leaves)?;
        }
        let run = buffer.get()?;
        let read = usize::try_from(left.min(run_bytes as u64))?;
        let (old, fresh) = run.split_at_mut(carried);
        let fresh = fresh.get_mut(..read).context("a run in the buffer")?;
        input.read_exact(fresh)?;
        left -= read as u64;
        let known = leaves.as_chunks::<32>().0;
        for bytes in fresh.chunks(TREE_GROUP_BYTES) {
            let place = usize::try_from(group % TREE_SEGMENT_GROUPS as u64)?;
            let leaf = known.get(place).context("a leaf for every group")?;
            check_group(sealed_len, group, bytes, leaf)?;
            group += 1;
        }
        let mut begin = 0;
        let opener = match &opener {
            Some(opener) => opener,
            None => {
                let header = fresh
                    .first_chunk::<BOX_HEADER_BYTES>()
                    .context("a box has a header")?;
                begin = BOX_HEADER_BYTES;
                &*opener.insert(Opener::new(&key, CONTEXT, header)?)
            }
        };
        let end = old.len() + read;
        let ready = run.get_mut(begin..end).context("verified bytes")?;
        // all but the last chunk are full: what is short waits for the next run
        let count = ready.len() / CHUNK_SEALED_BYTES;
        let (full, rest) = ready
            .split_at_mut_checked(count * CHUNK_SEALED_BYTES)
            .context("whole chunks")?;
        let mut slices = Vec::with_capacity(count + 1);
        for sealed in full.chunks_exact_mut(CHUNK_SEALED_BYTES) {
            let plain = opener.open_chunk(chunk, false, sealed)?;
            slices.push(IoSlice::new(plain));
            chunk += 1;
        }
        let rest_len = rest.len();
        if left == 0 {
            slices.push(IoSlice::new(opener.open_chunk(chunk, true, rest)?));
        }
        written += slices.iter().map(|slice| slice.len() as u64).sum::<u64>();
        write_gathered(&mut output, &mut slices)?;
        run.copy_within(end - rest_len..end, 0);
        carried = rest_len;
    }
    ensure!(written == plain_len, "the box is shorter than it says");
    Ok(())
}

/// Reads all leaves once, compares them with the root, and goes back to the first.
fn segments(leaves: &mut File, sealed_len: u64, root: &Digest) -> Result<Segments> {
    let mut builder = Segments::builder(sealed_len);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = leaves.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        builder.push_leaves(buffer.get(..read).context("what was read")?);
    }
    leaves.rewind()?;
    Ok(builder.finish(root)?)
}
