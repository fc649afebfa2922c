//! The sealing side of an upload: a thread that reads, seals, journals and hands parts on, in
//! order. It waits where all buffers are on their way.

use super::buffers::Pool;
use super::spool::fill;
use crate::cache::Cache;
use crate::{ClientError, Result};
use bytes::Bytes;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use strongroom_types::RevisionId;
use strongroom_vault::file::{FileDetails, FileSealer, SealedFile};
use tokio::sync::mpsc::Sender;

/// The source is not what it was when the upload began.
pub(super) const CHANGED: &str = "source_changed";

/// A part on its way; `None` for one that the server has.
pub(super) struct Part {
    pub number: u64,
    pub bytes: Option<Bytes>,
    /// CRC-32C of the bytes.
    pub checksum: u32,
    pub plain_bytes: u64,
}

/// What the thread needs.
pub(super) struct Work {
    pub sealer: FileSealer,
    pub source: Box<dyn Read + Send>,
    /// Whether the source is still what it was before the first byte was read.
    pub unchanged: Box<dyn Fn() -> bool + Send>,
    /// Its own connection, durable at each commit.
    pub journal: Cache,
    pub revision: RevisionId,
    /// Parts that the server has, as ranges `[first, end)`.
    pub stored: Vec<(u64, u64)>,
    pub details: FileDetails,
    pub leaves: File,
    pub pool: Pool,
    pub parts: Sender<Part>,
}

fn changed() -> ClientError {
    ClientError::conflict(CHANGED, "the file changed while it was being read")
        .with_hint("run the command again when nobody writes to it")
}

impl Work {
    /// Seals everything. Returns the sealed revision and the leaves, rewound.
    pub fn run(mut self) -> Result<(SealedFile, File)> {
        let mut leaves = BufWriter::new(self.leaves);
        let mut leaf_bytes = Vec::new();
        let count = self.sealer.geometry().part_count;
        for number in 0..count {
            let mut buffer = self.pool.take();
            let part_bytes = self.sealer.geometry().part_bytes(number).unwrap_or(0);
            buffer.resize(usize::try_from(part_bytes).unwrap_or(0), 0);
            leaf_bytes.clear();
            let checksum = seal_part(
                &mut self.sealer,
                &mut *self.source,
                number,
                &mut buffer,
                &mut leaf_bytes,
            )?;
            let stored = self
                .stored
                .iter()
                .any(|(first, end)| (*first..*end).contains(&number));
            let hash = self.sealer.hash_so_far();
            match self.journal.part_hash(self.revision, number)? {
                Some(known) if known != hash => return Err(changed()),
                Some(_) => {}
                // Stored without a journal line: not by us, or the journal was lost.
                None if stored => return Err(changed()),
                None => self.journal.put_part_hash(self.revision, number, hash)?,
            }
            leaves.write_all(&leaf_bytes)?;
            let bytes = if stored {
                self.pool.give(buffer);
                None
            } else {
                Some(self.pool.lend(buffer))
            };
            let part = Part {
                number,
                bytes,
                checksum,
                plain_bytes: self.sealer.part_plain_len(number).unwrap_or(0) as u64,
            };
            if self.parts.blocking_send(part).is_err() {
                return Err(ClientError::failed("interrupted", "the upload was stopped"));
            }
        }
        // Longer than it was, or written to while it was read: what was sealed may be a mixture.
        if fill(&mut *self.source, &mut [0])? != 0 || !(self.unchanged)() {
            return Err(changed());
        }
        leaf_bytes.clear();
        let sealed = self.sealer.finish(self.details, &mut leaf_bytes)?;
        leaves.write_all(&leaf_bytes)?;
        let mut leaves = leaves
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        leaves.seek(SeekFrom::Start(0))?;
        Ok((sealed, leaves))
    }
}

/// Reads and seals one part, a piece at a time. Returns its checksum.
fn seal_part(
    sealer: &mut FileSealer,
    source: &mut dyn Read,
    number: u64,
    buffer: &mut [u8],
    leaves: &mut Vec<u8>,
) -> Result<u32> {
    let mut checksum = 0;
    while let Some(piece) = sealer.next_piece().filter(|piece| piece.part == number) {
        let region = buffer.get_mut(piece.region()).ok_or_else(changed)?;
        let room = region.get_mut(piece.room()).ok_or_else(changed)?;
        if fill(source, room)? != piece.plain_bytes {
            return Err(changed());
        }
        sealer.seal_piece(region, leaves)?;
        checksum = crc32c::crc32c_append(checksum, region);
    }
    Ok(checksum)
}
