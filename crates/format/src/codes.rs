//! Codes that people pass on (formats, section 10).

use crate::FormatError;
use strongroom_crypto::Secret16;

/// What a code is for; the prefix keeps them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// An invitation's secret S.
    Invite,
    /// The server's one-time set-up code.
    Setup,
    /// The recovery code of a kit.
    Recover,
    /// The device secret of a kit.
    Device,
}

impl CodeKind {
    /// The prefix, dash included.
    pub fn prefix(self) -> &'static str {
        match self {
            CodeKind::Invite => "SR-INVITE-",
            CodeKind::Setup => "SR-SETUP-",
            CodeKind::Recover => "SR-RECOVER-",
            CodeKind::Device => "SR-DEVICE-",
        }
    }
}

/// Writes a secret as a code.
pub fn write_code(kind: CodeKind, secret: &Secret16) -> String {
    format!("{}{}", kind.prefix(), secret.to_code())
}

/// Which kind of code a text is, by its prefix.
pub fn kind_of(text: &str) -> Option<CodeKind> {
    let upper = text.trim().to_ascii_uppercase();
    [
        CodeKind::Invite,
        CodeKind::Setup,
        CodeKind::Recover,
        CodeKind::Device,
    ]
    .into_iter()
    .find(|kind| upper.starts_with(kind.prefix()))
}

/// Reads a code of the given kind.
///
/// # Errors
/// `Invalid` with a sentence for people: another kind of code, or a typing error.
pub fn read_code(kind: CodeKind, text: &str) -> Result<Secret16, FormatError> {
    if text.len() > 200 {
        return Err(FormatError::Invalid("the code is too long"));
    }
    let text = text.trim();
    match kind_of(text) {
        Some(found) if found == kind => {}
        Some(_) => return Err(FormatError::Invalid("this is a code for something else")),
        None => return Err(FormatError::Invalid("the code lacks its beginning (SR-…)")),
    }
    let rest = text.get(kind.prefix().len()..).unwrap_or_default();
    Secret16::from_code(rest).map_err(|_| {
        FormatError::Invalid("the code has a typing error; check it character by character")
    })
}
