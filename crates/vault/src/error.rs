use strongroom_format::table::FieldError;
use strongroom_format::{FormatError, LogError};
use strongroom_types::{DeviceId, Epoch, ErrorClass, IdentityId};

/// Proof that what the server showed was changed, held back or made up. Work stops: nothing of
/// the offending material is used. [`Self::code`] is stable; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrityError {
    /// A log, wallet or directory older than one already verified.
    #[error(
        "the server shows an older state than this device has already seen (place {known} was known, {found} is shown)"
    )]
    Rollback {
        /// The place that was verified before.
        known: u64,
        /// The place that is shown now.
        found: u64,
    },
    /// Two histories under one id.
    #[error("the server shows another history than before: entry {index} differs")]
    Fork {
        /// The place at which they differ.
        index: u64,
    },
    /// Something that must exist is not delivered.
    #[error("the server holds back entry {index}, or what belongs to it")]
    Withheld {
        /// The place that is missing.
        index: u64,
    },
    /// Entries that are not numbered one after the other.
    #[error("the server left out or moved entries: expected entry {expected}, got {found}")]
    Gap {
        /// The next place.
        expected: u64,
        /// The place that came.
        found: u64,
    },
    /// A log names a directory entry that is not here. Reading the directory first cures it; if
    /// it does not, the directory is held back.
    #[error("directory entry {needed_index} is needed but the server has not shown it")]
    DirectoryBehind {
        /// The directory entry that is named.
        needed_index: u64,
    },
    /// The keys of an epoch were given to others than the members.
    #[error("the vault's keys were given to someone who is not a member, or kept from one")]
    GhostMember,
    /// A key that the directory does not vouch for.
    #[error("the keys shown for identity {} are not the ones that the directory vouches for", .0.short())]
    SubstitutedKey(IdentityId),
    /// A wrap that does not open or does not hold the key that was announced.
    #[error(
        "the key given to this member does not fit the vault; another manager has to renew the keys"
    )]
    BadWrap,
    /// A wallet that does not open, or not to what it must be.
    #[error("the wallet was altered, or the secret does not belong to it")]
    AlteredWallet,
    /// A record box that does not belong where it is shown.
    #[error("a record was exchanged or altered")]
    SwappedRecord,
    /// A file's key or manifest box that does not belong where it is shown.
    #[error("a file was exchanged, or its entry altered")]
    SwappedFile,
    /// Content that is not what its manifest says.
    #[error("the content of a file was altered")]
    TamperedContent,
    /// A manifest that contradicts its entry.
    #[error("the description of a file was altered")]
    ChangedManifest,
    /// The name or attributes box does not belong where it is shown.
    #[error("a name or attribute was exchanged or altered")]
    SwappedName,
    /// A link box that is not the one that was made.
    #[error("the link, its passphrase, or what the server gave for it is wrong")]
    AlteredLink,
    /// Written with keys or rights that were no longer the current ones.
    #[error("entry {index} was written after the keys or the members had changed")]
    StaleEpoch {
        /// The place of the entry.
        index: u64,
    },
    /// Belongs to another tenant or vault.
    #[error("entry {index} belongs to another organisation or vault")]
    ForeignTenant {
        /// The place of the entry.
        index: u64,
    },
    /// A suite, kind or label that this release does not know.
    #[error("something here needs a newer version of Strongroom, or was made up: {0}")]
    UnknownSuite(&'static str),
    /// An invitation that does not lead to the directory that is shown.
    #[error("the invitation does not lead to the organisation that the server shows")]
    FalseInvitation,
    /// An invitation that is used a second time.
    #[error("the invitation was already used or withdrawn")]
    ReplayedInvitation,
    /// A signature or payload that does not belong to its entry.
    #[error("entry {index} was forged or altered")]
    ForgedEntry {
        /// The place of the entry.
        index: u64,
    },
    /// An entry of a device that may not write.
    #[error("entry {index} was written by device {}, which is unknown or was revoked", .device.short())]
    RevokedDevice {
        /// The place of the entry.
        index: u64,
        /// Its author.
        device: DeviceId,
    },
    /// An entry repeated, left out of its author's sequence, or moved.
    #[error("entry {index} was repeated, moved, or its author's earlier entries were left out")]
    ReplayedEntry {
        /// The place of the entry.
        index: u64,
    },
    /// An entry whose author had no right to it.
    #[error("entry {index} was written by someone who may not do that")]
    NotAllowed {
        /// The place of the entry.
        index: u64,
    },
    /// Any other rule.
    #[error("entry {index} breaks a rule: {reason}")]
    InvalidEntry {
        /// The place of the entry.
        index: u64,
        /// Which rule.
        reason: LogError,
    },
}

