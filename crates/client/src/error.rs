//! What can go wrong, with a stable code, an exit code, and a sentence on what to do next.

use std::fmt;
use strongroom_format::names::plain;
use strongroom_format::{FormatError, LogError};
pub use strongroom_types::ErrorClass;
use strongroom_vault::passphrase::PassphraseError;
use strongroom_vault::{IntegrityError, VaultError, WalletError};
use strongroom_wire::{Problem, ProblemCode};

/// Result of the SDK.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;

/// An error of the SDK. `Display` says what happened; [`ClientError::hint`] what to do next.
#[derive(Debug, thiserror::Error)]
pub struct ClientError {
    class: ErrorClass,
    code: String,
    message: String,
    hint: Option<String>,
    /// Seconds after which the server wants to be asked again.
    retry_after_seconds: Option<u64>,
    problem: Option<ProblemCode>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ClientError {
    /// An error of a class with a stable code (lower case, underscores).
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            hint: None,
            retry_after_seconds: None,
            problem: None,
            source: None,
        }
    }

    /// The request makes no sense as it stands.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Usage, "usage", message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::NotFound, "not_found", message)
    }

    /// Not allowed, or over a limit.
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Refused, code, message)
    }

    /// Something was tampered with.
    pub fn integrity(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Integrity, code, message).with_hint(
            "nothing was changed; do not trust this server's answer, and tell your administrator",
        )
    }

    /// The state moved on.
    pub fn conflict(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Conflict, code, message)
    }

    /// The server cannot be reached.
    pub fn offline(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Failed, "offline", message)
            .with_hint("check the address and that the server runs, then try again")
    }

    /// It did not work.
    pub fn failed(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Failed, code, message)
    }

    /// Adds what to do next.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The class.
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// The exit code of a command that ends with it: 1 failed, 2 usage, 3 not found,
    /// 4 refused, 5 integrity, 6 conflict.
    pub fn exit_code(&self) -> u8 {
        self.class.exit_code()
    }

    /// The stable code, for example `quota_exceeded`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What to do next, where there is something to do.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether the server could not be reached.
    pub fn is_offline(&self) -> bool {
        self.code == "offline"
    }

    /// The server's problem code, if the server answered with one.
    pub fn problem(&self) -> Option<ProblemCode> {
        self.problem
    }

    /// Seconds after which the server wants to be asked again.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }

    /// Reads the server's problem details.
    pub fn from_problem(problem: &Problem) -> Self {
        use ProblemCode as P;
        let hint = match problem.code {
            P::Malformed | P::TooLarge | P::RangeNotSatisfiable | P::Forbidden | P::NotFound => {
                None
            }
            P::Unauthenticated => Some("the session has ended; log in again: strongroom login"),
            P::WrongCredentials => Some("check name, passphrase or code"),
            P::QuotaExceeded => Some("ask an administrator for a larger quota"),
            P::NameTaken => Some("choose another name"),
            P::RekeyRequired => Some(
                "a manager or owner has to renew the vault's keys first; theirs does so on its next sync",
            ),
            P::Locked => Some("see who holds it: strongroom file ls"),
            P::Conflict | P::InvalidEntry | P::StaleControl | P::IdempotencyMismatch => {
                Some("run the command again")
            }
            P::Gone => Some("ask for a new code or link"),
            P::TooManyRequests => Some("wait, then try again"),
            P::Incomplete | P::ChecksumMismatch | P::Internal | P::Unavailable => {
                Some("run the command again")
            }
        };
        let message = match &problem.detail {
            Some(detail) if !detail.is_empty() => plain(detail),
            _ => plain(&problem.title),
        };
        Self {
            class: problem.code.class(),
            code: problem.code.to_string(),
            message,
            hint: hint.map(str::to_owned),
            retry_after_seconds: problem.retry_after_seconds,
            problem: Some(problem.code),
            source: None,
        }
    }
}

