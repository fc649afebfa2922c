//! What can go wrong, as the page gets it: a stable code, a sentence, and the number with which
//! a command would end.

use crate::platform::{HttpFailure, StorageFailure};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use strongroom_format::names::plain;
use strongroom_format::{FormatError, LogError};
use strongroom_types::ErrorClass;
use strongroom_vault::passphrase::PassphraseError;
use strongroom_vault::{IntegrityError, KitError, VaultError, WalletError};
use strongroom_wire::{Problem, ProblemCode};

/// Result of the core.
pub type Result<T, E = CoreError> = std::result::Result<T, E>;

/// An error of the core. The page says it in the person's language by its code; the message is
/// for where it has no sentence of its own.
#[derive(Debug, Clone)]
pub struct CoreError {
    class: ErrorClass,
    code: String,
    message: String,
    hint: Option<&'static str>,
    retry_after_seconds: Option<u64>,
    problem: Option<ProblemCode>,
}

impl CoreError {
    /// An error of a class with a stable code (lower case, underscores).
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            hint: None,
            retry_after_seconds: None,
            problem: None,
        }
    }

    /// The request makes no sense as it stands.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Usage, "usage", message)
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::NotFound, "not_found", message)
    }

    /// It did not work.
    pub(crate) fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Failed, code, message)
    }

    /// Not allowed, or over a limit.
    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Refused, code, message)
    }

    /// The state moved on.
    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Conflict, code, message)
    }

    /// Adds what to do next.
    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// The class.
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The number with which a command would end: 5 for tampering, for example.
    pub fn exit(&self) -> u8 {
        self.class.exit_code()
    }

    /// The server's problem code, where the server answered with one.
    pub(crate) fn problem(&self) -> Option<ProblemCode> {
        self.problem
    }

    /// How long the server asked to wait.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }

    pub(crate) fn is_offline(&self) -> bool {
        self.code == "offline"
    }

    pub(crate) fn is_integrity(&self) -> bool {
        self.class == ErrorClass::Integrity
    }

    /// The error that a refusing answer carries.
    pub(crate) fn from_answer(status: u16, retry_after_seconds: Option<u64>, body: &[u8]) -> Self {
        let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
            return Self::failed(
                "unexpected_answer",
                format!("the server answered with HTTP status {status}"),
            );
        };
        let text = match &problem.detail {
            Some(detail) if !detail.is_empty() => detail,
            _ => &problem.title,
        };
        Self {
            class: problem.code.class(),
            code: problem.code.to_string(),
            message: plain(text),
            hint: None,
            retry_after_seconds: problem.retry_after_seconds.or(retry_after_seconds),
            problem: Some(problem.code),
        }
    }
}

impl Serialize for CoreError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CoreError", 5)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("message", &self.message)?;
        match self.hint {
            Some(hint) => object.serialize_field("hint", hint)?,
            None => object.skip_field("hint")?,
        }
        object.serialize_field("exit", &self.exit())?;
        match self.retry_after_seconds {
            Some(seconds) => object.serialize_field("retry_after_seconds", &seconds)?,
            None => object.skip_field("retry_after_seconds")?,
        }
        object.end()
    }
}

impl From<HttpFailure> for CoreError {
    fn from(failure: HttpFailure) -> Self {
        match failure {
            HttpFailure::Offline => Self::failed("offline", "the server cannot be reached"),
            HttpFailure::TooLarge => Self::failed(
                "unexpected_answer",
                "the server's answer is larger than any that is expected",
            ),
        }
    }
}

impl From<StorageFailure> for CoreError {
    fn from(failure: StorageFailure) -> Self {
        let text = plain(&failure.text);
        if failure.full {
            return Self::failed(
                "storage_full",
                format!("the browser's storage is full: {text}"),
            )
            .with_hint("free some space for this page");
        }
        let told = format!("the browser's storage cannot be used: {text}");
        Self::failed("storage_unavailable", told)
            .with_hint("allow this page to store data; a private window may not")
    }
}

impl From<FormatError> for CoreError {
    fn from(error: FormatError) -> Self {
        VaultError::from(error).into()
    }
}

impl From<IntegrityError> for CoreError {
    fn from(error: IntegrityError) -> Self {
        VaultError::from(error).into()
    }
}

impl From<LogError> for CoreError {
    /// Of a log that was shown.
    fn from(error: LogError) -> Self {
        Self::new(ErrorClass::Integrity, "invalid_entry", error.to_string())
    }
}

impl From<VaultError> for CoreError {
    fn from(error: VaultError) -> Self {
        let told = Self::new(error.class(), error.code(), error.to_person());
        if told.is_integrity() {
            return told.with_hint(
                "nothing was changed; do not trust this server's answer, and tell your administrator",
            );
        }
        told
    }
}

impl From<WalletError> for CoreError {
    fn from(error: WalletError) -> Self {
        match error {
            WalletError::Altered => {
                Self::new(ErrorClass::Integrity, "altered_wallet", error.to_string()).with_hint(
                    "was the recovery kit that of this account? If so, the server altered the wallet: tell your administrator",
                )
            }
            _ => Self::failed("wallet", error.to_string()),
        }
    }
}

impl From<PassphraseError> for CoreError {
    fn from(error: PassphraseError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<KitError> for CoreError {
    fn from(error: KitError) -> Self {
        Self::new(ErrorClass::Usage, "kit_unreadable", error.to_string())
    }
}

impl From<strongroom_format::table::FieldError> for CoreError {
    fn from(error: strongroom_format::table::FieldError) -> Self {
        VaultError::from(error).into()
    }
}

impl From<serde_json::Error> for CoreError {
    fn from(_: serde_json::Error) -> Self {
        Self::usage("the arguments of the call do not have the expected form")
    }
}
