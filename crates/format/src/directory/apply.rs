//! Taking an entry in: its place in the log, its author's signatures, and the genesis.

use super::DirectoryState;
use super::change::Change;
use super::payload::DirectoryPayload;
use crate::entry::{DeviceTip, Head, Kind, UnverifiedEntry};
use crate::{LogError, person};
use std::sync::Arc;
use strongroom_types::*;

impl DirectoryState {
    /// Verifies an entry at the next place and takes it in; on an error nothing changes.
    /// Returns its payload and the new head.
    ///
    /// # Errors
    /// The first rule of formats, sections 4 and 5, that the entry breaks.
    pub fn apply(&mut self, entry: &UnverifiedEntry) -> Result<(DirectoryPayload, Head), LogError> {
        let body = entry.body();
        if !body.kind.is_directory() {
            return Err(LogError::Rule("a vault's entry can't stand in a directory"));
        }
        let payload = DirectoryPayload::from_bytes(
            body.kind,
            entry.payload().ok_or(LogError::PayloadMissing)?,
        )?;
        let index = self.hashes.len() as u64;
        if index == 0 {
            return self.apply_genesis(entry, payload);
        }
        let tenant = self.tenant.ok_or(LogError::WrongLog)?;
        if body.tenant != tenant || body.vault.as_bytes() != tenant.as_bytes() {
            return Err(LogError::WrongLog);
        }
        self.check_place(entry, index)?;
        let change = self.check_payload(entry, &payload, tenant, index)?;
        let author = match &change {
            Change::Join { person, .. } => Arc::new(person.device_public.clone()),
            Change::Device { public, .. } => public.clone(),
            _ => self
                .device(body.device)
                .ok_or(LogError::UnknownDevice(body.device))?
                .public
                .clone(),
        };
        entry.verify_signatures(&author)?;
        self.take(change, body.device, index);
        Ok((payload, self.push(entry, tenant)))
    }

    fn push(&mut self, entry: &UnverifiedEntry, tenant: TenantId) -> Head {
        let index = self.hashes.len() as u64;
        let previous = self.hashes.last().copied().unwrap_or(Digest::ZERO);
        let hash = entry.chain_hash(Digest::from_bytes(*tenant.as_bytes()), index, previous);
        self.hashes.push(hash);
        self.control_hash = Some(entry.body_hash());
        let body = entry.body();
        self.tips.insert(
            body.device,
            DeviceTip {
                device_seq: body.device_seq,
                body_hash: entry.body_hash(),
            },
        );
        Head { index, hash }
    }

    fn check_place(&self, entry: &UnverifiedEntry, index: u64) -> Result<(), LogError> {
        let body = entry.body();
        if body.seen_index >= index || self.hash_at(body.seen_index) != Some(body.seen_hash) {
            return Err(LogError::Seen);
        }
        if body.directory_index != body.seen_index || body.directory_hash != body.seen_hash {
            return Err(LogError::DirectoryHash);
        }
        if body.epoch != Epoch(0) {
            return Err(LogError::StaleEpoch {
                found: body.epoch,
                current: Epoch(0),
            });
        }
        if body.control_hash != self.control_hash() {
            return Err(LogError::StaleControl);
        }
        check_tip(self.tip(body.device), entry)?;
        if !matches!(body.kind, Kind::Join | Kind::Device) {
            if self.device(body.device).is_none() {
                return Err(LogError::UnknownDevice(body.device));
            }
            if !self.device_active_at(body.device, index) {
                return Err(LogError::DeviceRevoked(body.device));
            }
        }
        Ok(())
    }

    fn apply_genesis(
        &mut self,
        entry: &UnverifiedEntry,
        payload: DirectoryPayload,
    ) -> Result<(DirectoryPayload, Head), LogError> {
        let body = entry.body();
        let DirectoryPayload::Genesis {
            person,
            recovery_public,
            ..
        } = &payload
        else {
            return Err(LogError::Rule("a directory begins with its genesis"));
        };
        let tenant = TenantId::from_bytes(*entry.body_hash().as_bytes());
        if self.tenant.is_some_and(|expected| expected != tenant)
            || body.tenant != TenantId::ZERO
            || body.vault != VaultId::ZERO
        {
            return Err(LogError::WrongLog);
        }
        let blank = [
            body.seen_hash,
            body.directory_hash,
            body.control_hash,
            body.previous_own_entry,
        ]
        .iter()
        .all(|digest| *digest == Digest::ZERO);
        if !blank
            || body.seen_index != 0
            || body.directory_index != 0
            || body.epoch != Epoch(0)
            || body.device_seq != 1
        {
            return Err(LogError::Rule("a genesis entry has nothing before it"));
        }
        let recovery = person::sign_public(recovery_public)?;
        let person = person.verify(TenantId::ZERO)?;
        if person.device != body.device {
            return Err(LogError::Rule(
                "the author is not the device that is introduced",
            ));
        }
        entry.verify_signatures(&person.device_public)?;
        self.tenant = Some(tenant);
        self.recovery = Some(Arc::new(recovery));
        self.add_person(person, AccountRole::Admin, 0);
        Ok((payload, self.push(entry, tenant)))
    }
}

/// Checks that the entry continues its author's own sequence in this log.
pub(crate) fn check_tip(tip: Option<DeviceTip>, entry: &UnverifiedEntry) -> Result<(), LogError> {
    let body = entry.body();
    let (last, previous) = tip.map_or((0, Digest::ZERO), |tip| (tip.device_seq, tip.body_hash));
    let expected = last.checked_add(1).ok_or(LogError::PreviousOwn)?;
    if body.device_seq != expected {
        return Err(LogError::Sequence {
            expected,
            found: body.device_seq,
        });
    }
    if body.previous_own_entry != previous {
        return Err(LogError::PreviousOwn);
    }
    Ok(())
}
