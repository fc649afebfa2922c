//! What a member does to the vault itself: each gives the request that the server gets. All
//! are tried on a copy of the log first, so that nothing invalid is ever sent.

use super::VaultMachine;
use super::wraps::{NewKeys, make_keys, wrap_for};
use crate::author::Author;
use crate::keyring::WrapPlace;
use crate::{VaultError, meta};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, sha256};
use strongroom_format::LogError;
use strongroom_format::context::EpochPurpose;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::person::device_id;
use strongroom_format::transport::Append;
use strongroom_format::vault_log::{SignedEntry, VaultState};
use strongroom_format::vault_payload::{HeadPayload, VaultKind, VaultPayload};
use strongroom_types::*;

/// Whether the log takes the entries where it stands now.
fn try_on(
    state: &VaultState,
    entries: &[UnverifiedEntry],
    directory: &DirectoryState,
) -> Result<(), VaultError> {
    let mut copy = state.clone();
    for entry in entries {
        let signed = SignedEntry::verify(entry.clone(), copy.tenant(), copy.vault(), directory)?;
        copy.apply(&signed, directory, &|_| None)?;
    }
    Ok(())
}

fn wrap_place(author: &Author<'_>, epoch: Epoch) -> WrapPlace {
    let place = author.place();
    WrapPlace {
        tenant: place.tenant,
        vault: place.vault,
        epoch,
        control_hash: author.control_hash(),
        issuer: place.device,
    }
}

impl VaultMachine {
    /// A new vault: genesis, first keys and name, and the wrap for its maker.
    ///
    /// # Errors
    /// `Invalid` where the device is not active in the directory, `Format` for the name.
    pub fn create_vault(
        kind: VaultKind,
        name: &str,
        directory: &DirectoryState,
        device: &SignSecret,
        rng: &mut dyn Rng,
    ) -> Result<(VaultId, Append), VaultError> {
        let tenant = directory.tenant().ok_or(LogError::WrongLog)?;
        let id = device_id(device.public());
        let identity = directory
            .device(id)
            .ok_or(LogError::UnknownDevice(id))?
            .identity;
        let empty = VaultState::new(tenant, None);
        let mut author = Author::new(&empty, directory, device)?;
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let genesis = author.append(&VaultPayload::Genesis {
            nonce,
            vault_kind: kind,
            identity,
        });
        let epoch = Epoch(1);
        let mut keyring = crate::Keyring::new(tenant, author.place().vault);
        let NewKeys {
            renewal,
            wraps,
            secret,
        } = make_keys(
            wrap_place(&author, epoch),
            &mut std::iter::once(identity),
            None,
            directory,
            rng,
        )?;
        keyring.add(epoch, secret, renewal.commitment)?;
        let first = author.append(&VaultPayload::Epoch(renewal));
        let named = meta::seal_name(&keyring, author.place(), name, rng)?;
        let entries = vec![genesis, first, author.append(&named)];
        try_on(&empty, &entries, directory)?;
        let append = Append {
            entries,
            wraps,
            link_boxes: Vec::new(),
        };
        Ok((keyring.vault(), append))
    }

    fn single(
        &self,
        payload: &VaultPayload,
        directory: &DirectoryState,
        device: &SignSecret,
    ) -> Result<Append, VaultError> {
        let entries = vec![self.author(directory, device)?.append(payload)];
        try_on(&self.state, &entries, directory)?;
        Ok(Append::of(entries))
    }

    /// Lets someone in: wraps the current keys for their newest wrap key. They read everything
    /// from the vault's beginning.
    ///
    /// # Errors
    /// `NoKey`, `Unknown` person, `Invalid` (role too low, already a member, keys to renew…).
    pub fn add_member(
        &self,
        identity: IdentityId,
        role: Role,
        directory: &DirectoryState,
        device: &SignSecret,
        rng: &mut dyn Rng,
    ) -> Result<Append, VaultError> {
        let mut author = self.author(directory, device)?;
        let epoch = self.state.epoch();
        let place = wrap_place(&author, epoch);
        let secret = self.keyring.danger_secret(epoch)?;
        let wrap = wrap_for(&place, identity, secret, directory, rng)?;
        let entries = vec![author.append(&VaultPayload::Member {
            identity,
            role,
            generation: wrap.generation,
            wrap_hash: sha256(&wrap.wrap),
        })];
        try_on(&self.state, &entries, directory)?;
        Ok(Append {
            entries,
            wraps: vec![wrap],
            link_boxes: Vec::new(),
        })
    }