impl From<std::io::Error> for ClientError {
    fn from(error: std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::StorageFull => "disk_full",
            std::io::ErrorKind::PermissionDenied => "permission_denied",
            std::io::ErrorKind::NotFound => return not_found_file(error),
            _ => "io",
        };
        Self::failed(code, format!("reading or writing a file failed: {error}")).with_source(error)
    }
}

fn not_found_file(error: std::io::Error) -> ClientError {
    ClientError::not_found("there is no such file").with_source(error)
}

impl From<rusqlite::Error> for ClientError {
    fn from(error: rusqlite::Error) -> Self {
        let busy = matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
        );
        let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        if busy {
            Self::failed("profile_busy", "another command is using this profile")
                .with_hint("wait until it is done, then try again")
        } else if full {
            Self::failed("disk_full", "the disk with the profile is full")
        } else {
            Self::failed("cache", "the local cache could not be read or written")
                .with_hint("log out and log in again to make it anew")
        }
        .with_source(error)
    }
}

impl From<FormatError> for ClientError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Invalid(text) => Self::usage(text),
            FormatError::TooLarge { .. } => Self::usage(error.to_string()),
            _ => Self::integrity("malformed", error.to_string()).with_source(error),
        }
    }
}

impl From<IntegrityError> for ClientError {
    fn from(error: IntegrityError) -> Self {
        Self::integrity(error.code(), error.to_string()).with_source(error)
    }
}

impl From<VaultError> for ClientError {
    fn from(error: VaultError) -> Self {
        let hint = match &error {
            VaultError::Invalid(LogError::RoleTooLow | LogError::NotMember) => {
                Some("ask a manager or owner of the vault")
            }
            VaultError::Invalid(LogError::RekeyRequired) => {
                Some("a manager's or owner's next sync does so")
            }
            VaultError::Invalid(LogError::Rule(_)) => None,
            VaultError::Invalid(_) => Some("sync and run the command again"),
            VaultError::NoKey(_) => Some("sync, then try again"),
            _ => None,
        };
        let told = match error {
            VaultError::Integrity(error) => return error.into(),
            VaultError::Format(error) => return error.into(),
            VaultError::Field(error) => return error.into(),
            _ => Self::new(error.class(), error.code(), error.to_person()),
        };
        match hint {
            Some(hint) => told.with_hint(hint),
            None => told,
        }
    }
}

impl From<PassphraseError> for ClientError {
    fn from(error: PassphraseError) -> Self {
        let told = Self::usage(error.to_string());
        match error {
            PassphraseError::TooShort => {
                told.with_hint("several words are easier to remember and harder to guess")
            }
            _ => told,
        }
    }
}

impl From<WalletError> for ClientError {
    fn from(error: WalletError) -> Self {
        match error {
            WalletError::Altered => Self::integrity("altered_wallet", error.to_string())
                .with_hint("was the device secret or kit that of this account? If so, the server altered the wallet: tell your administrator"),
            _ => Self::failed("wallet", error.to_string()),
        }
        .with_source(error)
    }
}

impl From<LogError> for ClientError {
    fn from(error: LogError) -> Self {
        Self::integrity("invalid_entry", error.to_string()).with_source(error)
    }
}

impl From<strongroom_format::table::FieldError> for ClientError {
    fn from(error: strongroom_format::table::FieldError) -> Self {
        Self::usage(error.to_string()).with_source(error)
    }
}

impl From<serde_json::Error> for ClientError {
    fn from(error: serde_json::Error) -> Self {
        Self::failed("malformed_json", "a JSON document could not be read").with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_keep_code_class_and_no_control_characters() {
        let problem = Problem {
            kind: "urn:x".into(),
            title: "Quota".into(),
            status: 403,
            code: ProblemCode::QuotaExceeded,
            detail: Some("at most \u{1b}[31m5 bytes".into()),
            retry_after_seconds: None,
        };
        let error = ClientError::from_problem(&problem);
        assert_eq!((error.exit_code(), error.code()), (4, "quota_exceeded"));
        assert_eq!(error.to_string(), "at most [31m5 bytes");
        assert!(error.hint().is_some());
    }
}
