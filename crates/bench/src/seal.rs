//! Sealing one file as the client does, piece by piece, into files instead of into a server.

use anyhow::{Context, Result};
use std::{
    fs::File,
    io::{Read, Write},
    path::PathBuf,
};
use strongroom_crypto::SystemRng;
use strongroom_types::{FileId, RecordId, RevisionId, TenantId, VaultId};
use strongroom_vault::file::{FileDetails, FileSealer, NewRevision, Piece};

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
    let mut buffer = vec![0; Piece::MAX_BYTES];
    let mut leaves = Vec::with_capacity(32 << 10);
    while let Some(piece) = sealer.next_piece() {
        let region = buffer.get_mut(..piece.sealed_bytes).context("a region")?;
        let room = region.get_mut(piece.room()).context("its room")?;
        input.read_exact(room).context("the file became shorter")?;
        sealer.seal_piece(region, &mut leaves)?;
        output.write_all(region)?;
        if piece.ends_part {
            leaves_file.write_all(&leaves)?;
            leaves.clear();
        }
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
