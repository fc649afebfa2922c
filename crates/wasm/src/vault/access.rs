//! What changed the members and keys of a vault, as places in its log.

use strongroom_format::FormatError;
use strongroom_format::entry::Kind;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::Verified;

/// A change of a vault's members, keys or name. Who made it and when stands in the line at its
/// place.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    pub index: u64,
    pub kind: Kind,
    /// Whose access changed. With [`Kind::Epoch`]: who had left the organisation.
    pub subject: Option<IdentityId>,
    pub role: Option<Role>,
}

/// As it is kept.
pub(crate) type AccessTuple = (u64, u64, Option<IdentityId>, Option<Role>);

impl Access {
    /// What an entry changed; nothing for most.
    pub fn of(entry: &Verified) -> Vec<Self> {
        let event = |subject, role| Self {
            index: entry.index,
            kind: entry.kind,
            subject,
            role,
        };
        match &entry.payload {
            Some(VaultPayload::Genesis { identity, .. }) => {
                vec![event(Some(*identity), Some(Role::Owner))]
            }
            Some(VaultPayload::Member { identity, role, .. })
            | Some(VaultPayload::Role { identity, role }) => {
                vec![event(Some(*identity), Some(*role))]
            }
            Some(VaultPayload::Remove { identity, .. })
            | Some(VaultPayload::Leave { identity }) => vec![event(Some(*identity), None)],
            Some(VaultPayload::Epoch(_)) if !entry.gone.is_empty() => {
                let gone = entry.gone.iter();
                gone.map(|identity| event(Some(*identity), None)).collect()
            }
            Some(VaultPayload::Epoch(_)) | Some(VaultPayload::VaultMeta { .. }) => {
                vec![event(None, None)]
            }
            _ => Vec::new(),
        }
    }

    pub fn to_tuple(self) -> AccessTuple {
        (self.index, self.kind.number(), self.subject, self.role)
    }

    pub fn from_tuple(tuple: AccessTuple) -> Result<Self, FormatError> {
        Ok(Self {
            index: tuple.0,
            kind: Kind::from_number(tuple.1)?,
            subject: tuple.2,
            role: tuple.3,
        })
    }
}
