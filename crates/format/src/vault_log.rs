//! Replay of a vault's log: who is a member, with what role, under which keys, and whether
//! each entry is valid at its place. The server and every client run this same code.

pub mod data;
mod rules;
mod snapshot;

pub use data::{KnownLink, OpenLease};

use crate::directory::{DirectoryState, check_tip};
use crate::entry::{DeviceTip, Head, Kind, UnverifiedEntry};
use crate::vault_payload::{Renewal, VaultKind, VaultPayload};
use crate::{LogError, cbor};
use data::DataFacts;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use strongroom_crypto::sha256;
use strongroom_types::*;

/// Chain hashes kept in memory; older ones are asked from the caller.
const RECENT_HASHES: usize = 2_048;

/// An entry whose signatures, payload hash and payload form are verified; its place is not.
#[derive(Clone)]
pub struct SignedEntry {
    entry: UnverifiedEntry,
    /// `None` where the payload was erased.
    payload: Option<VaultPayload>,
}

impl SignedEntry {
    /// The costly half of verification, which needs no order and can run in parallel.
    /// `tenant` and `vault` name the log; in a genesis `vault` is not looked at.
    ///
    /// # Errors
    /// `DirectoryAhead`, `UnknownDevice`, `PayloadHash`, `Signature`, `Form`, `WrongLog`.
    pub fn verify(
        entry: UnverifiedEntry,
        tenant: TenantId,
        vault: VaultId,
        directory: &DirectoryState,
    ) -> Result<Self, LogError> {
        let body = entry.body();
        if body.kind.is_directory() {
            return Err(LogError::Rule("a directory's entry can't stand in a vault"));
        }
        if directory.hash_at(body.directory_index).is_none() {
            return Err(LogError::DirectoryAhead {
                needed_index: body.directory_index,
            });
        }
        let device = directory
            .device(body.device)
            .ok_or(LogError::UnknownDevice(body.device))?;
        entry.verify_signatures(&device.public)?;
        let payload = match entry.payload() {
            Some(payload) => Some(VaultPayload::from_bytes(body.kind, payload, tenant, vault)?),
            None if body.kind.is_erasable() => None,
            None => return Err(LogError::PayloadMissing),
        };
        Ok(Self { entry, payload })
    }

    /// The entry itself.
    pub fn entry(&self) -> &UnverifiedEntry {
        &self.entry
    }

    /// The payload; `None` where it was erased.
    pub fn payload(&self) -> Option<&VaultPayload> {
        self.payload.as_ref()
    }
}

/// What an entry did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Its place.
    pub head: Head,
    /// Who wrote it.
    pub identity: IdentityId,
    /// Members that were found retired by this entry's view of the directory.
    pub gone: Vec<IdentityId>,
}

/// A member of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub role: Role,
    /// Index of the entry that let them in.
    pub since_index: u64,
}

/// Public facts of one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochFacts {
    pub renewal: Renewal,
    /// Index of the entry that began it.
    pub carrier_index: u64,
    /// `control_hash` that its wraps bind.
    pub control_hash: Digest,
    /// Device that issued its wraps.
    pub issuer: DeviceId,
}

/// The replayed state of a vault.
#[derive(Clone)]
pub struct VaultState {
    tenant: TenantId,
    expected_vault: Option<VaultId>,
    vault: VaultId,
    kind: VaultKind,
    head: Option<Head>,
    control_hash: Digest,
    epochs: BTreeMap<Epoch, EpochFacts>,
    members: BTreeMap<IdentityId, Member>,
    rekey_required: bool,
    directory_index: u64,
    tips: HashMap<DeviceId, DeviceTip>,
    recent: VecDeque<Digest>,
    missing_payloads: HashSet<u64>,
    erased: HashSet<u64>,
    /// `None` where data entries were left out of the replay.
    data: Option<DataFacts>,
}

impl VaultState {
    /// A vault of which nothing is known yet. With `expected` only that vault's genesis is taken.
    pub fn new(tenant: TenantId, expected: Option<VaultId>) -> Self {
        Self {
            data: Some(DataFacts::default()),
            ..Self::danger_without_data(tenant, expected)
        }
    }

