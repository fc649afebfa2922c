//! Writing entries that are valid at their place: what has been seen, the author's own
//! sequence, the current control entry and epoch, filled in from the replayed state.

use crate::VaultError;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::LogError;
use strongroom_format::directory::{DirectoryPayload, DirectoryState};
use strongroom_format::entry::{DeviceTip, EntryBody, Head, UnverifiedEntry};
use strongroom_format::person::device_id;
use strongroom_format::vault_log::VaultState;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;

/// Where an entry stands: what its boxes are bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub tenant: TenantId,
    /// The vault.
    pub vault: VaultId,
    /// The vault's epoch before the entry.
    pub epoch: Epoch,
    /// Who signs.
    pub device: DeviceId,
    /// Number of the entry among the device's own in this log, from 1.
    pub device_seq: u64,
}

/// Writes one or several consecutive entries of one device into a vault's log.
pub struct Author<'a> {
    device: &'a SignSecret,
    body: EntryBody,
}

fn next_seq(tip: Option<DeviceTip>) -> (u64, Digest) {
    tip.map_or((1, Digest::ZERO), |tip| {
        (tip.device_seq.saturating_add(1), tip.body_hash)
    })
}

impl<'a> Author<'a> {
    /// Goes on where `state` stands. Before genesis the state may be empty.
    ///
    /// # Errors
    /// `Invalid` where the directory is empty, or older than the log already asks for.
    pub fn new(
        state: &VaultState,
        directory: &DirectoryState,
        device: &'a SignSecret,
    ) -> Result<Self, VaultError> {
        let directory_head = directory.head().ok_or(LogError::WrongLog)?;
        if directory_head.index < state.directory_index() {
            return Err(LogError::DirectoryAhead {
                needed_index: state.directory_index(),
            }
            .into());
        }
        let id = device_id(device.public());
        let (device_seq, previous_own_entry) = next_seq(state.tip(id));
        let seen = state.head();
        Ok(Self {
            device,
            body: EntryBody {
                tenant: state.tenant(),
                vault: state.vault(),
                epoch: state.epoch(),
                kind: strongroom_format::entry::Kind::Genesis,
                device: id,
                device_seq,
                previous_own_entry,
                seen_index: seen.map_or(0, |head| head.index),
                seen_hash: seen.map_or(Digest::ZERO, |head| head.hash),
                directory_index: directory_head.index,
                directory_hash: directory_head.hash,
                control_hash: state.control_hash(),
                payload_hash: Digest::ZERO,
            },
        })
    }

    /// Continues after entries of this device that the server has taken but that were not read
    /// back yet. Ignored where the state already knows a later one.
    pub fn with_tip(mut self, tip: DeviceTip) -> Self {
        if tip.device_seq >= self.body.device_seq {
            (self.body.device_seq, self.body.previous_own_entry) = next_seq(Some(tip));
        }
        self
    }

    /// Where the next entry will stand.
    pub fn place(&self) -> Place {
        Place {
            tenant: self.body.tenant,
            vault: self.body.vault,
            epoch: self.body.epoch,
            device: self.body.device,
            device_seq: self.body.device_seq,
        }
    }

    /// The newest own entry, for [`Self::with_tip`] of the next author; `None` before the first.
    pub fn tip(&self) -> Option<DeviceTip> {
        let device_seq = self.body.device_seq.checked_sub(1).filter(|seq| *seq > 0)?;
        Some(DeviceTip {
            device_seq,
            body_hash: self.body.previous_own_entry,
        })
    }

    /// `H(body)` of the newest control entry before the next one.
    pub fn control_hash(&self) -> Digest {
        self.body.control_hash
    }

    /// What the next entry says it has seen, and the directory's hash beside it.
    pub fn seen(&self) -> (Head, Digest) {
        let head = Head {
            index: self.body.seen_index,
            hash: self.body.seen_hash,
        };
        (head, self.body.directory_hash)
    }

    /// Writes and signs the next entry; the one after follows it.
    pub fn append(&mut self, payload: &VaultPayload) -> UnverifiedEntry {
        self.body.kind = payload.kind();
        let bytes = payload.to_bytes(self.body.tenant, self.body.vault);
        let entry = UnverifiedEntry::author(self.body.clone(), bytes, self.device);
        self.body.device_seq = self.body.device_seq.saturating_add(1);
        self.body.previous_own_entry = entry.body_hash();
        if payload.kind().is_control() {
            self.body.control_hash = entry.body_hash();
        }
        match payload {
            VaultPayload::Genesis { .. } => {
                let vault = entry.body_hash();
                self.body.vault = VaultId::from_bytes(*vault.as_bytes());
                self.body.seen_hash = entry.chain_hash(vault, 0, Digest::ZERO);
            }
            VaultPayload::Epoch(renewal) | VaultPayload::Remove { renewal, .. } => {
                self.body.epoch = renewal.epoch;
            }
            _ => {}
        }
        entry
    }
}

/// Writes one or several consecutive entries of one device into a directory.
pub struct DirectoryAuthor<'a> {
    device: &'a SignSecret,
    body: EntryBody,
}

impl<'a> DirectoryAuthor<'a> {
    /// Goes on where `directory` stands.
    ///
    /// # Errors
    /// `Invalid` where the directory is empty: a genesis is written by
    /// [`crate::NewPerson::found`].
    pub fn new(directory: &DirectoryState, device: &'a SignSecret) -> Result<Self, VaultError> {
        let (Some(tenant), Some(head)) = (directory.tenant(), directory.head()) else {
            return Err(LogError::WrongLog.into());
        };
        let id = device_id(device.public());
        let (device_seq, previous_own_entry) = next_seq(directory.tip(id));
        Ok(Self {
            device,
            body: EntryBody {
                tenant,
                vault: VaultId::from_bytes(*tenant.as_bytes()),
                epoch: Epoch(0),
                kind: strongroom_format::entry::Kind::DirectoryGenesis,
                device: id,
                device_seq,
                previous_own_entry,
                seen_index: head.index,
                seen_hash: head.hash,
                directory_index: head.index,
                directory_hash: head.hash,
                control_hash: directory.control_hash(),
                payload_hash: Digest::ZERO,
            },
        })
    }

    /// The directory's head that the next entry has seen.
    pub fn seen(&self) -> Head {
        Head {
            index: self.body.seen_index,
            hash: self.body.seen_hash,
        }
    }

    /// Writes and signs the next entry; the one after follows it.
    pub fn append(&mut self, payload: &DirectoryPayload) -> UnverifiedEntry {
        self.body.kind = payload.kind();
        let entry = UnverifiedEntry::author(self.body.clone(), payload.to_bytes(), self.device);
        self.body.device_seq = self.body.device_seq.saturating_add(1);
        self.body.previous_own_entry = entry.body_hash();
        self.body.control_hash = entry.body_hash();
        entry
    }
}

/// A directory's genesis by the device of the first person.
pub(crate) fn directory_genesis(
    payload: &DirectoryPayload,
    device: &SignSecret,
) -> UnverifiedEntry {
    let body = EntryBody {
        tenant: TenantId::ZERO,
        vault: VaultId::ZERO,
        epoch: Epoch(0),
        kind: payload.kind(),
        device: device_id(device.public()),
        device_seq: 1,
        previous_own_entry: Digest::ZERO,
        seen_index: 0,
        seen_hash: Digest::ZERO,
        directory_index: 0,
        directory_hash: Digest::ZERO,
        control_hash: Digest::ZERO,
        payload_hash: Digest::ZERO,
    };
    UnverifiedEntry::author(body, payload.to_bytes(), device)
}
