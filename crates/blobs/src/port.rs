use crate::{BlobError, BlobResult};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use std::{error::Error, fmt};
use strongroom_types::{RevisionId, TenantId, VaultId};

/// Names all parts of a file revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevisionKey {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub revision: RevisionId,
}

/// Names one part. Made of ids and numbers only, so that no text of a user ever gets near a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey {
    pub revision: RevisionKey,
    /// A part of the tree's leaves instead of the content.
    pub tree: bool,
    pub number: u64,
}

impl RevisionKey {
    /// The key of a content part.
    pub fn part(self, number: u64) -> BlobKey {
        BlobKey {
            revision: self,
            tree: false,
            number,
        }
    }

    /// The key of a tree part.
    pub fn tree_part(self, number: u64) -> BlobKey {
        BlobKey {
            revision: self,
            tree: true,
            number,
        }
    }
}

/// `<tenant>/<vault>/<revision>`
impl fmt::Display for RevisionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.tenant, self.vault, self.revision)
    }
}

/// `<tenant>/<vault>/<revision>/p00000012`, or `t…` for a tree part.
impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = if self.tree { 't' } else { 'p' };
        write!(f, "{}/{letter}{:08}", self.revision, self.number)
    }
}

/// Bytes on their way in. An error of the stream ends the write and leaves nothing.
pub type BodyStream = BoxStream<'static, Result<Bytes, Box<dyn Error + Send + Sync>>>;

/// Bytes on their way out, in pieces of at most 256 KiB.
pub type BlobStream = BoxStream<'static, BlobResult<Bytes>>;

/// What the sender promised of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Exact length in bytes. Reading stops at once when the body goes on beyond it.
    pub length: u64,
    /// CRC-32C (Castagnoli, RFC 3720) of the bytes, if known.
    pub crc32c: Option<u32>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub length: u64,
    /// CRC-32C of them.
    pub crc32c: u32,
}

/// A store of parts. Used as `Arc<dyn Blobs>`; calls may run at the same time.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Writes a part whole, in constant memory; durable when it returns. Length and checksum are
    /// checked before the part takes its place, so a bad body never harms a good part. Writing
    /// the same part twice, also at the same time, is harmless: one of the bodies stays.
    async fn put(&self, key: BlobKey, body: BodyStream, expected: Expected) -> BlobResult<Written>;

    /// Length in bytes of a part; `None` without it.
    async fn length(&self, key: BlobKey) -> BlobResult<Option<u64>>;

    /// The bytes `[start, end)` of a part, in constant memory. `NotFound` and `RangeOutside` come
    /// at once, read errors in the stream.
    async fn get_range(&self, key: BlobKey, start: u64, end: u64) -> BlobResult<BlobStream>;

    /// Deletes one part; `false` if there was none.
    async fn delete(&self, key: BlobKey) -> BlobResult<bool>;

    /// Deletes all parts of a revision; none is no error.
    async fn delete_revision(&self, key: RevisionKey) -> BlobResult<()>;

    /// The parts of a revision with their lengths, content first, each kind ascending.
    async fn list(&self, key: RevisionKey) -> BlobResult<Vec<(BlobKey, u64)>>;

    /// All revisions that have parts, in any order: for audits and clearing out.
    async fn revisions(&self) -> BlobResult<Vec<RevisionKey>>;

    /// Makes one small durable write, to know whether writing works.
    async fn probe(&self) -> BlobResult<()>;
}

/// Bytes of a piece on the way out, and of a write on the way in.
pub(crate) const PIECE_BYTES: usize = 1 << 20;

/// Refuses a body that has become longer than promised.
pub(crate) fn check_not_over(length: u64, expected: Expected) -> BlobResult<()> {
    if length > expected.length {
        return Err(BlobError::WrongLength {
            expected: expected.length,
            got: length,
        });
    }
    Ok(())
}

/// Compares what came with what was promised.
pub(crate) fn check_written(written: Written, expected: Expected) -> BlobResult<()> {
    if written.length != expected.length {
        return Err(BlobError::WrongLength {
            expected: expected.length,
            got: written.length,
        });
    }
    match expected.crc32c {
        Some(crc32c) if crc32c != written.crc32c => Err(BlobError::ChecksumMismatch),
        _ => Ok(()),
    }
}
