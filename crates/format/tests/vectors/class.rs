//! Names of refusals in `spec/vectors`, the same for every implementation.

use strongroom_format::LogError;

/// The class of a refusal. Form errors are one class: which byte offends is no one's contract.
pub fn class(error: &LogError) -> &'static str {
    match error {
        LogError::Form(_) => "form",
        LogError::WrongLog => "wrong_log",
        LogError::PayloadHash => "payload_hash",
        LogError::PayloadMissing => "payload_missing",
        LogError::DirectoryFalls => "directory_falls",
        LogError::DirectoryHash => "directory_hash",
        LogError::DirectoryAhead { .. } => "directory_ahead",
        LogError::UnknownDevice(_) => "unknown_device",
        LogError::DeviceRevoked(_) => "device_revoked",
        LogError::Signature => "signature",
        LogError::Sequence { .. } => "sequence",
        LogError::PreviousOwn => "previous_own",
        LogError::Seen => "seen",
        LogError::HashUnknown { .. } => "hash_unknown",
        LogError::StaleEpoch { .. } => "stale_epoch",
        LogError::StaleControl => "stale_control",
        LogError::RekeyRequired => "rekey_required",
        LogError::NotMember => "not_member",
        LogError::RoleTooLow => "role_too_low",
        LogError::Rule(_) => "rule",
        LogError::Chain { .. } => "chain",
    }
}
