//! What a command says when it could not do its work, and the exit code that goes with it.

use serde_json::{Value, json};
use std::fmt;

/// Exit codes that scripts may rely on.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// Failed for another reason than the ones below.
    pub const FAILED: u8 = 1;
    /// The command line or an argument is wrong.
    pub const USAGE: u8 = 2;
    /// There is no such thing.
    pub const NOT_FOUND: u8 = 3;
    /// Refused: rights or quota.
    pub const REFUSED: u8 = 4;
    /// Something was tampered with.
    pub const INTEGRITY: u8 = 5;
    /// Somebody else changed the same thing.
    pub const CONFLICT: u8 = 6;
    /// Stopped by Ctrl-C.
    pub const STOPPED: u8 = 130;
}

/// A result of a command.
pub type CliResult<T> = Result<T, CliError>;

/// An error for people and scripts: a stable code, a sentence, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// One of [`exit`].
    pub exit: u8,
    /// Stable text for scripts.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// What to do next, where that is known.
    pub hint: Option<String>,
    /// What lies behind it, for those who look for the fault: shown with `STRONGROOM_CAUSES=1`.
    pub causes: Vec<String>,
}

impl CliError {
    /// An error with the given exit code and stable code.
    pub fn new(exit: u8, code: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            causes: Vec::new(),
        }
    }

    /// A wrong argument (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(exit::USAGE, "usage", message)
    }

    /// There is no such thing (exit code 3).
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(exit::NOT_FOUND, "not_found", message)
    }

    /// Any other failure (exit code 1).
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(exit::FAILED, "failed", message)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An I/O error with the path that it is about.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::NotFound {
            exit::NOT_FOUND
        } else {
            exit::FAILED
        };
        Self::new(
            code,
            "io",
            format!("cannot {doing} {}: {error}", path.display()),
        )
    }

    /// The document that `--json` puts on standard error.
    pub fn to_json(&self) -> Value {
        json!({"error": {"code": self.code, "message": self.message, "hint": self.hint}})
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

impl From<strongroom_client::ClientError> for CliError {
    fn from(error: strongroom_client::ClientError) -> Self {
        Self {
            exit: error.exit_code(),
            code: error.code().to_owned(),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
            causes: causes(&error),
        }
    }
}

/// What lies behind an error, from the outside in.
pub fn causes(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(error.source(), |cause| cause.source())
        .map(ToString::to_string)
        .collect()
}
