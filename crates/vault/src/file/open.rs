//! Reading a file: which bytes are needed, each group verified against the tree, only then
//! opened. The caller moves bytes; nothing here waits or fetches.

use super::boxes::opener;
use crate::{IntegrityError, VaultError};
use std::ops::Range;
use strongroom_crypto::SymmetricKey;
use strongroom_crypto::sealed_box::Opener;
use strongroom_crypto::tree::{Segments, SegmentsBuilder, check_group};
use strongroom_format::file::FileManifest;
use strongroom_format::pad::padded_file_len;
use strongroom_types::limits::*;

const GROUP: u64 = TREE_GROUP_BYTES as u64;
const SEGMENT: u64 = TREE_SEGMENT_GROUPS as u64;
const HEADER: u64 = BOX_HEADER_BYTES as u64;
const PLAIN: u64 = CHUNK_PLAIN_BYTES as u64;
const SEALED: u64 = CHUNK_SEALED_BYTES as u64;

fn tampered<E>(_: E) -> IntegrityError {
    IntegrityError::TamperedContent
}

/// A file whose leaves stream in to be checked against the root.
pub struct TreeCheck {
    opener: Opener,
    manifest: FileManifest,
    builder: SegmentsBuilder,
}

/// A file whose tree is verified: ranges of it can be read.
pub struct FileOpener {
    opener: Opener,
    manifest: FileManifest,
    segments: Segments,
}

impl FileOpener {
    /// Begins with key and manifest. All leaves have to pass once (32 bytes for each 16 KiB of
    /// the file); 32 bytes for each 8 MiB stay in memory.
    ///
    /// # Errors
    /// `SwappedFile` for a key that is not the content's.
    pub fn begin(key: &SymmetricKey, manifest: FileManifest) -> Result<TreeCheck, IntegrityError> {
        Ok(TreeCheck {
            opener: opener(key, &manifest)?,
            builder: Segments::builder(manifest.sealed_length),
            manifest,
        })
    }

    /// The manifest.
    pub fn manifest(&self) -> &FileManifest {
        &self.manifest
    }

    /// Reads plaintext bytes `range`.
    ///
    /// # Errors
    /// `Misuse` for a range that is not in the file.
    pub fn read(&self, range: Range<u64>) -> Result<Reader<'_>, VaultError> {
        if range.start > range.end || range.end > self.manifest.true_length {
            return Err(VaultError::Misuse("the range lies outside of the file"));
        }
        Ok(self.reader(range.start, range.end, range.end))
    }

    /// Reads the whole file, and checks the zeros behind its end.
    pub fn read_all(&self) -> Reader<'_> {
        let length = self.manifest.true_length;
        // one past the padding: also the empty last chunk is opened
        let all = padded_file_len(length) + 1;
        self.reader(0, length, all)
    }

    /// Reads from `start` to the end, and checks the zeros behind it: for who has the bytes
    /// before `start` already, proven against this very tree.
    ///
    /// # Errors
    /// `Misuse` for a start behind the end.
    pub fn read_rest(&self, start: u64) -> Result<Reader<'_>, VaultError> {
        let length = self.manifest.true_length;
        if start > length {
            return Err(VaultError::Misuse("the range lies outside of the file"));
        }
        Ok(self.reader(start, length, padded_file_len(length) + 1))
    }

    /// The check of segments that a platform opens with its own AES-GCM: see
    /// [`Stretch`](super::Stretch).
    pub(super) fn segments(&self) -> &Segments {
        &self.segments
    }

    fn reader(&self, start: u64, end: u64, check_end: u64) -> Reader<'_> {
        let first_chunk = start / PLAIN;
        let end_chunk = if start == check_end {
            first_chunk
        } else {
            check_end.div_ceil(PLAIN)
        };
        let sealed_start = HEADER + first_chunk * SEALED;
        let sealed_end = (HEADER + end_chunk * SEALED).min(self.manifest.sealed_length);
        let next_group = sealed_start / GROUP;
        Reader {
            file: self,
            next_group,
            end_group: if end_chunk == first_chunk {
                next_group
            } else {
                sealed_end.div_ceil(GROUP)
            },
            segment: None,
            leaves: Vec::new(),
            carry: Vec::new(),
            carry_start: next_group * GROUP,
            next_chunk: first_chunk,
            end_chunk,
            last_chunk: padded_file_len(self.manifest.true_length) / PLAIN,
            start,
            end,
        }
    }
}

