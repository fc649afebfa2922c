use strongroom_types::{DeviceId, Epoch};

/// Bytes that are not what they claim to be.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// Larger than the limit of this structure.
    #[error("{what} is larger than {limit_bytes} bytes")]
    TooLarge {
        what: &'static str,
        limit_bytes: usize,
    },
    /// Not CBOR, or not of this shape.
    #[error("{0} does not have the right form")]
    Malformed(&'static str),
    /// Decodes, but is not the one deterministic encoding.
    #[error("{0} is not in its canonical form")]
    NotCanonical(&'static str),
    /// A label or number that this release does not know.
    #[error("unknown {0}: a newer version of Strongroom may be needed")]
    Unknown(&'static str),
    /// A value outside its range.
    #[error("{0}")]
    Invalid(&'static str),
}

/// Why an entry is not valid at its place in the log (formats, section 4).
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum LogError {
    #[error("the entry is malformed: {0}")]
    Form(#[from] FormatError),
    #[error("the entry belongs to another tenant or log")]
    WrongLog,
    #[error("the payload is not the one that was signed")]
    PayloadHash,
    #[error("the payload is missing although nobody erased it")]
    PayloadMissing,
    #[error("the entry names a directory older than one already seen in this log")]
    DirectoryFalls,
    #[error("the entry names a directory that differs from ours")]
    DirectoryHash,
    /// The replaying side has to read the directory up to this index first.
    #[error("the entry needs directory entry {needed_index}")]
    DirectoryAhead { needed_index: u64 },
    #[error("device {} is not in the directory", .0.short())]
    UnknownDevice(DeviceId),
    #[error("device {} was revoked or its owner retired", .0.short())]
    DeviceRevoked(DeviceId),
    #[error("a signature does not verify")]
    Signature,
    #[error("the author's own sequence is broken: expected {expected}, found {found}")]
    Sequence { expected: u64, found: u64 },
    #[error("the entry does not follow the author's own previous entry")]
    PreviousOwn,
    #[error("the author saw another history than ours")]
    Seen,
    /// The replaying side does not hold the hash at this index.
    #[error("hash of entry {index} is not at hand")]
    HashUnknown { index: u64 },
    #[error("the entry was made in epoch {found}, the vault is in epoch {current}")]
    StaleEpoch { found: Epoch, current: Epoch },
    #[error("the entry does not know the newest control entry")]
    StaleControl,
    #[error("the vault waits for new keys; only a manager's epoch entry is valid")]
    RekeyRequired,
    #[error("the author is not a member")]
    NotMember,
    #[error("the author's role does not allow this")]
    RoleTooLow,
    #[error("{0}")]
    Rule(&'static str),
    #[error("the chain of hashes is broken at entry {index}")]
    Chain { index: u64 },
}
