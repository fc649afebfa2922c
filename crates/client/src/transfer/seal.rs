//! The sealing side of an upload: a thread that reads, journals, seals and hands parts on, in
//! order. It waits where all buffers are on their way.

use super::buffers::Pool;
use super::spool::fill;
use crate::cache::Cache;
use crate::{ClientError, Result};
use bytes::Bytes;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use strongroom_crypto::blake3_hash;
use strongroom_types::RevisionId;
use strongroom_vault::file::{FileDetails, FileSealer, SealedFile};
use tokio::sync::mpsc::Sender;

/// The source is not what it was when the upload began.
pub(super) const CHANGED: &str = "source_changed";

/// A part on its way; `None` for one that the server has.
pub(super) struct Part {
    pub number: u64,
    pub bytes: Option<Bytes>,
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
            let length = self.sealer.part_plain_len(number).unwrap_or(0);
            let mut buffer = self.pool.take();
            // into the buffer's spare room: nothing has to be zeroed before
            let mut rest = (&mut self.source).take(length as u64);
            if rest.read_to_end(&mut buffer)? != length {
                return Err(changed());
            }
            let stored = self
                .stored
                .iter()
                .any(|(first, end)| (*first..*end).contains(&number));
            let hash = blake3_hash(&buffer);
            match self.journal.part_hash(self.revision, number)? {
                Some(known) if known != hash => return Err(changed()),
                Some(_) => {}
                // Stored without a journal line: not by us, or the journal was lost.
                None if stored => return Err(changed()),
                None => self.journal.put_part_hash(self.revision, number, hash)?,
            }
            leaf_bytes.clear();
            self.sealer
                .seal_part(number, &mut buffer, &mut leaf_bytes)?;
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
                plain_bytes: length as u64,
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
