use std::{error::Error, io};

/// The answer of every blob call.
pub type BlobResult<T> = Result<T, BlobError>;

/// Why a call failed. A failed `put` leaves what was there before.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such part.
    #[error("not found")]
    NotFound,
    /// The body ended early, or went on.
    #[error("wrong length: expected {expected} bytes, got {got}")]
    WrongLength {
        /// What the caller promised.
        expected: u64,
        /// What came; for a body that is too long, the length at which reading stopped.
        got: u64,
    },
    /// The bytes are not those of the checksum.
    #[error("checksum mismatch")]
    ChecksumMismatch,
    /// The body itself failed (the sender hung up, or timed out).
    #[error("the body failed")]
    Body(#[source] Box<dyn Error + Send + Sync>),
    /// The range does not lie inside the part.
    #[error("range outside")]
    RangeOutside,
    /// The disk is full or read-only; reading goes on.
    #[error("the blob store cannot write now")]
    Full,
    /// A part is shorter than it was when it was written.
    #[error("a stored part is damaged")]
    Damaged,
    /// Anything else.
    #[error("the blob store failed")]
    Io(#[source] io::Error),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::ReadOnlyFilesystem => Self::Full,
            _ => Self::Io(error),
        }
    }
}