impl IntegrityError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rollback { .. } => "rollback",
            Self::Fork { .. } => "fork",
            Self::Withheld { .. } => "withheld",
            Self::Gap { .. } => "gap",
            Self::DirectoryBehind { .. } => "directory_withheld",
            Self::GhostMember => "ghost_member",
            Self::SubstitutedKey(_) => "substituted_key",
            Self::BadWrap => "bad_wrap",
            Self::AlteredWallet => "altered_wallet",
            Self::SwappedRecord => "swapped_record",
            Self::SwappedFile => "swapped_file",
            Self::TamperedContent => "tampered_content",
            Self::ChangedManifest => "changed_manifest",
            Self::SwappedName => "swapped_name",
            Self::AlteredLink => "altered_link",
            Self::StaleEpoch { .. } => "stale_epoch",
            Self::ForeignTenant { .. } => "foreign_tenant",
            Self::UnknownSuite(_) => "unknown_suite",
            Self::FalseInvitation => "false_invitation",
            Self::ReplayedInvitation => "replayed_invitation",
            Self::ForgedEntry { .. } => "forged_entry",
            Self::RevokedDevice { .. } => "revoked_device",
            Self::ReplayedEntry { .. } => "replayed_entry",
            Self::NotAllowed { .. } => "not_allowed",
            Self::InvalidEntry { .. } => "invalid_entry",
        }
    }

    /// What it means that a served entry at `index` is not valid.
    pub fn from_log(index: u64, error: LogError) -> Self {
        match error {
            LogError::Form(FormatError::Unknown(what)) => Self::UnknownSuite(what),
            LogError::WrongLog => Self::ForeignTenant { index },
            LogError::PayloadHash | LogError::Signature => Self::ForgedEntry { index },
            LogError::PayloadMissing => Self::Withheld { index },
            LogError::DirectoryAhead { needed_index } => Self::DirectoryBehind { needed_index },
            LogError::DirectoryHash | LogError::Seen | LogError::Chain { .. } => {
                Self::Fork { index }
            }
            LogError::UnknownDevice(device) | LogError::DeviceRevoked(device) => {
                Self::RevokedDevice { index, device }
            }
            LogError::Sequence { .. } | LogError::PreviousOwn => Self::ReplayedEntry { index },
            LogError::StaleEpoch { .. }
            | LogError::StaleControl
            | LogError::RekeyRequired
            | LogError::DirectoryFalls => Self::StaleEpoch { index },
            LogError::NotMember | LogError::RoleTooLow => Self::NotAllowed { index },
            LogError::Rule("the invitation is not open") => Self::ReplayedInvitation,
            reason => Self::InvalidEntry { index, reason },
        }
    }
}

/// Why an operation of one's own could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Tampering was found on the way.
    #[error(transparent)]
    Integrity(#[from] IntegrityError),
    /// A value is too large or not well-formed.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A record does not fit its table.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The operation is not valid in the state that is known here: a right is missing, new keys
    /// are due, or the state moved on.
    #[error("this can't be done now: {0}")]
    Invalid(#[from] LogError),
    /// The epoch's key is not at hand (yet): fetch the wraps first.
    #[error("the keys of epoch {0} are not at hand")]
    NoKey(Epoch),
    /// Something that was named does not exist.
    #[error("unknown {0}")]
    Unknown(&'static str),
    /// A call that does not fit the ones before it.
    #[error("wrong use: {0}")]
    Misuse(&'static str),
}

impl VaultError {
    /// The class of the failure.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Integrity(_) => ErrorClass::Integrity,
            Self::Format(FormatError::Invalid(_) | FormatError::TooLarge { .. })
            | Self::Field(_) => ErrorClass::Usage,
            Self::Format(_) => ErrorClass::Integrity,
            Self::Invalid(LogError::RoleTooLow | LogError::NotMember | LogError::Rule(_))
            | Self::NoKey(_) => ErrorClass::Refused,
            Self::Invalid(_) => ErrorClass::Conflict,
            Self::Unknown(_) => ErrorClass::NotFound,
            Self::Misuse(_) => ErrorClass::Failed,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Integrity(error) => error.code(),
            Self::Format(FormatError::Invalid(_) | FormatError::TooLarge { .. })
            | Self::Field(_) => "usage",
            Self::Format(_) => "malformed",
            Self::Invalid(LogError::RoleTooLow | LogError::NotMember) => "forbidden",
            Self::Invalid(LogError::RekeyRequired) => "rekey_required",
            Self::Invalid(LogError::Rule(_)) => "rule",
            Self::Invalid(_) => "stale",
            Self::NoKey(_) => "no_key",
            Self::Unknown(_) => "not_found",
            Self::Misuse(_) => "internal",
        }
    }

    /// What happened, in a sentence for a person.
    pub fn to_person(&self) -> String {
        match self {
            Self::Invalid(LogError::RoleTooLow | LogError::NotMember) => {
                "your role does not allow this".to_owned()
            }
            Self::Invalid(LogError::RekeyRequired) => {
                "the vault's keys have to be renewed before anything is written".to_owned()
            }
            Self::Invalid(LogError::Rule(rule)) => (*rule).to_owned(),
            Self::Unknown(what) => format!("there is no such {what}"),
            _ => self.to_string(),
        }
    }

    /// Whether a write that could not be made may be possible after the log was read again.
    pub fn may_be_old_picture(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::NoKey(_) | Self::Unknown(_))
    }
}