impl TreeCheck {
    /// Takes the next leaves, in pieces of any size.
    pub fn push_leaves(&mut self, leaves: &[u8]) {
        self.builder.push_leaves(leaves);
    }

    /// Compares with the root in the manifest.
    ///
    /// # Errors
    /// `TamperedContent`.
    pub fn finish(self) -> Result<FileOpener, IntegrityError> {
        let segments = self
            .builder
            .finish(&self.manifest.tree_root)
            .map_err(tampered)?;
        Ok(FileOpener {
            opener: self.opener,
            manifest: self.manifest,
            segments,
        })
    }
}

/// What a [`Reader`] takes next. Offsets ascend and are contiguous in each of the two streams,
/// so that one ranged request for each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Bytes of the leaves, at most 16 KiB: [`Reader::supply_leaves`].
    Leaves {
        /// From the first leaf.
        offset: u64,
        /// Exactly so many.
        length: usize,
    },
    /// Sealed bytes, at most 8 MiB: [`Reader::supply_content`].
    Content {
        /// From the first byte after the 56-byte header, as the HTTP API counts.
        offset: u64,
        /// Exactly so many; fewer may be supplied if they end with a group.
        length: usize,
    },
    /// Everything was read and verified.
    Done,
}

/// Reads one range of a file from its beginning to its end.
pub struct Reader<'a> {
    file: &'a FileOpener,
    next_group: u64,
    end_group: u64,
    segment: Option<u64>,
    leaves: Vec<u8>,
    /// Verified sealed bytes that are not opened yet (never plaintext), from sealed offset
    /// `carry_start`.
    carry: Vec<u8>,
    carry_start: u64,
    next_chunk: u64,
    end_chunk: u64,
    last_chunk: u64,
    start: u64,
    end: u64,
}

