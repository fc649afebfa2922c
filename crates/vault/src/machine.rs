//! A vault as a member's device sees it: entries in, verified facts out; keys taken in only
//! when they are the ones that the log announces, for exactly the members that it names.

mod duties;
mod members;
mod snapshot;
mod wraps;

pub use duties::{Attestation, Duty, RenewReason};

use crate::author::{Author, Place};
use crate::{IntegrityError, Keyring, VaultError};
use std::collections::BTreeMap;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::{Head, Kind};
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_log::{SignedEntry, VaultState};
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;

/// An entry whose signatures are verified, with the place that the server gave it. Its place
/// is verified by [`VaultMachine::apply_verified`].
#[derive(Clone)]
pub struct SignedPlaced {
    /// The place.
    pub index: u64,
    /// When the server says it came; not proven.
    pub appended_ms: TimestampMs,
    /// The entry.
    pub signed: SignedEntry,
}

/// An entry that is proven to stand at its place.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Its place in the log.
    pub index: u64,
    /// The chain hash there: keep it, later entries are checked against it.
    pub hash: Digest,
    /// When the server says it came; not proven.
    pub appended_ms: TimestampMs,
    /// Who wrote it.
    pub identity: IdentityId,
    /// On which device.
    pub device: DeviceId,
    /// Its number among the device's own.
    pub device_seq: u64,
    /// `H(body)`.
    pub body_hash: Digest,
    /// The vault's epoch before it.
    pub epoch: Epoch,
    /// The directory entry that its author had seen.
    pub directory_index: u64,
    /// Its kind.
    pub kind: Kind,
    /// What it says; `None` where it was erased.
    pub payload: Option<VaultPayload>,
    /// Members that were found retired by this entry's view of the directory.
    pub gone: Vec<IdentityId>,
    place: Place,
}

impl Verified {
    /// What its boxes are bound to.
    pub fn place(&self) -> Place {
        self.place
    }
}

/// The carrier of a wrap for this member alone.
#[derive(Clone, Copy)]
struct Admission {
    index: u64,
    epoch: Epoch,
    control_hash: Digest,
    issuer: DeviceId,
    generation: u64,
    wrap_hash: Digest,
}

/// One vault on one member's device. See the module for what it guarantees.
pub struct VaultMachine {
    identity: IdentityId,
    state: VaultState,
    keyring: Keyring,
    /// Who got a leaf when the newest epoch began, and for which wrap key.
    leaves: Vec<(IdentityId, u64)>,
    /// Who was let in since, and for which wrap key.
    admitted: BTreeMap<IdentityId, u64>,
    own_admission: Option<Admission>,
    /// The newest head that each device attested.
    attestations: BTreeMap<DeviceId, Attestation>,
    last_checkpoint: u64,
}

/// The highest directory entry that a page asks for: read the directory to there first.
pub fn needed_directory_index(entries: &[PageEntry]) -> u64 {
    entries
        .iter()
        .map(|entry| entry.entry.body().directory_index)
        .max()
        .unwrap_or(0)
}

impl VaultMachine {
    /// A vault of which only the id is known.
    pub fn new(tenant: TenantId, vault: VaultId, me: IdentityId) -> Self {
        Self {
            identity: me,
            state: VaultState::new(tenant, Some(vault)),
            keyring: Keyring::new(tenant, vault),
            leaves: Vec::new(),
            admitted: BTreeMap::new(),
            own_admission: None,
            attestations: BTreeMap::new(),
            last_checkpoint: 0,
        }
    }

    /// The replayed log.
    pub fn state(&self) -> &VaultState {
        &self.state
    }

    /// The keys that are at hand.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Whose device this is.
    pub fn identity(&self) -> IdentityId {
        self.identity
    }

    /// This member's role, or `None` where they are not (or no longer) a member.
    pub fn role(&self) -> Option<Role> {
        self.state.member(self.identity).map(|member| member.role)
    }

    /// Signatures, payload hash and form of one entry: the costly half, needs no order, may run
    /// on many threads. In a vault's first page `vault` is the expected id.
    ///
    /// # Errors
    /// [`IntegrityError`]; `DirectoryBehind` where the directory has to be read first.
    pub fn verify_entry(
        entry: PageEntry,
        tenant: TenantId,
        vault: VaultId,
        directory: &DirectoryState,
    ) -> Result<SignedPlaced, IntegrityError> {
        let index = entry.index;
        let signed = SignedEntry::verify(entry.entry, tenant, vault, directory)
            .map_err(|error| IntegrityError::from_log(index, error))?;
        Ok(SignedPlaced {
            index,
            appended_ms: entry.appended_ms,
            signed,
        })
    }

    /// Takes in entries that continue the log. `hash_at` gives the chain hash of an earlier
    /// place from the cache; recent ones the machine knows itself. On an error the entries
    /// before the offending one have been taken in: drop the machine, keep the last snapshot.
    ///
    /// # Errors
    /// [`IntegrityError`]: a gap, or the rule that an entry breaks.
    pub fn apply_verified(
        &mut self,
        entries: Vec<SignedPlaced>,
        directory: &DirectoryState,
        hash_at: &dyn Fn(u64) -> Option<Digest>,
    ) -> Result<Vec<Verified>, IntegrityError> {
        entries
            .into_iter()
            .map(|entry| self.apply_one(entry, directory, hash_at))
            .collect()
    }

