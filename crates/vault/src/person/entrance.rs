//! Signing up, whoever talks to the server: founding a tenant, or joining one by an invitation.

use super::{DirectoryRecovery, Invitation, InviteRoot, NewPerson};
use crate::{IntegrityError, RecoveryKit, VaultError};
use strongroom_crypto::{Rng, Secret16};
use strongroom_format::LogError;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_types::{Digest, TenantId};

/// How somebody gets in.
pub struct Entrance(Way);

enum Way {
    Founder {
        entry: UnverifiedEntry,
        recovery: DirectoryRecovery,
    },
    Joiner {
        invitation: Invitation,
        root: InviteRoot,
        directory: DirectoryState,
    },
}

impl Entrance {
    /// As the founder of a tenant.
    pub fn found(person: &NewPerson, rng: &mut dyn Rng) -> Self {
        let recovery = DirectoryRecovery::make(rng);
        let entry = person.found(&recovery, rng);
        Self(Way::Founder { entry, recovery })
    }

    /// By an invitation to a tenant whose directory was read to its end.
    ///
    /// # Errors
    /// Those of [`InviteRoot::check`].
    pub fn join(
        invitation: Invitation,
        root: InviteRoot,
        directory: DirectoryState,
    ) -> Result<Self, IntegrityError> {
        root.check(&invitation, &directory)?;
        Ok(Self(Way::Joiner {
            invitation,
            root,
            directory,
        }))
    }

    /// Where it leads.
    pub fn tenant(&self) -> TenantId {
        match &self.0 {
            Way::Founder { entry, .. } => TenantId::from_bytes(*entry.body_hash().as_bytes()),
            Way::Joiner { root, .. } => root.tenant,
        }
    }

    /// The person's first recovery kit. Only a founder's has the key of the directory.
    pub fn make_kit(
        &self,
        person: &NewPerson,
        server_url: String,
        ca_fingerprint: Digest,
        rng: &mut dyn Rng,
    ) -> RecoveryKit {
        RecoveryKit {
            server_url,
            ca_fingerprint,
            tenant: self.tenant(),
            name: person.name().to_owned(),
            recovery: Secret16::make(rng),
            device_secret: Secret16::make(rng),
            directory_recovery: match &self.0 {
                Way::Founder { recovery, .. } => {
                    Some(Secret16::from_bytes(*recovery.secret().danger_bytes()))
                }
                Way::Joiner { .. } => None,
            },
            keep_earlier_page: false,
        }
    }

    /// The entry that lets the person in, after what is known of the directory.
    ///
    /// # Errors
    /// Those of [`NewPerson::join`].
    pub fn entry(&self, person: &NewPerson) -> Result<UnverifiedEntry, VaultError> {
        match &self.0 {
            Way::Founder { entry, .. } => Ok(entry.clone()),
            Way::Joiner {
                invitation,
                root,
                directory,
            } => person.join(invitation, root, directory),
        }
    }

    /// What is read on where others wrote to the directory first, with what the server asks for
    /// it. Before a founder nobody wrote.
    pub fn overtaken(&mut self) -> Option<(&Invitation, &mut DirectoryState)> {
        match &mut self.0 {
            Way::Founder { .. } => None,
            Way::Joiner {
                invitation,
                directory,
                ..
            } => Some((invitation, directory)),
        }
    }

    /// The directory with the entry that the server has taken.
    ///
    /// # Errors
    /// Of a founder's entry alone: it is not the first of a directory.
    pub fn entered(self, entry: &UnverifiedEntry) -> Result<DirectoryState, LogError> {
        let tenant = self.tenant();
        match self.0 {
            Way::Founder { .. } => {
                let mut directory = DirectoryState::new(Some(tenant));
                directory.apply(entry)?;
                Ok(directory)
            }
            Way::Joiner { mut directory, .. } => {
                // Only where nobody came between; otherwise the first sync reads it.
                let _ = directory.apply(entry);
                Ok(directory)
            }
        }
    }
}
