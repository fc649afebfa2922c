use std::{borrow::Cow, sync::Arc};
use strongroom_blobs::BlobError;
use strongroom_crypto::opaque::OpaqueError;
use strongroom_format::{FormatError, LogError};
use strongroom_store::{StoreError, What};
use strongroom_wire::ProblemCode;

/// The answer of every use case.
pub type DomainResult<T> = Result<T, DomainError>;

/// Why a use case changed nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DomainError {
    /// Refused for a reason that the caller may know.
    #[error("refused ({code})")]
    Refused {
        /// The stable code.
        code: ProblemCode,
        /// What is particular to this occurrence.
        detail: Option<Cow<'static, str>>,
        /// Seconds to wait, where waiting helps.
        retry_after_seconds: Option<u64>,
    },
    /// An entry that is not valid at its place.
    #[error("invalid entry")]
    Log(#[from] LogError),
    /// Bytes that are not what they claim to be.
    #[error("malformed request")]
    Format(#[from] FormatError),
    /// The store's failure.
    #[error("store")]
    Store(#[from] StoreError),
    /// The blob store's failure.
    #[error("blobs")]
    Blobs(#[source] Arc<BlobError>),
    /// What is stored contradicts itself.
    #[error("the stored log of {0} is damaged")]
    Damaged(&'static str, #[source] LogError),
}

impl From<BlobError> for DomainError {
    fn from(error: BlobError) -> Self {
        Self::Blobs(Arc::new(error))
    }
}

impl From<OpaqueError> for DomainError {
    fn from(error: OpaqueError) -> Self {
        match error {
            OpaqueError::Malformed => Self::with(ProblemCode::Malformed, "malformed login message"),
            OpaqueError::WrongPassphrase => Self::new(ProblemCode::WrongCredentials),
        }
    }
}

impl DomainError {
    pub(crate) fn new(code: ProblemCode) -> Self {
        Self::Refused {
            code,
            detail: None,
            retry_after_seconds: None,
        }
    }

    pub(crate) fn with(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused {
            code,
            detail: Some(detail.into()),
            retry_after_seconds: None,
        }
    }

    pub(crate) fn wait(seconds: u64) -> Self {
        Self::Refused {
            code: ProblemCode::TooManyRequests,
            detail: None,
            retry_after_seconds: Some(seconds.max(1)),
        }
    }

    /// The stable code that goes outside.
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Log(error) => log_code(error),
            Self::Format(_) => ProblemCode::Malformed,
            Self::Store(error) => store_code(error),
            Self::Blobs(error) => blob_code(error),
            Self::Damaged(..) => ProblemCode::Internal,
        }
    }

    /// What the caller may know besides the code; never the server's insides.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Refused { detail, .. } => detail.as_deref().map(str::to_owned),
            Self::Log(error) => Some(error.to_string()),
            Self::Format(error) => Some(error.to_string()),
            Self::Blobs(error) => match &**error {
                BlobError::WrongLength { expected, got } => {
                    Some(format!("expected {expected} bytes, got {got}"))
                }
                _ => None,
            },
            Self::Store(StoreError::Full) => Some("the disk is full or read-only".to_owned()),
            Self::Store(_) | Self::Damaged(..) => None,
        }
    }

    /// Seconds to wait before trying again.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Refused {
                retry_after_seconds,
                ..
            } => *retry_after_seconds,
            _ => None,
        }
    }
}

fn log_code(error: &LogError) -> ProblemCode {
    match error {
        LogError::Form(_) => ProblemCode::Malformed,
        LogError::StaleEpoch { .. } | LogError::StaleControl => ProblemCode::StaleControl,
        LogError::RekeyRequired => ProblemCode::RekeyRequired,
        LogError::RoleTooLow => ProblemCode::Forbidden,
        LogError::NotMember => ProblemCode::NotFound,
        // The author's picture is old: read, seal again, send again.
        LogError::Sequence { .. }
        | LogError::PreviousOwn
        | LogError::DirectoryFalls
        | LogError::DirectoryAhead { .. } => ProblemCode::Conflict,
        LogError::Rule(text) if text.starts_with("the name is taken") => ProblemCode::NameTaken,
        _ => ProblemCode::InvalidEntry,
    }
}

fn store_code(error: &StoreError) -> ProblemCode {
    match error {
        StoreError::HeadMoved | StoreError::VersionMoved => ProblemCode::Conflict,
        StoreError::AlreadyExists(What::Name) => ProblemCode::NameTaken,
        StoreError::AlreadyExists(_) => ProblemCode::Conflict,
        StoreError::NotFound => ProblemCode::NotFound,
        StoreError::Spent => ProblemCode::Gone,
        StoreError::QuotaExceeded => ProblemCode::QuotaExceeded,
        StoreError::Incomplete => ProblemCode::Incomplete,
        StoreError::Full => ProblemCode::Unavailable,
        StoreError::OutOfRange(_) => ProblemCode::Malformed,
        _ => ProblemCode::Internal,
    }
}

fn blob_code(error: &BlobError) -> ProblemCode {
    match error {
        BlobError::WrongLength { .. } => ProblemCode::Incomplete,
        BlobError::ChecksumMismatch => ProblemCode::ChecksumMismatch,
        BlobError::Body(_) => ProblemCode::Incomplete,
        BlobError::RangeOutside => ProblemCode::RangeNotSatisfiable,
        BlobError::Full => ProblemCode::Unavailable,
        _ => ProblemCode::Internal,
    }
}

/// Short for refusals.
pub(crate) fn refuse<T>(code: ProblemCode, detail: &'static str) -> DomainResult<T> {
    Err(DomainError::with(code, detail))
}
