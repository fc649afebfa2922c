use std::{error::Error, fmt, sync::Arc};

/// The answer of every store call.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a call changed nothing. A failed write never leaves a part of itself behind.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The log's head is not the expected one (or the log exists already, where none was expected).
    #[error("the log has moved on")]
    HeadMoved,
    /// Something with this key exists already.
    #[error("{0} exists already")]
    AlreadyExists(What),
    /// There is no such row in this tenant.
    #[error("not found")]
    NotFound,
    /// A compare-and-swap found another version.
    #[error("the version has moved on")]
    VersionMoved,
    /// A set-up code, invitation or link was used up, withdrawn, revoked or has expired.
    #[error("used up or expired")]
    Spent,
    /// The reservation would pass the limit that came with it.
    #[error("over the quota")]
    QuotaExceeded,
    /// Parts of an upload are missing.
    #[error("parts are missing")]
    Incomplete,
    /// The disk is full or read-only; reading goes on.
    #[error("the store cannot write now")]
    Full,
    /// What is stored cannot be what was written.
    #[error("the store is damaged: {0}")]
    Corrupt(&'static str),
    /// A number or text that this store cannot hold.
    #[error("out of range: {0}")]
    OutOfRange(&'static str),
    /// The file opens with another key, or is no database.
    #[error("wrong database key, or the file is not a Strongroom database")]
    WrongKey,
    /// The database was written by a newer program.
    #[error("the database has schema {found}; this program knows {known}: use a newer program")]
    NewerSchema {
        /// In the file.
        found: u32,
        /// The newest of this program.
        known: u32,
    },
    /// The adapter's own failure.
    #[error("the store failed")]
    Other(#[source] Arc<dyn Error + Send + Sync>),
}

impl StoreError {
    /// Wraps an adapter's own error.
    pub fn other(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Other(Arc::new(source))
    }
}

/// What exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A tenant.
    Tenant,
    /// An account id or identity.
    Account,
    /// A name, or one that looks like it.
    Name,
    /// A credential id.
    Credential,
    /// A session id or token.
    Session,
    /// An invite id.
    Invite,
    /// An upload with this revision, of other content or by another account.
    Upload,
    /// A file revision.
    Revision,
    /// A link id.
    Link,
    /// A wrap for this identity and epoch.
    Wrap,
    /// An idempotency key.
    Answer,
    /// Anything else that must be unique.
    Row,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "the tenant",
            Self::Account => "the account",
            Self::Name => "the name",
            Self::Credential => "the credential",
            Self::Session => "the session",
            Self::Invite => "the invite",
            Self::Upload => "another upload of this revision",
            Self::Revision => "the revision",
            Self::Link => "the link",
            Self::Wrap => "the wrap",
            Self::Answer => "an answer under this key",
            Self::Row => "a row",
        })
    }
}
