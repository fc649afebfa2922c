//! Reading a file where the platform opens the chunks: which sealed bytes hold a run of chunks,
//! and the check of every group of them against the tree before anything is opened. Stretches
//! stand for themselves, so that several can be on their way; neighbours share a group.

use super::open::FileOpener;
use crate::{IntegrityError, VaultError};
use std::ops::Range;
use strongroom_crypto::tree::check_group;
use strongroom_format::file::FileManifest;
use strongroom_format::pad::padded_file_len;
use strongroom_types::limits::*;

const GROUP: u64 = TREE_GROUP_BYTES as u64;
const SEGMENT: u64 = TREE_SEGMENT_GROUPS as u64;
const HEADER: u64 = BOX_HEADER_BYTES as u64;
const PLAIN: u64 = CHUNK_PLAIN_BYTES as u64;
const SEALED: u64 = CHUNK_SEALED_BYTES as u64;
const LEAF: usize = 32;

/// A run of chunks, with the groups that hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The chunks.
    pub chunks: Range<u64>,
    /// Whether the last of them is the file's last, which is short.
    pub ends_file: bool,
    /// The bytes to fetch: from the first byte after the header, as the HTTP API counts.
    pub content: Range<u64>,
    /// Where in those bytes the first chunk begins.
    pub skip: usize,
    /// Sealed bytes of the chunks.
    pub sealed_bytes: usize,
    /// Plaintext bytes of the chunks, padding included.
    pub plain_bytes: usize,
    groups: Range<u64>,
}

impl Stretch {
    /// The stretch that begins with chunk `first` and has at most `count` chunks; `None` behind
    /// the last chunk. With `first` 0, 512, 1024… and `count` 512 stretches cover a file.
    pub fn of(manifest: &FileManifest, first: u64, count: u64) -> Option<Self> {
        let padded = padded_file_len(manifest.true_length);
        let all = padded / PLAIN + 1;
        let end = first.saturating_add(count).min(all);
        if first >= end {
            return None;
        }
        let from = HEADER + first * SEALED;
        let until = (HEADER + end * SEALED).min(manifest.sealed_length);
        let groups = from / GROUP..until.div_ceil(GROUP);
        let begin = (groups.start * GROUP).max(HEADER);
        let finish = (groups.end * GROUP).min(manifest.sealed_length);
        Some(Self {
            ends_file: end == all,
            content: begin - HEADER..finish - HEADER,
            skip: usize::try_from(from - begin).ok()?,
            sealed_bytes: usize::try_from(until - from).ok()?,
            plain_bytes: usize::try_from((end * PLAIN).min(padded) - first * PLAIN).ok()?,
            chunks: first..end,
            groups,
        })
    }

    /// The first byte of plaintext.
    pub fn plain_start(&self) -> u64 {
        self.chunks.start * PLAIN
    }

    /// The segments whose leaves are needed.
    pub fn segments(&self) -> Range<u64> {
        self.groups.start / SEGMENT..self.groups.end.div_ceil(SEGMENT)
    }
}

impl FileOpener {
    /// Where the leaves of a segment lie in the tree file.
    pub fn leaves_of(&self, segment: u64) -> Range<u64> {
        let groups = self.manifest().sealed_length.div_ceil(GROUP);
        let first = (segment * SEGMENT).min(groups);
        let end = ((segment + 1) * SEGMENT).min(groups);
        first * LEAF as u64..end * LEAF as u64
    }

    /// How long the content is that stretches are taken from.
    pub fn content_bytes(&self) -> u64 {
        self.manifest().sealed_length.saturating_sub(HEADER)
    }