    /// Changes a member's role.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn set_role(
        &self,
        identity: IdentityId,
        role: Role,
        directory: &DirectoryState,
        device: &SignSecret,
    ) -> Result<Append, VaultError> {
        let payload = VaultPayload::Role { identity, role };
        self.single(&payload, directory, device)
    }

    /// Removes a member and makes new keys for those who stay, in one entry. What the member
    /// has read before is lost to them no more than any copy is.
    ///
    /// # Errors
    /// `NoKey`, `Invalid`.
    pub fn remove_member(
        &self,
        identity: IdentityId,
        directory: &DirectoryState,
        device: &SignSecret,
        rng: &mut dyn Rng,
    ) -> Result<Append, VaultError> {
        self.renewal(Some(identity), directory, device, rng)
    }

    /// New keys for all members: when someone left or retired, or a device was lost.
    ///
    /// # Errors
    /// `NoKey`, `Invalid`.
    pub fn renew_keys(
        &self,
        directory: &DirectoryState,
        device: &SignSecret,
        rng: &mut dyn Rng,
    ) -> Result<Append, VaultError> {
        self.renewal(None, directory, device, rng)
    }

    fn renewal(
        &self,
        removed: Option<IdentityId>,
        directory: &DirectoryState,
        device: &SignSecret,
        rng: &mut dyn Rng,
    ) -> Result<Append, VaultError> {
        let mut author = self.author(directory, device)?;
        let epoch = self.state.epoch();
        let next = epoch.next().ok_or(VaultError::Misuse("no epoch is left"))?;
        let head = directory.head().ok_or(LogError::WrongLog)?;
        let retired = self.state.newly_retired(directory, head.index);
        let mut stay = self
            .state
            .members()
            .map(|(identity, _)| identity)
            .filter(|identity| Some(*identity) != removed && !retired.contains(identity));
        let previous = if epoch == Epoch(0) {
            None
        } else {
            Some(self.keyring.danger_secret(epoch)?)
        };
        let keys = make_keys(
            wrap_place(&author, next),
            &mut stay,
            previous,
            directory,
            rng,
        )?;
        let payload = match removed {
            Some(identity) => VaultPayload::Remove {
                identity,
                renewal: keys.renewal,
            },
            None => VaultPayload::Epoch(keys.renewal),
        };
        let entries = vec![author.append(&payload)];
        try_on(&self.state, &entries, directory)?;
        Ok(Append {
            entries,
            wraps: keys.wraps,
            link_boxes: Vec::new(),
        })
    }

    /// Leaves the vault. A manager or owner who stays has to renew the keys then.
    ///
    /// # Errors
    /// `Invalid` (the last owner stays).
    pub fn leave(
        &self,
        directory: &DirectoryState,
        device: &SignSecret,
    ) -> Result<Append, VaultError> {
        let identity = self.identity;
        self.single(&VaultPayload::Leave { identity }, directory, device)
    }

    /// Names the vault anew.
    ///
    /// # Errors
    /// `NoKey`, `Format` for the name, `Invalid`.
    pub fn rename(
        &self,
        name: &str,
        directory: &DirectoryState,
        device: &SignSecret,
        rng: &mut dyn Rng,
    ) -> Result<Append, VaultError> {
        let place = self.author(directory, device)?.place();
        let payload = meta::seal_name(&self.keyring, place, name, rng)?;
        self.single(&payload, directory, device)
    }

    /// Erases the payloads of earlier entries for ever. The list is sorted here.
    ///
    /// # Errors
    /// `Invalid`, also for entries whose kind is not erasable
    /// ([`strongroom_format::entry::Kind::is_erasable`]).
    pub fn erase(
        &self,
        mut indexes: Vec<u64>,
        directory: &DirectoryState,
        device: &SignSecret,
    ) -> Result<Append, VaultError> {
        indexes.sort_unstable();
        indexes.dedup();
        self.single(&VaultPayload::Erase { indexes }, directory, device)
    }

    /// Attests the replayed state with both signatures.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn checkpoint(
        &self,
        directory: &DirectoryState,
        device: &SignSecret,
    ) -> Result<Append, VaultError> {
        let (seen, _) = self.author(directory, device)?.seen();
        let payload = VaultPayload::Checkpoint {
            index: seen.index,
            hash: seen.hash,
            state_root: self.state.state_root(),
        };
        self.single(&payload, directory, device)
    }

    /// Attests what this device has seen. `day`: days since 1970-01-01.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn attest_head(
        &self,
        directory: &DirectoryState,
        device: &SignSecret,
        wallet_version: u64,
        day: u64,
    ) -> Result<Append, VaultError> {
        let (seen, directory_hash) = self.author(directory, device)?.seen();
        let payload = VaultPayload::Head(HeadPayload {
            index: seen.index,
            hash: seen.hash,
            directory_hash,
            wallet_version,
            day,
        });
        self.single(&payload, directory, device)
    }

    /// Whether new content can be sealed now: a writer, with the newest keys, and none due.
    ///
    /// # Errors
    /// `Invalid` or `NoKey`, saying which of them is missing.
    pub fn check_can_write(&self) -> Result<(), VaultError> {
        match self.role() {
            None => return Err(LogError::NotMember.into()),
            Some(Role::Reader) => return Err(LogError::RoleTooLow.into()),
            Some(_) => {}
        }
        if self.state.rekey_required() {
            return Err(LogError::RekeyRequired.into());
        }
        self.keyring
            .key(self.state.epoch(), EpochPurpose::Records)?;
        Ok(())
    }
}