impl Reader<'_> {
    /// What is needed next.
    pub fn need(&self) -> Need {
        if self.next_group >= self.end_group {
            return Need::Done;
        }
        let segment = self.next_group / SEGMENT;
        if self.segment != Some(segment) {
            let groups = self.file.manifest.sealed_length.div_ceil(GROUP);
            let first = segment * SEGMENT;
            let count = (groups - first).min(SEGMENT);
            return Need::Leaves {
                offset: first * 32,
                length: usize::try_from(count * 32).unwrap_or(0),
            };
        }
        let end = ((segment + 1) * SEGMENT).min(self.end_group);
        let from = (self.next_group * GROUP).max(HEADER);
        let until = (end * GROUP).min(self.file.manifest.sealed_length);
        Need::Content {
            offset: from - HEADER,
            length: usize::try_from(until - from).unwrap_or(0),
        }
    }

    /// Takes the leaves that were asked for.
    ///
    /// # Errors
    /// `TamperedContent`.
    pub fn supply_leaves(&mut self, leaves: &[u8]) -> Result<(), IntegrityError> {
        let segment = self.next_group / SEGMENT;
        self.file
            .segments
            .check_leaves(segment, leaves)
            .map_err(tampered)?;
        self.leaves.clear();
        self.leaves.extend_from_slice(leaves);
        self.segment = Some(segment);
        Ok(())
    }

    /// Takes sealed bytes that were asked for (all, or whole groups of them), verifies each
    /// group, opens the chunks that are complete, and appends their plaintext to `out`.
    ///
    /// # Errors
    /// `TamperedContent`; what is in `out` then is verified. The reader is of no use afterwards.
    pub fn supply_content(
        &mut self,
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), IntegrityError> {
        let Need::Content { length, .. } = self.need() else {
            return Err(IntegrityError::TamperedContent);
        };
        if sealed.len() > length || sealed.is_empty() {
            return Err(IntegrityError::TamperedContent);
        }
        let rest = if self.next_group == 0 {
            let room = TREE_GROUP_BYTES - BOX_HEADER_BYTES;
            let (head, rest) = sealed.split_at_checked(room).unwrap_or((sealed, &[]));
            self.carry.extend_from_slice(&self.file.manifest.header[..]);
            let first = [self.carry.as_slice(), head].concat();
            self.check_group(&first)?;
            rest
        } else {
            sealed
        };
        for group in rest.chunks(TREE_GROUP_BYTES) {
            self.check_group(group)?;
        }
        self.open_complete(sealed, out)
    }

    fn check_group(&mut self, group: &[u8]) -> Result<(), IntegrityError> {
        let leaf = usize::try_from(self.next_group % SEGMENT)
            .ok()
            .and_then(|place| self.leaves.as_chunks::<32>().0.get(place))
            .ok_or(IntegrityError::TamperedContent)?;
        let sealed_length = self.file.manifest.sealed_length;
        check_group(sealed_length, self.next_group, group, leaf).map_err(tampered)?;
        self.next_group += 1;
        Ok(())
    }

    /// Opens, straight in `out`, the chunks that are complete in carry and `sealed` together,
    /// all of which is verified; the remainder becomes the next carry.
    fn open_complete(&mut self, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), IntegrityError> {
        let carried = self.carry.len();
        let verified_end = self.carry_start + (carried + sealed.len()) as u64;
        while self.next_chunk < self.end_chunk {
            let from = HEADER + self.next_chunk * SEALED;
            let until = (from + SEALED).min(self.file.manifest.sealed_length);
            if until > verified_end {
                break;
            }
            let from = usize::try_from(from - self.carry_start).map_err(tampered)?;
            let until = usize::try_from(until - self.carry_start).map_err(tampered)?;
            let begin = out.len();
            let old = self.carry.get(from..until.min(carried));
            let new = sealed.get(from.saturating_sub(carried)..until.saturating_sub(carried));
            out.extend_from_slice(old.unwrap_or_default());
            out.extend_from_slice(new.unwrap_or_default());
            if let Err(error) = self.open_in_place(begin, out) {
                out.truncate(begin);
                return Err(error);
            }
            self.next_chunk += 1;
        }
        let used = (HEADER + self.next_chunk * SEALED).saturating_sub(self.carry_start);
        let used = usize::try_from(used).map_err(tampered)?;
        let used = used.min(carried + sealed.len());
        self.carry.drain(..used.min(carried));
        let rest = sealed.get(used.saturating_sub(carried)..);
        self.carry.extend_from_slice(rest.unwrap_or_default());
        self.carry_start += used as u64;
        Ok(())
    }

    /// Opens the sealed chunk at the end of `out`, checks that all behind the file's end is
    /// zero, and leaves of it what lies in the range.
    fn open_in_place(&self, begin: usize, out: &mut Vec<u8>) -> Result<(), IntegrityError> {
        let last = self.next_chunk == self.last_chunk;
        let sealed = out.get_mut(begin..).unwrap_or_default();
        let plain = self
            .file
            .opener
            .open_chunk(self.next_chunk, last, sealed)
            .map_err(tampered)?;
        let offset = self.next_chunk * PLAIN;
        let place = |at: u64| {
            usize::try_from(at.saturating_sub(offset))
                .unwrap_or(usize::MAX)
                .min(plain.len())
        };
        let padding = plain.get(place(self.file.manifest.true_length)..);
        if padding.unwrap_or_default().iter().any(|byte| *byte != 0) {
            return Err(IntegrityError::TamperedContent);
        }
        let (first, end) = (place(self.start), place(self.end));
        out.truncate(begin + end.max(first));
        out.drain(begin..begin + first);
        Ok(())
    }
}