    /// Begins the check of a stretch; `leaves` are those of all its segments, in order.
    ///
    /// # Errors
    /// `TamperedContent` for leaves that are not the tree's.
    pub fn check(&self, stretch: &Stretch, leaves: &[u8]) -> Result<StretchCheck, IntegrityError> {
        let tampered = IntegrityError::TamperedContent;
        let mut rest = leaves;
        for segment in stretch.segments() {
            let range = self.leaves_of(segment);
            let length = usize::try_from(range.end - range.start).map_err(|_| tampered.clone())?;
            let (own, behind) = rest.split_at_checked(length).ok_or(tampered.clone())?;
            self.segments()
                .check_leaves(segment, own)
                .map_err(|_| tampered.clone())?;
            rest = behind;
        }
        let before = stretch.groups.start - stretch.segments().start * SEGMENT;
        let own = usize::try_from(before)
            .ok()
            .and_then(|before| leaves.get(before * LEAF..))
            .ok_or(tampered)?;
        let mut carry = Vec::with_capacity(TREE_GROUP_BYTES);
        if stretch.groups.start == 0 {
            carry.extend_from_slice(&self.manifest().header[..]);
        }
        Ok(StretchCheck {
            sealed_length: self.manifest().sealed_length,
            leaves: own.to_vec(),
            first: stretch.groups.start,
            groups: stretch.groups.clone(),
            carry,
        })
    }

    /// Whether what a stretch was opened to has zeros alone behind the file's end. `offset` is
    /// where `plain` begins in the file.
    ///
    /// # Errors
    /// `TamperedContent`.
    pub fn check_padding(&self, offset: u64, plain: &[u8]) -> Result<(), IntegrityError> {
        let before = self.manifest().true_length.saturating_sub(offset);
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        let padding = plain.get(before.min(plain.len())..).unwrap_or_default();
        if padding.iter().any(|byte| *byte != 0) {
            return Err(IntegrityError::TamperedContent);
        }
        Ok(())
    }
}

/// Checks the bytes of a stretch, in pieces of any size, from its first to its last.
pub struct StretchCheck {
    sealed_length: u64,
    leaves: Vec<u8>,
    first: u64,
    /// Those that are still to come.
    groups: Range<u64>,
    carry: Vec<u8>,
}

impl StretchCheck {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// `TamperedContent`.
    pub fn update(&mut self, mut bytes: &[u8]) -> Result<(), IntegrityError> {
        while !bytes.is_empty() {
            let length = self.group_bytes()?;
            if self.carry.is_empty()
                && let Some((group, rest)) = bytes.split_at_checked(length)
            {
                self.check(group)?;
                bytes = rest;
                continue;
            }
            let room = length.saturating_sub(self.carry.len());
            let (head, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.carry.extend_from_slice(head);
            bytes = rest;
            if self.carry.len() == length {
                let group = std::mem::take(&mut self.carry);
                self.check(&group)?;
                self.carry = group;
                self.carry.clear();
            }
        }
        Ok(())
    }

    /// Ends the check: every group was there.
    ///
    /// # Errors
    /// `TamperedContent` where bytes are missing.
    pub fn finish(self) -> Result<(), VaultError> {
        if self.groups.is_empty() && self.carry.is_empty() {
            return Ok(());
        }
        Err(IntegrityError::TamperedContent.into())
    }

    fn group_bytes(&self) -> Result<usize, IntegrityError> {
        let rest = self.sealed_length.saturating_sub(self.groups.start * GROUP);
        if self.groups.is_empty() || rest == 0 {
            return Err(IntegrityError::TamperedContent);
        }
        Ok(usize::try_from(rest.min(GROUP)).unwrap_or(TREE_GROUP_BYTES))
    }

    fn check(&mut self, group: &[u8]) -> Result<(), IntegrityError> {
        let number = self.groups.start;
        let leaf = usize::try_from(number - self.first)
            .ok()
            .and_then(|place| self.leaves.as_chunks::<LEAF>().0.get(place))
            .ok_or(IntegrityError::TamperedContent)?;
        check_group(self.sealed_length, number, group, leaf)
            .map_err(|_| IntegrityError::TamperedContent)?;
        self.groups.start += 1;
        Ok(())
    }
}