    /// As [`Self::new`], for a server that keeps what data entries did in tables of its own: the
    /// rules that look back at data entries ([`OpenLease::check`], [`KnownLink::check`] …) are
    /// not checked here, so whoever uses this has to check them before.
    pub fn danger_without_data(tenant: TenantId, expected: Option<VaultId>) -> Self {
        Self {
            tenant,
            expected_vault: expected,
            vault: VaultId::ZERO,
            kind: VaultKind::Shared,
            head: None,
            control_hash: Digest::ZERO,
            epochs: BTreeMap::new(),
            members: BTreeMap::new(),
            rekey_required: false,
            directory_index: 0,
            tips: HashMap::new(),
            recent: VecDeque::new(),
            missing_payloads: HashSet::new(),
            erased: HashSet::new(),
            data: None,
        }
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The vault id; zero before genesis.
    pub fn vault(&self) -> VaultId {
        self.vault
    }

    pub fn kind(&self) -> VaultKind {
        self.kind
    }

    /// The newest entry, or `None` before genesis.
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    /// The index that the next entry takes.
    pub fn next_index(&self) -> u64 {
        self.head.map_or(0, |head| head.index + 1)
    }

    pub fn control_hash(&self) -> Digest {
        self.control_hash
    }

    /// The current epoch; 0 before the first keys.
    pub fn epoch(&self) -> Epoch {
        self.epochs.keys().next_back().copied().unwrap_or(Epoch(0))
    }

    /// Public facts of an epoch.
    pub fn epoch_facts(&self, epoch: Epoch) -> Option<&EpochFacts> {
        self.epochs.get(&epoch)
    }

    /// Members in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = (IdentityId, Member)> {
        self.members
            .iter()
            .map(|(identity, member)| (*identity, *member))
    }

    pub fn member(&self, identity: IdentityId) -> Option<Member> {
        self.members.get(&identity).copied()
    }

    pub fn rekey_required(&self) -> bool {
        self.rekey_required
    }

    /// The highest directory index that an entry of this log has named.
    pub fn directory_index(&self) -> u64 {
        self.directory_index
    }

    /// The newest entry of a device.
    pub fn tip(&self, device: DeviceId) -> Option<DeviceTip> {
        self.tips.get(&device).copied()
    }

    /// All devices' newest entries.
    pub fn tips(&self) -> impl Iterator<Item = (DeviceId, DeviceTip)> {
        self.tips.iter().map(|(device, tip)| (*device, *tip))
    }

    /// Entries without payload that no erase entry has covered so far. At the head of an
    /// honest log there are none: what remains is withheld.
    pub fn withheld(&self) -> impl Iterator<Item = u64> {
        self.missing_payloads.iter().copied()
    }

    /// The `state_root` of a checkpoint made now (formats, section 7).
    pub fn state_root(&self) -> Digest {
        let members: Vec<(IdentityId, Role)> = self
            .members
            .iter()
            .map(|(identity, member)| (*identity, member.role))
            .collect();
        sha256(&cbor::to_cbor(&(
            "vstate/1",
            self.vault,
            self.epoch(),
            self.control_hash,
            members,
        )))
    }

    /// The chain hash at `index`, if it is recent.
    pub fn recent_hash(&self, index: u64) -> Option<Digest> {
        let back = self.head?.index.checked_sub(index)?;
        let at = self
            .recent
            .len()
            .checked_sub(1)?
            .checked_sub(usize::try_from(back).ok()?)?;
        self.recent.get(at).copied()
    }

    /// Takes in an entry at the next place; on an error nothing changes.
    ///
    /// `hash_at` gives the chain hash at an index below the recent ones (from a cache or
    /// database); the author's `seen` is checked against it.
    ///
    /// # Errors
    /// The first rule that the entry breaks, in the order of formats, section 4.
    pub fn apply(
        &mut self,
        signed: &SignedEntry,
        directory: &DirectoryState,
        hash_at: &dyn Fn(u64) -> Option<Digest>,
    ) -> Result<Applied, LogError> {
        let body = signed.entry.body();
        if directory.tenant() != Some(self.tenant) || body.tenant != self.tenant {
            return Err(LogError::WrongLog);
        }
        let index = self.next_index();
        let genesis = body.kind == Kind::Genesis;
        if genesis != (index == 0) || body.vault != self.vault {
            return Err(LogError::WrongLog);
        }
        self.check_directory(signed, directory)?;
        let device = directory
            .device(body.device)
            .ok_or(LogError::UnknownDevice(body.device))?;
        if !directory.device_active_at(body.device, body.directory_index) {
            return Err(LogError::DeviceRevoked(body.device));
        }
        let gone = self.newly_retired(directory, body.directory_index);
        check_tip(self.tip(body.device), &signed.entry)?;
        self.check_seen(signed, index, hash_at)?;
        if body.epoch != self.epoch() {
            return Err(LogError::StaleEpoch {
                found: body.epoch,
                current: self.epoch(),
            });
        }
        if body.control_hash != self.control_hash {
            return Err(LogError::StaleControl);
        }
        if (self.rekey_required || !gone.is_empty()) && body.kind != Kind::Epoch {
            return Err(LogError::RekeyRequired);
        }
        let change = self.check_rules(signed, device.identity, directory, &gone)?;
        Ok(self.take(signed, device.identity, change, gone))
    }

    fn check_directory(
        &self,
        signed: &SignedEntry,
        directory: &DirectoryState,
    ) -> Result<(), LogError> {
        let body = signed.entry.body();
        if body.directory_index < self.directory_index {
            return Err(LogError::DirectoryFalls);
        }
        match directory.hash_at(body.directory_index) {
            None => Err(LogError::DirectoryAhead {
                needed_index: body.directory_index,
            }),
            Some(hash) if hash == body.directory_hash => Ok(()),
            Some(_) => Err(LogError::DirectoryHash),
        }
    }