    /// Verifies and takes in a page.
    ///
    /// # Errors
    /// As [`Self::verify_entry`] and [`Self::apply_verified`].
    pub fn apply_page(
        &mut self,
        entries: Vec<PageEntry>,
        directory: &DirectoryState,
        hash_at: &dyn Fn(u64) -> Option<Digest>,
    ) -> Result<Vec<Verified>, IntegrityError> {
        let (tenant, vault) = (self.state.tenant(), self.vault());
        let entries = entries
            .into_iter()
            .map(|entry| Self::verify_entry(entry, tenant, vault, directory))
            .collect::<Result<_, _>>()?;
        self.apply_verified(entries, directory, hash_at)
    }

    /// The vault's id, known from the start.
    pub fn vault(&self) -> VaultId {
        self.keyring.vault()
    }

    fn apply_one(
        &mut self,
        placed: SignedPlaced,
        directory: &DirectoryState,
        hash_at: &dyn Fn(u64) -> Option<Digest>,
    ) -> Result<Verified, IntegrityError> {
        let expected = self.state.next_index();
        if placed.index != expected {
            return Err(IntegrityError::Gap {
                expected,
                found: placed.index,
            });
        }
        let applied = self
            .state
            .apply(&placed.signed, directory, hash_at)
            .map_err(|error| IntegrityError::from_log(expected, error))?;
        let body = placed.signed.entry().body();
        let verified = Verified {
            index: applied.head.index,
            hash: applied.head.hash,
            appended_ms: placed.appended_ms,
            identity: applied.identity,
            device: body.device,
            device_seq: body.device_seq,
            body_hash: placed.signed.entry().body_hash(),
            epoch: body.epoch,
            directory_index: body.directory_index,
            kind: body.kind,
            payload: placed.signed.payload().cloned(),
            gone: applied.gone,
            place: Place {
                tenant: self.state.tenant(),
                vault: self.state.vault(),
                epoch: body.epoch,
                device: body.device,
                device_seq: body.device_seq,
            },
        };
        let control_hash = body.control_hash;
        self.follow(&verified, control_hash, directory);
        Ok(verified)
    }

    /// Keeps what the replay of the format does not: who must have got which wrap, and heads.
    fn follow(&mut self, entry: &Verified, control_hash: Digest, directory: &DirectoryState) {
        match &entry.payload {
            Some(VaultPayload::Epoch(_) | VaultPayload::Remove { .. }) => {
                self.leaves = self
                    .state
                    .members()
                    .map(|(identity, _)| {
                        let wrap = directory.wrap_key_at(identity, entry.directory_index);
                        (identity, wrap.map_or(0, |wrap| wrap.generation))
                    })
                    .collect();
                self.admitted.clear();
                self.own_admission = None;
            }
            Some(VaultPayload::Member {
                identity,
                generation,
                wrap_hash,
                ..
            }) => {
                self.admitted.insert(*identity, *generation);
                if *identity == self.identity {
                    self.own_admission = Some(Admission {
                        index: entry.index,
                        epoch: self.state.epoch(),
                        control_hash,
                        issuer: entry.device,
                        generation: *generation,
                        wrap_hash: *wrap_hash,
                    });
                }
            }
            Some(VaultPayload::Head(head)) => {
                let attestation = Attestation {
                    identity: entry.identity,
                    index: head.index,
                    wallet_version: head.wallet_version,
                    day: head.day,
                };
                self.attestations.insert(entry.device, attestation);
            }
            Some(VaultPayload::Checkpoint { index, .. }) => self.last_checkpoint = *index,
            _ => {}
        }
    }

    /// Checks, when the server shows no more entries, that it went as far as the head of its
    /// last page, and that no payload is missing that nobody erased.
    ///
    /// # Errors
    /// `Withheld`, `Rollback`, `Fork`.
    pub fn finish_sync(&self, server_head: Head) -> Result<(), IntegrityError> {
        let Some(head) = self.state.head() else {
            return Err(IntegrityError::Withheld { index: 0 });
        };
        if server_head.index > head.index {
            return Err(IntegrityError::Withheld {
                index: head.index + 1,
            });
        }
        if server_head.index < head.index {
            return Err(IntegrityError::Rollback {
                known: head.index,
                found: server_head.index,
            });
        }
        if server_head.hash != head.hash {
            return Err(IntegrityError::Fork { index: head.index });
        }
        match self.state.withheld().min() {
            Some(index) => Err(IntegrityError::Withheld { index }),
            None => Ok(()),
        }
    }

    /// Checks that the log contains a place that was verified before: the head in the wallet,
    /// or in the cache before a full replay.
    ///
    /// # Errors
    /// `Rollback` where the log ends before it, `Fork` where it has another hash there (or the
    /// hash is not at hand, which an honest cache excludes).
    pub fn check_known(
        &self,
        known: Head,
        hash_at: &dyn Fn(u64) -> Option<Digest>,
    ) -> Result<(), IntegrityError> {
        let found = self.state.head().map(|head| head.index);
        if found.is_none_or(|found| found < known.index) {
            return Err(IntegrityError::Rollback {
                known: known.index,
                found: found.unwrap_or(0),
            });
        }
        let hash = self
            .state
            .recent_hash(known.index)
            .or_else(|| hash_at(known.index));
        if hash == Some(known.hash) {
            Ok(())
        } else {
            Err(IntegrityError::Fork { index: known.index })
        }
    }

    /// Writes entries of `device` from here on.
    ///
    /// # Errors
    /// `Invalid` where the directory is older than the log.
    pub fn author<'a>(
        &self,
        directory: &DirectoryState,
        device: &'a SignSecret,
    ) -> Result<Author<'a>, VaultError> {
        Author::new(&self.state, directory, device)
    }
}

#[cfg(test)]
mod tests;
