use serde::{Deserialize, Serialize};
use std::fmt;
use strongroom_types::ErrorClass;

/// What went wrong, as a stable code. The HTTP status follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 400: the request does not have the form that the operation takes.
    Malformed,
    /// 401: no session, or it has ended.
    Unauthenticated,
    /// 401: wrong name, passphrase, code or token (which of them is not said).
    WrongCredentials,
    /// 403: the account or member may not do this.
    Forbidden,
    /// 403: a quota or limit refuses this.
    QuotaExceeded,
    /// 404: there is no such thing, or it is not yours to see.
    NotFound,
    /// 409: the state moved on; read it again and repeat.
    Conflict,
    /// 409: the entry is not valid at the place it would take; `detail` names the rule.
    InvalidEntry,
    /// 409: the entry names an epoch or control entry that is no longer the current one.
    StaleControl,
    /// 409: only new keys are accepted until a manager has renewed them.
    RekeyRequired,
    /// 409: the file is locked by someone else, or the lease under which it is written is over.
    Locked,
    /// 409: the name is taken, or looks like one that is.
    NameTaken,
    /// 409: the idempotency key was used for another request.
    IdempotencyMismatch,
    /// 410: the code or link has expired, was used up or revoked.
    Gone,
    /// 412: a part is missing or has another length.
    Incomplete,
    /// 413: larger than the limit of this operation.
    TooLarge,
    /// 416: the byte range lies outside.
    RangeNotSatisfiable,
    /// 422: the checksum does not match the bytes that arrived.
    ChecksumMismatch,
    /// 429: too many attempts; `Retry-After` says when to come back.
    TooManyRequests,
    /// 500: the server failed; nothing was changed.
    Internal,
    /// 503: the server can't write now (disk full or read-only).
    Unavailable,
}

impl ProblemCode {
    /// The HTTP status that goes with the code.
    pub fn status(self) -> u16 {
        use ProblemCode::*;
        match self {
            Malformed => 400,
            Unauthenticated | WrongCredentials => 401,
            Forbidden | QuotaExceeded => 403,
            NotFound => 404,
            Conflict | InvalidEntry | StaleControl | RekeyRequired | Locked | NameTaken
            | IdempotencyMismatch => 409,
            Gone => 410,
            Incomplete => 412,
            TooLarge => 413,
            RangeNotSatisfiable => 416,
            ChecksumMismatch => 422,
            TooManyRequests => 429,
            Internal => 500,
            Unavailable => 503,
        }
    }
}

impl ProblemCode {
    /// The class of the failure for whoever sent the request.
    pub fn class(self) -> ErrorClass {
        use ErrorClass::*;
        match self {
            Self::Malformed | Self::TooLarge | Self::RangeNotSatisfiable => Usage,
            Self::Unauthenticated
            | Self::WrongCredentials
            | Self::Forbidden
            | Self::QuotaExceeded
            | Self::Gone
            | Self::TooManyRequests => Refused,
            Self::NotFound => NotFound,
            Self::NameTaken
            | Self::RekeyRequired
            | Self::Locked
            | Self::Conflict
            | Self::InvalidEntry
            | Self::StaleControl
            | Self::IdempotencyMismatch => Conflict,
            Self::Incomplete | Self::ChecksumMismatch | Self::Internal | Self::Unavailable => {
                Failed
            }
        }
    }

    /// Whether a log refused an entry because it is further than its author's picture: the same
    /// can be written again after the log was read.
    pub fn log_moved_on(self) -> bool {
        matches!(
            self,
            Self::StaleControl | Self::InvalidEntry | Self::Conflict | Self::RekeyRequired
        )
    }

    /// The same for the directory, which knows no keys that would have to be renewed first.
    pub fn directory_moved_on(self) -> bool {
        matches!(
            self,
            Self::StaleControl | Self::InvalidEntry | Self::Conflict
        )
    }

    /// How often a write that the log refused is worth making again: a rule that is broken twice
    /// will be broken again, while others who were faster will not be so for ever.
    pub fn write_attempts(self) -> u32 {
        match self {
            Self::InvalidEntry => 3,
            _ => 12,
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The body of every error: problem details (RFC 9457) with a stable `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:strongroom:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence, the same for every occurrence of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ProblemCode,
    /// What is particular to this occurrence; never the server's insides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Seconds to wait, with `too_many_requests`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}