    /// Members whom the directory shows as retired at `directory_index`.
    pub fn newly_retired(
        &self,
        directory: &DirectoryState,
        directory_index: u64,
    ) -> Vec<IdentityId> {
        if directory_index == self.directory_index && self.head.is_some() {
            return Vec::new();
        }
        self.members
            .keys()
            .filter(|identity| !directory.identity_active_at(**identity, directory_index))
            .copied()
            .collect()
    }

    fn check_seen(
        &self,
        signed: &SignedEntry,
        index: u64,
        hash_at: &dyn Fn(u64) -> Option<Digest>,
    ) -> Result<(), LogError> {
        let body = signed.entry.body();
        if index == 0 {
            return if body.seen_index == 0 && body.seen_hash == Digest::ZERO {
                Ok(())
            } else {
                Err(LogError::Seen)
            };
        }
        if body.seen_index >= index {
            return Err(LogError::Seen);
        }
        let known = self
            .recent_hash(body.seen_index)
            .or_else(|| hash_at(body.seen_index));
        match known {
            None => Err(LogError::HashUnknown {
                index: body.seen_index,
            }),
            Some(hash) if hash == body.seen_hash => Ok(()),
            Some(_) => Err(LogError::Seen),
        }
    }

    fn take(
        &mut self,
        signed: &SignedEntry,
        identity: IdentityId,
        change: rules::Change,
        gone: Vec<IdentityId>,
    ) -> Applied {
        let body = signed.entry.body();
        let index = self.next_index();
        if index == 0 {
            self.vault = VaultId::from_bytes(*signed.entry.body_hash().as_bytes());
        }
        for identity in &gone {
            self.members.remove(identity);
        }
        let previous = self.head.map_or(Digest::ZERO, |head| head.hash);
        let log = Digest::from_bytes(*self.vault.as_bytes());
        let head = Head {
            index,
            hash: signed.entry.chain_hash(log, index, previous),
        };
        self.change(change, body.control_hash, body.device, index);
        if let Some(data) = &mut self.data {
            data.take(body.kind, signed.payload.as_ref(), identity, index);
        }
        if signed.payload.is_none() && !self.erased.contains(&index) {
            self.missing_payloads.insert(index);
        }
        if body.kind.is_control() {
            self.control_hash = signed.entry.body_hash();
        }
        self.directory_index = body.directory_index;
        self.tips.insert(
            body.device,
            DeviceTip {
                device_seq: body.device_seq,
                body_hash: signed.entry.body_hash(),
            },
        );
        if self.recent.len() == RECENT_HASHES {
            self.recent.pop_front();
        }
        self.recent.push_back(head.hash);
        self.head = Some(head);
        Applied {
            head,
            identity,
            gone,
        }
    }

    /// Stands the state at a later place of the same log without the data entries between:
    /// for a server that has checked them before and replays only control entries, in a state
    /// made by [`Self::danger_without_data`]. Control entries up to there must have been applied with [`Self::danger_replay_control`].
    pub fn danger_stand_at(
        &mut self,
        head: Head,
        directory_index: u64,
        tips: impl IntoIterator<Item = (DeviceId, DeviceTip)>,
    ) {
        self.data = None;
        self.head = Some(head);
        self.directory_index = directory_index;
        self.tips = tips.into_iter().collect();
        self.recent.clear();
        self.recent.push_back(head.hash);
    }

    /// Applies a control entry of the replaying side's own, already checked log, at its
    /// stored place and without checking its sequence: only a server that wrote it may.
    ///
    /// # Errors
    /// Rules of the kind that fail even so: the store is damaged.
    pub fn danger_replay_control(
        &mut self,
        signed: &SignedEntry,
        directory: &DirectoryState,
        place: Head,
    ) -> Result<(), LogError> {
        let body = signed.entry.body();
        let identity = directory
            .device(body.device)
            .ok_or(LogError::UnknownDevice(body.device))?
            .identity;
        let gone = self.newly_retired(directory, body.directory_index);
        let change = self.check_rules(signed, identity, directory, &gone)?;
        if place.index == 0 {
            self.vault = VaultId::from_bytes(*signed.entry.body_hash().as_bytes());
        }
        for identity in &gone {
            self.members.remove(identity);
        }
        self.change(change, body.control_hash, body.device, place.index);
        self.control_hash = signed.entry.body_hash();
        self.directory_index = body.directory_index;
        self.head = Some(place);
        Ok(())
    }

    pub(crate) fn expects(&self, vault: VaultId) -> Result<(), LogError> {
        match self.expected_vault {
            Some(expected) if expected != vault => Err(LogError::WrongLog),
            _ => Ok(()),
        }
    }
}
