//! What kind of failure an error is: programs decide by it, whatever the error's own text.

/// The class of an error; decides the exit code of a command and the `exit` of the browser core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// It did not work (network, disk, the server's own failure).
    Failed,
    /// The request makes no sense as it stands.
    Usage,
    /// There is no such thing, or it is not the caller's to see.
    NotFound,
    /// Rights, quotas, wrong credentials.
    Refused,
    /// Something was tampered with. Nothing was changed.
    Integrity,
    /// The state moved on, or two versions stand side by side.
    Conflict,
}

impl ErrorClass {
    /// 1 failed, 2 usage, 3 not found, 4 refused, 5 integrity, 6 conflict.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::Integrity => 5,
            Self::Conflict => 6,
        }
    }
}
