//! Sealing one file as the client does, part by part in one buffer, into files instead of
//! into a server.

use anyhow::{Context, Result};
use std::{
    fs::File,
    io::{Read, Write},
    path::PathBuf,
};
use strongroom_crypto::SystemRng;
use strongroom_types::{
    FileId, RecordId, RevisionId, TenantId, VaultId, limits::PART_SEALED_BYTES,
};
use strongroom_vault::file::{FileDetails, FileSealer, NewRevision};

/// What `strongroom-bench seal` takes.
#[derive(clap::Args)]
pub struct SealArguments {
    /// The plaintext
    #[arg(long)]
    input: PathBuf,
    /// The sealed content
    #[arg(long)]
    output: PathBuf,
    /// The leaves of its tree
    #[arg(long)]
    leaves: PathBuf,
    /// What a signed entry would tell the reader: key and manifest
    #[arg(long)]
    ticket: PathBuf,
}

/// Seals the file.
pub fn seal(arguments: &SealArguments) -> Result<()> {
    let mut input = File::open(&arguments.input)?;
    let mut output = File::create(&arguments.output)?;
    let mut leaves_file = File::create(&arguments.leaves)?;
    let mut rng = SystemRng;
    let mut sealer = FileSealer::begin(
        TenantId::ZERO,
        VaultId::ZERO,
        NewRevision {
            file: FileId::make(&mut rng),
            revision: RevisionId::make(&mut rng),
            record: RecordId::make(&mut rng),
            parents: Vec::new(),
            true_length: input.metadata()?.len(),
        },
        &mut rng,
    )?;
    let mut buffer = Vec::with_capacity(PART_SEALED_BYTES);
    let mut leaves = Vec::with_capacity(32 << 10);
    for part in 0..sealer.geometry().part_count {
        let length = sealer.part_plain_len(part).context("a part of the file")?;
        buffer.clear();
        let read = (&mut input).take(length as u64).read_to_end(&mut buffer)?;
        anyhow::ensure!(read == length, "the file became shorter");
        sealer.seal_part(part, &mut buffer, &mut leaves)?;
        output.write_all(&buffer)?;
        leaves_file.write_all(&leaves)?;
        leaves.clear();
    }
    let details = FileDetails {
        name: "plain".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        thumbnail: None,
        conflict: false,
        created_ms: 0,
    };
    let sealed = sealer.finish(details, &mut leaves)?;
    leaves_file.write_all(&leaves)?;
    let mut ticket = sealed.key().danger_bytes().to_vec();
    ticket.extend(sealed.manifest().to_bytes());
    Ok(std::fs::write(&arguments.ticket, ticket)?)
}
